// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import io.drover.converter.Attempt;
import io.drover.converter.ConversionDecider;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.engine.StopSignal;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Transfer;
import io.drover.vsphere.BulkTls;
import io.drover.vsphere.ExportLease;
import io.drover.vsphere.Moref;
import io.drover.vsphere.VCenters;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereFault;
import io.drover.vsphere.VmFacts;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads disks out of NFC export leases and keeps the snapshots that copies need. A lease lives as
 * long as this process keeps it alive: after a crash a new owner ends the session that it was
 * opened in, and where that is not allowed, waits its timeout out. A process that lives on without
 * being the owner any more gives its leases up: at once where a reader was told to stop, else when
 * nobody reads.
 */
public final class NfcSourceDisks implements SourceDisks, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(NfcSourceDisks.class);

  /** How long vCenter may take to let go of a VM whose export was ended. */
  /** Ids of leases that are kept; none is longer of use than until its next reader. */
  private static final int MOST_IDLE = 1000;

  private static final Duration LET_GO_PATIENCE = Duration.ofSeconds(10);

  private final VCenters vcenters;
  private final NfcSettings settings;
  private final ReadBudget budget;
  private final Tracking tracking;
  private final CopySnapshots snapshots;
  private final Map<String, HeldLease> leases = new ConcurrentHashMap<>();

  /** Leases given up as nobody read, until whoever comes to read was told so. */
  private final Set<String> idle =
      Collections.newSetFromMap(
          Collections.synchronizedMap(
              new LinkedHashMap<>() {
                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                  return size() > MOST_IDLE;
                }
              }));

  private final CountDownLatch closed = new CountDownLatch(1);

  public NfcSourceDisks(VCenters vcenters, NfcSettings settings) {
    this.vcenters = vcenters;
    this.settings = settings;
    this.budget = new ReadBudget(settings);
    this.tracking = new Tracking(settings.snapshotTask());
    this.snapshots = new CopySnapshots(settings, tracking);
    Thread.ofVirtual().name("idle-leases").start(this::retire);
    LOG.atInfo().log("Disks are read over TLS by {}", BulkTls.chosen());
  }

  private void retire() {
    try {
      while (!closed.await(Math.max(1, settings.leaseIdle().toMillis() / 5), MILLISECONDS)) {
        leases.values().stream().filter(this::retired).toList().forEach(this::abort);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean retired(HeldLease held) {
    boolean retired = held.retire(settings.leaseIdle());
    // One that vCenter ended is lost all the same.
    if (retired && held.lease().lost().isEmpty()) {
      idle.add(held.id());
    }
    return retired;
  }

  @Override
  public CopyEvidence.LeaseOpened export(CopyOrder order, List<Integer> disks, Attempt attempt) {
    String doing = "open an export of VM " + order.vmName();
    for (HeldLease held : held(order.copy())) {
      if (held.alive() && disks.stream().allMatch(disk -> held.device(disk).isPresent())) {
        return opened(held, disks);
      }
      abort(held);
    }
    return Faults.named(doing, () -> opened(open(order, attempt), disks));
  }

  private HeldLease open(CopyOrder order, Attempt attempt) {
    VSphere vcenter = vcenter(order);
    Moref snapshot =
        order.round() == Round.FINAL ? null : snapshots.ensure(vcenter, order, attempt);
    return hold(order, snapshot);
  }

  /** Opens a lease on the VM as it is, or on a snapshot of it. */
  private HeldLease hold(CopyOrder order, @Nullable Moref snapshot) {
    VSphere session = vcenter(order).another();
    try {
      ExportLease lease =
          snapshot == null
              ? session.exports().exportVm(Moref.vm(order.moref()), settings.leaseReady())
              : session.exports().exportSnapshot(snapshot, settings.leaseReady());
      HeldLease held = new HeldLease(order, session, lease);
      leases.put(held.id(), held);
      return held;
    } catch (RuntimeException e) {
      session.close();
      // Else the source is gone, or the snapshot that was exported.
      if (snapshot == null
          && e instanceof VSphereFault fault
          && fault.kind() == VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND
          && exists(vcenter(order), order)) {
        throw Faults.leaseLost(
            "The export of VM "
                + order.vmName()
                + " ended before it was ready: "
                + Faults.said(fault)
                + ".",
            "",
            fault);
      }
      throw e;
    }
  }

  private CopyEvidence.LeaseOpened opened(HeldLease held, List<Integer> disks) {
    for (int disk : disks) {
      if (held.device(disk).isEmpty()) {
        abort(held);
        throw new CopyFault(
            Problem.Kind.REFUSED,
            "disk-not-exported",
            "vCenter exports the VM without disk " + disk + ".",
            "Refresh the inventory; independent disks and raw device mappings need another road.");
      }
    }
    return CopyEvidence.LeaseOpened.of(held.id(), disks);
  }

  @Override
  public CopyEvidence.SnapshotTaken snapshot(CopyOrder order, Attempt attempt) {
    return Faults.named(
        "take a snapshot of VM " + order.vmName(),
        () -> snapshots.taken(vcenter(order), order, attempt));
  }

  @Override
  public Reading read(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.LeaseOpened lease, Attempt attempt) {
    Part part = part(order, disk, lease, attempt);
    part.held().begin(order.bytesPerSecond() == null ? 0 : order.bytesPerSecond());
    try {
      return reading(part);
    } catch (RuntimeException e) {
      part.turn().close();
      throw e;
    }
  }

  private static NfcReading reading(Part part) {
    ExportLease.Device device = part.device();
    try {
      ExportLease.Content content = part.held().lease().open(device);
      return new NfcReading(part.held(), device, part.name(), content, part.turn());
    } catch (VSphereFault fault) {
      throw Faults.unread("read " + part.name(), fault, !device.thumbprint().isBlank());
    }
  }

  @Override
  public Ticket lend(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.LeaseOpened lease, Attempt attempt) {
    Part part = part(order, disk, lease, attempt);
    return new NfcTicket(part.held(), part.device(), part.name(), part.turn());
  }

  /** A disk of a lease that this process holds, with a place to read it at. */
  private record Part(HeldLease held, ExportLease.Device device, String name, Turn turn) {}

  private Part part(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.LeaseOpened lease, Attempt attempt) {
    HeldLease held = leases.get(lease.lease());
    String name = "disk " + disk.label() + " of VM " + order.vmName();
    if (held == null || !held.alive()) {
      throw gone(order, lease);
    }
    ExportLease.Device device =
        held.device(disk.deviceKey())
            .orElseThrow(() ->
                new CopyFault(
                    Problem.Kind.UNAVAILABLE,
                    ConversionDecider.LEASE_LOST,
                    "The export lease does not offer " + name + ".",
                    "Nothing: the disk is read under a new lease."));
    if (!held.enter()) {
      throw gone(order, lease);
    }
    var turn = new Turn(held, attempt.stop());
    try {
      turn.place = budget.take(order.vm().vcenter(), device.url().getHost(), attempt.stop());
      return new Part(held, device, name, turn);
    } catch (RuntimeException e) {
      turn.close();
      throw e;
    }
  }

  private CopyFault gone(CopyOrder order, CopyEvidence.LeaseOpened lease) {
    if (idle.contains(lease.lease())) {
      return new CopyFault(
          Problem.Kind.UNAVAILABLE,
          ConversionDecider.LEASE_IDLE,
          "The export of VM %s was let go: nothing was read under it for %d s."
              .formatted(order.vmName(), settings.leaseIdle().toSeconds()),
          "Nothing: the disk is read under a new lease.");
    }
    return new CopyFault(
        Problem.Kind.UNAVAILABLE,
        ConversionDecider.LEASE_LOST,
        "The export lease of VM " + order.vmName() + " ended, or belonged to an earlier process.",
        "Nothing: the disk is read under a new lease.");
  }

  /**
   * One reader's turn at a lease. It ends once, however often and on whichever thread it is ended:
   * a reader that is told to stop ends it twice, and a place given back twice is one too many.
   */
  static final class Turn implements AutoCloseable {
    private final HeldLease held;
    private final StopSignal stop;
    private final AtomicBoolean over = new AtomicBoolean();
    private ReadBudget.@Nullable Place place;

    Turn(HeldLease held, StopSignal stop) {
      this.held = held;
      this.stop = stop;
    }

    /** Whether its reader was told to stop. */
    StopSignal stop() {
      return stop;
    }

    /** Counts what was read against the caps of the copy and the process; waits while spent. */
    void spend(long bytes) {
      held.pace().spend(bytes, stop);
      if (place != null) {
        place.pace().spend(bytes, stop);
      }
    }

    @Override
    public void close() {
      if (!over.compareAndSet(false, true)) {
        return;
      }
      if (place != null) {
        place.close();
      }
      held.leave();
    }
  }

  @Override
  public void pace(MigrationId migration, long bytesPerSecond) {
    leases.values().stream()
        .filter(held -> held.migration().equals(migration))
        .forEach(held -> held.pace(bytesPerSecond));
  }

  @Override
  public void abandon(CopyEvidence.LeaseOpened lease) {
    HeldLease held = leases.get(lease.lease());
    if (held != null) {
      abort(held);
    }
  }

  @Override
  public void close(CopyOrder order, CopyEvidence opened, boolean last, Attempt attempt) {
    String doing = "let go of VM " + order.vmName();
    if (opened instanceof CopyEvidence.LeaseOpened(String lease, var _)
        && !end(order, lease, last, doing)
        && last) {
      // Who opens it anew waits for that as well; nobody else does.
      throw new CopyFault(
          Problem.Kind.UNAVAILABLE,
          "source-busy",
          "A lease of an earlier process still holds VM " + order.vmName() + ".",
          "Nothing: it ends by its timeout.");
    }
    if (last && onSnapshot(order, opened)) {
      Faults.named(
          doing,
          () -> {
            snapshots.remove(vcenter(order), order, true, attempt);
            return true;
          });
    }
  }

  /** Whether what was opened rests on a snapshot of ours. */
  private static boolean onSnapshot(CopyOrder order, @Nullable CopyEvidence opened) {
    return opened instanceof CopyEvidence.SnapshotTaken
        || (opened instanceof CopyEvidence.LeaseOpened && order.round() != Round.FINAL);
  }

  /** Whether a round's source is opened by a snapshot of ours. */
  private static boolean bySnapshot(CopyOrder order) {
    return order.transfer() == Transfer.VDDK || order.round() != Round.FINAL;
  }

  /** Ends a lease; false where one of an earlier process still holds the VM after that. */
  private boolean end(CopyOrder order, String lease, boolean well, String doing) {
    HeldLease held = leases.remove(lease);
    idle.remove(lease);
    return Faults.named(
        doing,
        () -> {
          if (held != null && ended(held, well)) {
            return true;
          }
          boolean gone =
              vcenter(order)
                  .exports()
                  .release(
                      new Moref("HttpNfcLease", lease), Moref.vm(order.moref()), LET_GO_PATIENCE);
          if (!gone) {
            LOG.atWarn()
                .addKeyValue("lease", lease)
                .log("An earlier process's lease still holds the VM; it ends by its timeout");
          }
          return gone;
        });
  }

  /** Ends it; false where vCenter knows no such lease any more: then its export is watched. */
  private static boolean ended(HeldLease held, boolean well) {
    try {
      held.end(well);
      return true;
    } catch (VSphereFault fault) {
      if (Faults.leaseGone(fault)) {
        return false;
      }
      throw fault;
    }
  }

  @Override
  public void release(
      CopyOrder order, @Nullable CopyEvidence opened, boolean opening, Attempt attempt) {
    String doing = "bring the export of VM " + order.vmName() + " to rest";
    held(order.copy()).forEach(this::abort);
    if (opened instanceof CopyEvidence.LeaseOpened(String lease, var _)) {
      var _ = end(order, lease, false, doing);
    }
    Faults.named(
        doing,
        () -> {
          VSphere vcenter = vcenter(order);
          if (exists(vcenter, order)) {
            snapshots.awaitNoTask(vcenter, order);
            // Whoever took it may have died before it was recorded, and who removed it before that
            // its disks were merged. If none was ever taken, what others left is merged.
            boolean unknown = opened == null && opening && bySnapshot(order);
            snapshots.remove(vcenter, order, unknown || onSnapshot(order, opened), attempt);
          }
          return true;
        });
  }

  private static boolean exists(VSphere vcenter, CopyOrder order) {
    try {
      var _ = vcenter.machines().powerState(Moref.vm(order.moref()));
      return true;
    } catch (VSphereFault fault) {
      if (fault.kind() == VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND) {
        return false;
      }
      throw fault;
    }
  }

  @Override
  public void removeSnapshots(CopyOrder order, MigrationId migration, Attempt attempt) {
    Faults.named(
        "remove our snapshots of VM " + order.vmName(),
        () -> {
          VSphere vcenter = vcenter(order);
          if (exists(vcenter, order)) {
            snapshots.removeAll(vcenter, order, attempt);
          }
          return true;
        });
  }

  @Override
  public void restoreTracking(CopyOrder order, MigrationId migration, Attempt attempt) {
    attempt.stop().check();
    Faults.named(
        "put changed block tracking of VM " + order.vmName() + " back",
        () -> {
          VSphere vcenter = vcenter(order);
          if (exists(vcenter, order)) {
            tracking.restore(vcenter, order, migration);
          }
          return true;
        });
  }

  /** How many leases this process keeps alive. */
  public int openLeases() {
    return leases.size();
  }

  /** Aborts every lease: the process goes, and nobody would keep them alive. */
  @Override
  public void close() {
    closed.countDown();
    List.copyOf(leases.values()).forEach(this::abort);
  }

  private List<HeldLease> held(CopyId copy) {
    var found = new ArrayList<HeldLease>();
    for (HeldLease held : leases.values()) {
      if (held.copy().equals(copy)) {
        found.add(held);
      }
    }
    return found;
  }

  private void abort(HeldLease held) {
    leases.remove(held.id());
    try {
      held.end(false);
    } catch (VSphereFault fault) {
      // Nobody renews it any more: vCenter ends it by its timeout.
      LOG.atWarn()
          .addKeyValue("lease", held.id())
          .log("Lease not aborted, it will time out: {}", fault.getMessage());
    }
  }

  private VSphere vcenter(CopyOrder order) {
    return vcenters.vcenter(order.vm().vcenter());
  }

  /** The disks of a snapshot, by device key. */
  static Map<Integer, VmFacts.Disk> byKey(List<VmFacts.Disk> disks) {
    var all = new TreeMap<Integer, VmFacts.Disk>();
    disks.forEach(disk -> all.put(disk.deviceKey(), disk));
    return all;
  }
}
