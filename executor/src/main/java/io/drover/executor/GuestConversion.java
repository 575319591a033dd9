// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.schemas.MigrationSpec;
import java.util.List;
import java.util.Locale;

/** Whether a guest has to be changed before it boots on virtio devices. */
public final class GuestConversion {
  /**
   * Guests that virt-v2v converts and that need it: Windows has no virtio drivers of its own, and
   * these Linux families build an initramfs for the very hardware they were installed on. Debian's
   * and Ubuntu's initramfs carries all drivers, BSDs carry virtio, and for others virt-v2v has no
   * conversion.
   */
  private static final List<String> NEED =
      List.of(
          "windows", "rhel", "centos", "oraclelinux", "rocky", "alma", "sles", "suse", "fedora");

  private GuestConversion() {}

  /** Whether a conversion Job is part of this journey. */
  public static boolean needed(MigrationSpec spec) {
    if (spec.target().compatibility()) {
      return false;
    }
    String id = spec.source().guest().id().toLowerCase(Locale.ROOT);
    return id.startsWith("win") || NEED.stream().anyMatch(id::startsWith);
  }
}
