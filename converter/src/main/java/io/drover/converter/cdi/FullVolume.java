// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
import java.util.List;
import java.util.Locale;

/** Knows that a volume had no room for a disk by the words of whoever wrote to it. */
final class FullVolume {
  /**
   * Those of CDI's controller, which it says in place of most of its importer's ({@code
   * simplifyKnownMessage}); of the importer, which come through where qemu-img wrote them; of the
   * kernel, the second where a quota is the volume's size, as on CephFS; of our own writer.
   */
  private static final List<String> WORDS =
      List.of(
          "datavolume too small to contain image",
          "larger than the reported available",
          "no space left",
          "disk quota exceeded",
          "ask for a larger volume");

  private FullVolume() {}

  static boolean isSaidIn(String words) {
    String said = words.toLowerCase(Locale.ROOT);
    return WORDS.stream().anyMatch(said::contains);
  }

  static CopyFault fault(String what) {
    return new CopyFault(
        Problem.Kind.REFUSED,
        "volume-too-small",
        what,
        "Raise the filesystem overhead of the storage class in CDI's configuration, or free space"
            + " in the pool behind it.");
  }
}
