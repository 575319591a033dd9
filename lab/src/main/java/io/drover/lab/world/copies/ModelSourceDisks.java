// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.Attempt;
import io.drover.converter.ConversionDecider;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Transfer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Source disks of a {@link CopiesWorld}, as one process sees them. */
public final class ModelSourceDisks implements SourceDisks {
  private final CopiesWorld world;
  private final String process;

  /**
   * @param process name of the process: only it can read under the leases that it opened
   */
  public ModelSourceDisks(CopiesWorld world, String process) {
    this.world = world;
    this.process = process;
  }

  @Override
  public CopyEvidence.LeaseOpened export(CopyOrder order, List<Integer> disks, Attempt attempt) {
    return world.call("export", () -> opened(order, disks));
  }

  private CopyEvidence.LeaseOpened opened(CopyOrder order, List<Integer> disks) {
    CopiesWorld.Lease mine = null;
    for (CopiesWorld.Lease lease : world.leases().values()) {
      if (lease.alive() && lease.vm().equals(order.vm())) {
        if (!lease.process().equals(process) || !lease.copy().equals(order.copy())) {
          throw new CopyFault(
              Problem.Kind.UNAVAILABLE,
              "vcenter-invalid-state",
              "An export lease holds VM " + order.vmName() + ".",
              "Nothing: it ends by its timeout.");
        }
        mine = lease;
      }
    }
    if (mine == null) {
      if (order.round() != Round.FINAL) {
        snapshotted(order);
      }
      mine = new CopiesWorld.Lease(world.next("lease"), order.vm(), order.copy(), process, true);
      world.leases().put(mine.id(), mine);
    }
    return CopyEvidence.LeaseOpened.of(mine.id(), disks);
  }

  @Override
  public CopyEvidence.SnapshotTaken snapshot(CopyOrder order, Attempt attempt) {
    return world.call(
        "snapshot",
        () -> {
          if (order.transfer() == Transfer.VDDK && order.round() != Round.FINAL) {
            world.tracked().putIfAbsent(order.vm(), order.migration().value());
          }
          CopiesWorld.Snapshot taken = snapshotted(order);
          return new CopyEvidence.SnapshotTaken(taken.id(), taken.content());
        });
  }

  private CopiesWorld.Snapshot snapshotted(CopyOrder order) {
    for (CopiesWorld.Snapshot known : world.snapshots().values()) {
      if (known.copy().equals(order.copy())) {
        return known;
      }
    }
    world
        .snapshots()
        .values()
        .removeIf(
            known -> known.vm().equals(order.vm()) && known.migration().equals(order.migration()));
    var content = new TreeMap<Integer, String>();
    order
        .disks()
        .forEach(disk ->
            content.put(disk.deviceKey(), world.guests().content(order.vm(), disk.deviceKey())));
    var taken =
        new CopiesWorld.Snapshot(
            world.next("snapshot"), order.vm(), order.migration(), order.copy(), content);
    world.snapshots().put(taken.id(), taken);
    return taken;
  }

  @Override
  public Reading read(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.LeaseOpened lease, Attempt attempt) {
    return world.call("read", () -> reading(order, disk, lease));
  }

  private ModelReading reading(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.LeaseOpened lease) {
    CopiesWorld.Lease held = world.leases().get(lease.lease());
    if (held == null || !held.alive() || !held.process().equals(process)) {
      throw new CopyFault(
          Problem.Kind.UNAVAILABLE,
          ConversionDecider.LEASE_LOST,
          "The export lease of VM " + order.vmName() + " is gone.",
          "Nothing: the disk is read under a new lease.");
    }
    return new ModelReading(content(order, disk.deviceKey()));
  }

  @Override
  public Ticket lend(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.LeaseOpened lease, Attempt attempt) {
    return world.call("lend", () -> new ModelTicket(reading(order, disk, lease)));
  }

  private String content(CopyOrder order, int disk) {
    for (CopiesWorld.Snapshot known : world.snapshots().values()) {
      if (known.copy().equals(order.copy())) {
        return known.content().getOrDefault(disk, "");
      }
    }
    return world.guests().content(order.vm(), disk);
  }

  /** Its disks are read in no time, whatever the pace. */
  @Override
  public void pace(MigrationId migration, long bytesPerSecond) {}

  @Override
  public void abandon(CopyEvidence.LeaseOpened lease) {
    world
        .leases()
        .values()
        .removeIf(held -> held.id().equals(lease.lease()) && held.process().equals(process));
  }

  @Override
  public void close(CopyOrder order, CopyEvidence opened, boolean last, Attempt attempt) {
    world.call(
        "close",
        () -> {
          end(opened);
          if (last) {
            world.snapshots().values().removeIf(known -> known.copy().equals(order.copy()));
          }
          return true;
        });
  }

  private void end(@Nullable CopyEvidence opened) {
    if (opened instanceof CopyEvidence.LeaseOpened(String lease, Map<Integer, String> _)) {
      world.leases().remove(lease);
    }
  }

  @Override
  public void release(
      CopyOrder order, @Nullable CopyEvidence opened, boolean opening, Attempt attempt) {
    world.call(
        "release",
        () -> {
          end(opened);
          world
              .leases()
              .values()
              .removeIf(
                  lease -> lease.copy().equals(order.copy()) && lease.process().equals(process));
          if (world.leased(order.vm())) {
            throw new CopyFault(
                Problem.Kind.UNAVAILABLE,
                "source-busy",
                "A lease of an earlier process still holds VM " + order.vmName() + ".",
                "Nothing: it ends by its timeout.");
          }
          world.snapshots().values().removeIf(known -> known.copy().equals(order.copy()));
          return true;
        });
  }

  @Override
  public void removeSnapshots(CopyOrder order, MigrationId migration, Attempt attempt) {
    world.call(
        "removeSnapshots",
        () -> world.snapshots().values().removeIf(known -> known.migration().equals(migration)));
  }

  @Override
  public void restoreTracking(CopyOrder order, MigrationId migration, Attempt attempt) {
    world.call("restoreTracking", () -> world.tracked().remove(order.vm(), migration.value()));
  }

  /** An address that holds the content itself, so that whoever is lent it can read it. */
  private static final class ModelTicket extends PlainTicket {
    private final ModelReading reading;

    ModelTicket(ModelReading reading) {
      this.reading = reading;
    }

    @Override
    public String url() {
      return "data:," + reading.content();
    }

    @Override
    public String verify(long bytes, Map<String, String> hashes) {
      return reading.verify();
    }

    @Override
    public void close() {}
  }

  /** A disk whose bytes are the name of its content. */
  record ModelReading(String content) implements Reading {
    @Override
    public ReadableByteChannel stream() {
      return Channels.newChannel(
          new ByteArrayInputStream(content.getBytes(StandardCharsets.US_ASCII)));
    }

    @Override
    public String verify() {
      return "sha256:" + content;
    }

    @Override
    public CopyFault explain(IOException broken) {
      return new CopyFault(
          Problem.Kind.TRANSIENT,
          "disk-stream-broke",
          "The export broke: " + broken.getMessage() + ".",
          "Nothing: it is read again.");
    }

    @Override
    public void close() {}
  }
}
