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
            "Could not " + doing + ": " + fault.getMessage() + ".",
            remedy),
        fault);
  }

  private static Problem.Kind kind(VSphereFault.Kind kind) {
    return switch (kind) {
      case INVALID_LOGIN,
          INVALID_POWER_STATE,
          MANAGED_OBJECT_NOT_FOUND,
          NO_PERMISSION,
          NOT_SUPPORTED,
          INVALID_ARGUMENT,
          CERTIFICATE ->
          Problem.Kind.REFUSED;
      // A task or a lease of somebody holds the VM: it ends, if only by its timeout.
      case TASK_IN_PROGRESS, INVALID_STATE, HOST_NOT_CONNECTED, UNREACHABLE, UNAVAILABLE ->
          Problem.Kind.UNAVAILABLE;
      case NOT_AUTHENTICATED,
          CONCURRENT_ACCESS,
          FILE_LOCKED,
          TOOLS_UNAVAILABLE,
          INVALID_COLLECTOR_VERSION,
          CANCELLED,
          TIMEOUT,
          PROTOCOL,
          OTHER ->
          Problem.Kind.TRANSIENT;
    };
  }
}
