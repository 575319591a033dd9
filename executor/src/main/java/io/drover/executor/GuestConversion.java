// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.schemas.MigrationSpec;
import java.util.List;
import java.util.Locale;

/** Whether a guest has to be changed before it boots on virtio devices. */
public final class GuestConversion {
  /**
   * Guests that virt-v2v has no conversion for. Windows has no virtio drivers of its own, and the
   * Linux families that it knows get their boot loader, initramfs and agent put in order by it.
   */
  private static final List<String> CANNOT =
      List.of("freebsd", "solaris", "darwin", "netware", "dos", "os2", "openserver", "unixware");

  private GuestConversion() {}

  /** Whether a conversion Job is part of this journey. */
  public static boolean needed(MigrationSpec spec) {
    if (spec.target().compatibility()) {
      return false;
    }
    String id = spec.source().guest().id().toLowerCase(Locale.ROOT);
    boolean nobodyKnows = id.equals("otherguest") || id.equals("otherguest64");
    return !nobodyKnows && CANNOT.stream().noneMatch(id::startsWith);
  }
}
