// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
import io.drover.vsphere.VSphereFault;
import java.util.Locale;
import java.util.function.Supplier;

/** Turns what vCenter says into what the brain can react to. */
final class Faults {
  private Faults() {}

  /** Does it; a fault of vCenter becomes a problem that names what was being done. */
  static <T> T named(String doing, Supplier<T> action) {
    try {
      return action.get();
    } catch (VSphereFault fault) {
      throw fault(doing, fault);
    }
  }

  static CopyFault fault(String doing, VSphereFault fault) {
    String remedy =
        fault.remedy().isBlank()
            ? "See the tasks and events of the VM in vCenter."
            : fault.remedy();
    return new CopyFault(
        new Problem(
            kind(fault.kind()),
            "vcenter-" + fault.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
            "Could not " + doing + ": " + fault.said() + ".",
            remedy),
        fault);
  }

  /**
   * As the executor sees the same faults: a login, a certificate or a host that fails is an outage.
   * Somebody changes a password, and copies must wait for it, not be given up.
   */
  private static Problem.Kind kind(VSphereFault.Kind kind) {
    return switch (kind) {
      case INVALID_LOGIN,
          NOT_AUTHENTICATED,
          CERTIFICATE,
          TASK_IN_PROGRESS,
          HOST_NOT_CONNECTED,
          UNREACHABLE,
          UNAVAILABLE,
          TIMEOUT,
          // Here alone: somebody's lease holds the VM, and ends, if only by its timeout.
          INVALID_STATE ->
          Problem.Kind.UNAVAILABLE;
      case NO_PERMISSION,
          NOT_SUPPORTED,
          INVALID_ARGUMENT,
          TOOLS_UNAVAILABLE,
          MANAGED_OBJECT_NOT_FOUND ->
          Problem.Kind.REFUSED;
      case CONCURRENT_ACCESS,
          INVALID_POWER_STATE,
          FILE_LOCKED,
          QUIESCE_FAILED,
          INVALID_COLLECTOR_VERSION,
          CANCELLED,
          PROTOCOL,
          OTHER ->
          Problem.Kind.TRANSIENT;
    };
  }
}
