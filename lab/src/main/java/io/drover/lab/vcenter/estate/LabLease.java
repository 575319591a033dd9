// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.lab.vcenter.storage.BlockSource;
import io.drover.lab.vcenter.storage.LabDiskContent;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimEnum;
import io.drover.lab.vcenter.vim.VimFault;
import io.drover.lab.vcenter.vim.VimObject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An export lease: it holds a virtual machine still while its disks are read over HTTPS, and ends
 * by complete, by abort, or when its holder does not report progress in time. Guarded by the
 * estate's lock.
 */
public final class LabLease implements Managed {
  /** One thing to download. */
  public record Item(
      String deviceKey, String targetId, @Nullable LabDisk disk, @Nullable BlockSource source) {}

  /** What was sent for an item. */
  public record Sent(long size, String sha1, String sha256, long populated) {}

  private final LabVm vm;
  private final Moref ref;
  private final String id;
  private final LabTask task;
  private final List<Item> items = new ArrayList<>();
  private final LabManifest manifest;
  private final String urlPrefix;
  private final String thumbprint;
  private final long timeoutNanos;
  private State state = State.INITIALIZING;
  private @Nullable VimFault error;
  private int percent;
  private long deadline;
  private long version;

  /** Where a lease is in its life. */
  public enum State {
    INITIALIZING("initializing"),
    READY("ready"),
    DONE("done"),
    ERROR("error");

    private final String wire;

    State(String wire) {
      this.wire = wire;
    }

    public String wire() {
      return wire;
    }
  }

  /**
   * Where the bytes of a lease are served: the prefix of its URLs and the SHA-1 thumbprint of the
   * server.
   */
  public record Server(String urlPrefix, String sha1Thumbprint) {}

  private LabLease(LabVm vm, String sessionKey, LabTask task, Server server) {
    this.vm = vm;
    this.id = vm.estate().newUuid().toString();
    this.ref = new Moref("HttpNfcLease", "session[" + sessionKey + "]" + id);
    this.task = task;
    this.urlPrefix = server.urlPrefix();
    boolean other =
        vm.estate().faults().strike(LabFaultRule.Kind.OTHER_CERTIFICATE, "GET", vm.name()) != null;
    this.thumbprint = other ? "00:".repeat(19) + "00" : server.sha1Thumbprint();
    this.manifest = new LabManifest(vm);
    this.timeoutNanos = vm.estate().pace().leaseTimeout().toNanos();
    this.deadline = System.nanoTime() + timeoutNanos;
    vm.estate().register(this);
    touch();
  }

  /** ExportVm: of a virtual machine that is off. */
  public static LabLease ofVm(LabVm vm, String sessionKey, Server server, String user) {
    return vm.estate()
        .locked(() -> {
          vm.refuseTemplate("Export");
          if (vm.poweredOn()) {
            throw VimFault.invalidPowerState("poweredOff", "poweredOn");
          }
          return open(vm, null, sessionKey, server, user);
        });
  }

  /** ExportSnapshot: of the frozen disks, whether the virtual machine runs or not. */
  public static LabLease ofSnapshot(
      LabSnapshot snapshot, String sessionKey, Server server, String user) {
    return snapshot
        .vm()
        .estate()
        .locked(() -> open(snapshot.vm(), snapshot, sessionKey, server, user));
  }

  private static LabLease open(
      LabVm vm, @Nullable LabSnapshot snapshot, String sessionKey, Server server, String user) {
    for (LabDisk disk : vm.disks()) {
      if (disk.rawDevice() != null) {
        throw VimFault.notSupported(
            "Disk "
                + disk.key()
                + " of "
                + vm.name()
                + " is a raw device mapping and cannot be exported.");
      }
    }
    String method = snapshot == null ? "ExportVm" : "ExportSnapshot";
    LabTask task =
        vm.estate()
            .tasks()
            .hold(
                vm,
                method,
                snapshot == null ? "VirtualMachine.exportVm" : "vm.Snapshot.exportSnapshot",
                user);
    LabLease lease = new LabLease(vm, sessionKey, task, server);
    for (LabDisk disk : vm.disks()) {
      LabDiskContent.Frozen frozen = snapshot == null ? null : snapshot.bytes(disk);
      if (snapshot != null && frozen == null) {
        // a snapshot leaves independent disks out, and so does its export
        continue;
      }
      String key =
          "/" + vm.ref().value() + "/" + disk.controller().type() + disk.bus() + ":" + disk.unit();
      BlockSource source = frozen == null ? disk.content().now() : frozen;
      lease.items.add(new Item(key, "disk-" + lease.items.size() + ".vmdk", disk, source));
    }
    if (vm.config().efi() && snapshot == null) {
      lease.items.add(
          new Item(
              "/" + vm.ref().value() + "/nvram",
              "file-" + lease.items.size() + ".nvram",
              null,
              null));
    }
    vm.lease(lease);
    Thread.ofVirtual().name("lab-lease-" + vm.name()).start(lease::live);
    return lease;
  }

