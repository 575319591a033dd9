// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence.LeaseOpened;
import io.drover.schemas.CopyId;
import io.drover.schemas.MigrationId;
import io.drover.vsphere.ExportLease;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VmFacts;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A lease that this process opened and keeps alive, in a session of its own: when the process is
 * gone, another may end that session, and nothing but the lease goes with it.
 */
final class HeldLease {
  private final CopyId copy;
  private final MigrationId migration;
  private final Pace pace;
  private final VSphere session;
  private final ExportLease lease;
  private final Map<String, Long> read = new ConcurrentHashMap<>();
  private final long total;
  private int readers;
  private long idleSince = System.nanoTime();
  private boolean retired;
  private boolean told;

  HeldLease(CopyOrder order, VSphere session, ExportLease lease) {
    this.copy = order.copy();
    this.migration = order.migration();
    this.pace = new Pace(0);
    this.session = session;
    this.lease = lease;
    this.total = lease.devices().stream().mapToLong(HeldLease::most).sum();
  }

  CopyId copy() {
    return copy;
  }

  MigrationId migration() {
    return migration;
  }

  /** The share of the bandwidth that all readers of this lease have together. */
  Pace pace() {
    return pace;
  }

  /** The pace that a reader's order was given; one that was told since goes before it. */
  synchronized void begin(long bytesPerSecond) {
    if (!told) {
      pace.set(bytesPerSecond);
    }
  }

  /** Another pace from now on, whatever orders say that were given before. */
  synchronized void pace(long bytesPerSecond) {
    told = true;
    pace.set(bytesPerSecond);
  }

  ExportLease lease() {
    return lease;
  }

  /** Ends the lease, well or not, and its session. */
  void end(boolean well) {
    try (session) {
      if (well && alive()) {
        lease.complete();
      } else {
        lease.abort();
      }
    }
  }

  /** What the server of a device's bytes proves itself by. */
  Trust trust(ExportLease.Device device) {
    return lease.trust(device);
  }

  /** The session that it lives in, which names it. */
  String id() {
    return LeaseOpened.session(lease.moref().id());
  }

  synchronized boolean alive() {
    return !retired && lease.lost().isEmpty();
  }

  /** A reader comes; false where the lease was given up for want of one. */
  synchronized boolean enter() {
    if (!retired) {
      readers++;
    }
    return !retired;
  }

  /** A reader is done. */
  synchronized void leave() {
    readers--;
    idleSince = System.nanoTime();
  }

  /** Gives the lease up if nobody read from it for so long; whether it did. */
  synchronized boolean retire(Duration idle) {
    retired = retired || (readers == 0 && System.nanoTime() - idleSince > idle.toNanos());
    return retired;
  }

  Optional<ExportLease.Device> device(int disk) {
    return lease.devices().stream()
        .filter(device -> device.disk().map(d -> d.deviceKey() == disk).orElse(false))
        .findFirst();
  }

  /** What is known of a device's size: as stored, else as the guest sees it; 0 = nothing. */
  private static long most(ExportLease.Device device) {
    return device.fileSize() > 0
        ? device.fileSize()
        : device.disk().map(VmFacts.Disk::capacityBytes).orElse(0L);
  }

  /** Tells vCenter, and people who watch there, how far the export is; it never falls. */
  void progress(ExportLease.Device device, long bytes) {
    read.merge(device.key(), Math.min(bytes, most(device)), Math::max);
    if (total > 0) {
      synchronized (read) {
        long all = read.values().stream().mapToLong(Long::longValue).sum();
        lease.progress((int) Math.min(99, all * 100.0 / total));
      }
    }
  }

  /** A device was read to its end: less than was expected, as zeros are not sent. */
  void whole(ExportLease.Device device) {
    progress(device, most(device));
  }
}
