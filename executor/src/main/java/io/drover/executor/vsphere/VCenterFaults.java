// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.vsphere;

import io.drover.executor.Trouble;
import io.drover.schemas.Problem;
import io.drover.vsphere.VSphereFault;
import java.util.Locale;
import java.util.function.Supplier;

/** Turns what vCenter says into what a journey can react to. */
final class VCenterFaults {
  private VCenterFaults() {}

  /** Does it; a fault becomes a problem that names what was being done. */
  static <T> T named(String doing, Supplier<T> action) {
    try {
      return action.get();
    } catch (VSphereFault fault) {
      throw trouble(doing, fault);
    }
  }

  /** Does it; a fault becomes a problem that names what was being done. */
  static void named(String doing, Runnable action) {
    try {
      action.run();
    } catch (VSphereFault fault) {
      throw trouble(doing, fault);
    }
  }

  static Trouble trouble(String doing, VSphereFault fault) {
    String remedy =
        fault.remedy().isBlank()
            ? "See the tasks and events of the VM in vCenter."
            : fault.remedy();
    return new Trouble(
        new Problem(
            kind(fault.kind()),
            code(fault.kind()),
            "Could not " + doing + ": " + message(fault),
            remedy),
        fault);
  }

  private static String message(VSphereFault fault) {
    String text = fault.said();
    return text.endsWith(".") ? text : text + ".";
  }

  private static String code(VSphereFault.Kind kind) {
    return switch (kind) {
      case CONCURRENT_ACCESS -> "source-changed-meanwhile";
      case TOOLS_UNAVAILABLE -> "tools-unavailable";
      case MANAGED_OBJECT_NOT_FOUND -> "source-gone";
      case INVALID_LOGIN,
          NOT_AUTHENTICATED,
          INVALID_POWER_STATE,
          TASK_IN_PROGRESS,
          INVALID_STATE,
          NO_PERMISSION,
          FILE_LOCKED,
          HOST_NOT_CONNECTED,
          QUIESCE_FAILED,
          NOT_SUPPORTED,
          INVALID_ARGUMENT,
          INVALID_COLLECTOR_VERSION,
          CANCELLED,
          TIMEOUT,
          UNREACHABLE,
          UNAVAILABLE,
          CERTIFICATE,
          PROTOCOL,
          OTHER ->
          "vcenter-" + kind.name().toLowerCase(Locale.ROOT).replace('_', '-');
    };
  }

  /**
   * A login, a certificate or a host that fails is an outage: somebody changes a password, and
   * journeys must wait for it, not fail. A call whose task still runs is waited for by looking.
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
          TIMEOUT ->
          Problem.Kind.UNAVAILABLE;
      case NO_PERMISSION,
          NOT_SUPPORTED,
          INVALID_ARGUMENT,
          TOOLS_UNAVAILABLE,
          MANAGED_OBJECT_NOT_FOUND ->
          Problem.Kind.REFUSED;
      case CONCURRENT_ACCESS,
          INVALID_POWER_STATE,
          INVALID_STATE,
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
