// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.converter.CopyFault;
import io.drover.engine.StopSignal;
import io.drover.schemas.Problem;
import io.drover.vsphere.ExportLease;
import io.drover.vsphere.VSphereFault;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Compares a received stream with what the lease's manifest says was sent. A vCenter that cannot be
 * asked is asked again while the lease stands: what was received would have to be read anew.
 */
final class Manifest {
  private static final Set<VSphereFault.Kind> OUTAGES =
      EnumSet.of(
          VSphereFault.Kind.UNREACHABLE, VSphereFault.Kind.UNAVAILABLE, VSphereFault.Kind.TIMEOUT);

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final long LONGEST_PAUSE = 5000;

  private Manifest() {}

  /** Name of a checksum algorithm as manifests write it: {@code sha1}, {@code sha256}. */
  static String plain(String algorithm) {
    return algorithm.replace("-", "").toLowerCase(Locale.ROOT);
  }

  /**
   * Looks the device up and compares.
   *
   * @param stop asked while vCenter is away
   * @param received hex of the received stream by {@link #plain} name, null where it was not made
   * @return {@code ALGORITHM:hex}, or null when the server vouches for nothing
   */
  static @Nullable String verify(
      HeldLease held,
      ExportLease.Device device,
      String disk,
      long bytes,
      StopSignal stop,
      UnaryOperator<@Nullable String> received) {
    held.whole(device);
    for (ExportLease.ManifestEntry entry :
        Faults.named("read the manifest of the export of " + disk, () -> read(held, disk, stop))) {
      if (entry.key().equals(device.key()) && !entry.checksum().isBlank()) {
        String type = plain(entry.checksumType());
        String hex = received.apply(type);
        return hex == null ? null : same(entry, disk, bytes, type, hex);
      }
    }
    return null;
  }

  private static List<ExportLease.ManifestEntry> read(
      HeldLease held, String disk, StopSignal stop) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    for (long pause = 200; ; pause = Math.min(LONGEST_PAUSE, pause * 2)) {
      try {
        return held.lease().manifest();
      } catch (VSphereFault fault) {
        // A session that ended takes the lease along, whoever notices first.
        VSphereFault lost = held.lease().lost().orElse(null);
        if (lost == null && gone(fault)) {
          lost = fault;
        }
        if (lost != null) {
          throw Faults.leaseLost(disk, held.lease(), lost);
        }
        boolean passes = OUTAGES.contains(fault.kind()) && held.alive();
        if (!passes || System.nanoTime() - end > 0) {
          throw fault;
        }
      }
      stop.check();
      pause(pause);
    }
  }

  /**
   * A timeout of this call says nothing of the lease: it is asked again, and the heartbeat sees.
   */
  private static boolean gone(VSphereFault fault) {
    return fault.kind() != VSphereFault.Kind.TIMEOUT && Faults.leaseGone(fault);
  }

  private static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StopSignal.Stopped();
    }
  }

  private static String same(
      ExportLease.ManifestEntry entry, String disk, long bytes, String type, String hex) {
    boolean sameSize = entry.size() <= 0 || entry.size() == bytes;
    if (!sameSize || !hex.equalsIgnoreCase(entry.checksum())) {
      throw new CopyFault(
          Problem.Kind.CORRUPT,
          "stream-differs-from-manifest",
          "The export of %s came as %d bytes with %s %s, but vCenter says it sent %d with %s."
              .formatted(disk, bytes, type, hex, entry.size(), entry.checksum()),
          "Look for a broken proxy or host between the ESXi host and the converter, then retry.");
    }
    return type + ":" + hex;
  }
}
