// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import java.time.Duration;

/**
 * How hard a vCenter and its hosts are used.
 *
 * @param readsPerHost disks read from one ESXi host at a time; NFC serves each with one thread
 * @param readsPerVCenter disks read from one vCenter's hosts at a time
 * @param bytesPerSecond what all readers of one vCenter read together at most, 0 = no cap
 * @param leaseReady how long a lease may take to become ready
 * @param leaseIdle after how long without a reader a lease is given up: its owner may be another
 *     process by now, and vCenter lets nobody power the VM on while a lease is open
 * @param snapshotTask how long a snapshot, its removal or a consolidation may take
 * @param quiesce whether VMware Tools shall quiesce the guest for a snapshot of a running VM
 */
public record NfcSettings(
    int readsPerHost,
    int readsPerVCenter,
    long bytesPerSecond,
    Duration leaseReady,
    Duration leaseIdle,
    Duration snapshotTask,
    boolean quiesce) {
  public static final NfcSettings DEFAULT =
      new NfcSettings(
          4, 16, 0, Duration.ofMinutes(5), Duration.ofSeconds(30), Duration.ofHours(1), false);

  /** The same with other bounds of reading. */
  public NfcSettings withReads(int perHost, int perVCenter) {
    return new NfcSettings(
        perHost, perVCenter, bytesPerSecond, leaseReady, leaseIdle, snapshotTask, quiesce);
  }

  /** The same with a cap on what is read, 0 = none. */
  public NfcSettings withBytesPerSecond(long cap) {
    return new NfcSettings(
        readsPerHost, readsPerVCenter, cap, leaseReady, leaseIdle, snapshotTask, quiesce);
  }

  /** The same with or without quiescing the guest. */
  public NfcSettings withQuiesce(boolean wanted) {
    return new NfcSettings(
        readsPerHost, readsPerVCenter, bytesPerSecond, leaseReady, leaseIdle, snapshotTask, wanted);
  }

  public NfcSettings {
    if (readsPerHost < 1 || readsPerVCenter < 1) {
      throw new IllegalArgumentException(
          "Expected at least one read per host and per vCenter, but "
              + readsPerHost
              + " and "
              + readsPerVCenter);
    }
  }
}
