// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
import io.drover.vsphere.ExportLease;
import java.util.Locale;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Compares a received stream with what the lease's manifest says was sent. */
final class Manifest {
  private Manifest() {}

  /** Name of a checksum algorithm as manifests write it: {@code sha1}, {@code sha256}. */
  static String plain(String algorithm) {
    return algorithm.replace("-", "").toLowerCase(Locale.ROOT);
  }

  /**
   * Looks the device up and compares.
   *
   * @param received hex of the received stream by {@link #plain} name, null where it was not made
   * @return {@code ALGORITHM:hex}, or null when the server vouches for nothing
   */
  static @Nullable String verify(
      HeldLease held,
      ExportLease.Device device,
      String disk,
      long bytes,
      UnaryOperator<@Nullable String> received) {
    for (ExportLease.ManifestEntry entry :
        Faults.named("read the manifest of the export of " + disk, held.lease()::manifest)) {
      if (entry.key().equals(device.key()) && !entry.checksum().isBlank()) {
        String type = plain(entry.checksumType());
        String hex = received.apply(type);
        return hex == null ? null : same(entry, disk, bytes, type, hex);
      }
    }
    return null;
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