  private void live() {
    LabEstate estate = vm.estate();
    try {
      Thread.sleep(estate.pace().leaseInitializing());
      estate.locked(() -> {
        if (state == State.INITIALIZING) {
          state = State.READY;
          touch();
        }
      });
      while (stillOpen() && !estate.tasks().closed()) {
        long left = estate.locked(() -> deadline) - System.nanoTime();
        if (left <= 0) {
          end(
              State.ERROR,
              VimFault.of(
                  "Timedout", "The lease timed out: there was no progress within its timeout."));
          return;
        }
        Thread.sleep(Duration.ofNanos(Math.min(left, 200_000_000L)));
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private boolean open() {
    return state == State.INITIALIZING || state == State.READY;
  }

  private boolean stillOpen() {
    return vm.estate().locked(() -> open());
  }

  private void touch() {
    version = vm.estate().tick();
  }

  /** Reports progress, and so lives for another timeout. */
  public void progress(int done) {
    vm.estate()
        .locked(() -> {
          needReady();
          if (done < 0 || done > 100) {
            throw VimFault.invalidArgument("percent", "Expected 0 to 100, but got " + done + ".");
          }
          percent = done;
          deadline = System.nanoTime() + timeoutNanos;
          task.progress(done);
          touch();
        });
  }

  /** Ends the lease as done; the virtual machine is free again. */
  public void complete() {
    vm.estate()
        .locked(() -> {
          needReady();
          end(State.DONE, null);
        });
  }

  /** Ends the lease in error; a fault of the caller's, or a plain one. */
  public void abort(@Nullable VimFault reason) {
    vm.estate()
        .locked(() -> {
          if (!open()) {
            throw invalidState();
          }
          end(
              State.ERROR,
              reason == null ? VimFault.of("RequestCanceled", "The lease was aborted.") : reason);
        });
  }

  private void end(State how, @Nullable VimFault why) {
    vm.estate()
        .locked(() -> {
          if (!open()) {
            return;
          }
          state = how;
          error = why;
          if (why == null) {
            task.succeeded(null);
          } else {
            task.failed(why);
          }
          vm.lease(null);
          touch();
        });
  }

  private void needReady() {
    if (state != State.READY) {
      throw invalidState();
    }
  }

  private VimFault invalidState() {
    return VimFault.of(
        "InvalidState",
        "The operation is not allowed in the current state: the lease is " + state.wire() + ".");
  }

  // ---- what it gives

  /** The part of its URLs that names the lease. */
  public String id() {
    return id;
  }

  public LabVm vm() {
    return vm;
  }

  public State state() {
    return vm.estate().locked(() -> state);
  }

  /** The session whose lease it is. */
  public boolean ofSession(String sessionKey) {
    return ref.value().startsWith("session[" + sessionKey + "]");
  }

  /** The item of that file name, while the lease is ready. */
  public @Nullable Item item(String targetId) {
    return vm.estate()
        .locked(() ->
            state != State.READY
                ? null
                : items.stream()
                    .filter(i -> i.targetId().equals(targetId))
                    .findFirst()
                    .orElse(null));
  }

  /** Notes what was sent, for the manifest. */
  public void sent(Item item, Sent what) {
    vm.estate().locked(() -> manifest.sent(item, what));
  }

  /** Chooses the digest of the manifest: sha1 or sha256. */
  public void checksumType(String type) {
    vm.estate().locked(() -> manifest.checksumType(type));
  }

  /** The manifest of what was sent so far. */
  public VimArray manifest() {
    return vm.estate().locked(() -> manifest.of(items));
  }

  private VimObject info() {
    List<VimObject> urls = new ArrayList<>();
    long capacity = 0;
    for (Item item : items) {
      LabDisk disk = item.disk();
      capacity += disk == null ? 0 : disk.sizeBytes();
      urls.add(
          VimObject.of("HttpNfcLeaseDeviceUrl")
              .with("key", item.deviceKey())
              .with(
                  "importKey",
                  disk == null
                      ? ""
                      : "/"
                          + vm.name()
                          + "/"
                          + disk.controller().type()
                          + disk.bus()
                          + ":"
                          + disk.unit())
              .with("url", urlPrefix + "/nfc/" + id + "/" + item.targetId())
              .with("sslThumbprint", thumbprint)
              .with("disk", disk != null)
              .with("targetId", item.targetId())
              .with("datastoreKey", disk == null ? "" : disk.datastore().url())
              .with("fileSize", disk == null ? 8684L : null));
    }
    return VimObject.of("HttpNfcLeaseInfo")
        .with("lease", ref)
        .with("entity", vm.ref())
        .with("deviceUrl", VimArray.of("HttpNfcLeaseDeviceUrl", urls))
        .with("totalDiskCapacityInKB", capacity / 1024)
        .with("leaseTimeout", (int) Math.max(1, Duration.ofNanos(timeoutNanos).toSeconds()));
  }

  @Override
  public Moref ref() {
    return ref;
  }

  @Override
  public long version() {
    return version;
  }

  @Override
  public List<String> propertyNames() {
    return List.of(
        "initializeProgress", "transferProgress", "mode", "capabilities", "info", "state", "error");
  }

  @Override
  public @Nullable Object property(String name) {
    VimFault failure = error;
    return switch (name) {
      case "initializeProgress" -> state == State.INITIALIZING ? 50 : 100;
      case "transferProgress" -> percent;
      case "mode" -> "pushOrGet";
      case "capabilities" ->
          VimObject.of("HttpNfcLeaseCapabilities")
              .with("pullModeSupported", true)
              .with("corsSupported", false);
      case "info" -> state == State.READY ? info() : null;
      case "state" -> new VimEnum("HttpNfcLeaseState", state.wire());
      case "error" -> failure == null ? null : failure.localized();
      default -> null;
    };
  }
}
