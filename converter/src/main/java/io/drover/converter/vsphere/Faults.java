// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.converter.ConversionDecider;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.schemas.Problem;
import io.drover.vsphere.ExportLease;
import io.drover.vsphere.VSphereFault;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.function.Supplier;

/** Turns what vCenter says into what the brain can react to. */
final class Faults {
  private static final Set<VSphereFault.Kind> LEASE_GONE =
      EnumSet.of(
          VSphereFault.Kind.MANAGED_OBJECT_NOT_FOUND,
          VSphereFault.Kind.INVALID_STATE,
          VSphereFault.Kind.NOT_AUTHENTICATED);

  private Faults() {}

  /** Does it; a fault of vCenter becomes a problem that names what was being done. */
  static <T> T named(String doing, Supplier<T> action) {
    try {
      return action.get();
    } catch (VSphereFault fault) {
      throw fault(doing, fault);
    }
  }

  /** Whether vCenter says that the lease asked about is no more; it lives in its session alone. */
  static boolean leaseGone(VSphereFault fault) {
    // A timeout that vCenter named; one without a name is ours.
    return LEASE_GONE.contains(fault.kind())
        || (fault.kind() == VSphereFault.Kind.TIMEOUT && fault.vimType().isPresent());
  }

  /** What a lost lease is to whoever read or opened under it. */
  static CopyFault leaseLost(String what, ExportLease lease, VSphereFault why) {
    return leaseGone(why)
        ? leaseLost(
            "vCenter ended the export lease under " + what + ": " + said(why) + ".", "", why)
        : leaseLost(
            ("The export lease under %s may have ended: vCenter could not be told for %d s"
                    + " that it is in use: %s.")
                .formatted(what, lease.timeout().toSeconds(), said(why)),
            why.remedy(),
            why);
  }

  static CopyFault leaseLost(String what, String remedy, Throwable cause) {
    return new CopyFault(
        new Problem(
            Problem.Kind.UNAVAILABLE,
            ConversionDecider.LEASE_LOST,
            what,
            (remedy.isBlank() ? "Nothing: the" : remedy + " The")
                + " disk is read again under a new lease."),
        cause);
  }

  /** Without the full stop that some servers end with: a sentence of ours goes on. */
  static String said(VSphereFault fault) {
    return fault.said().strip().replaceAll("\\.+$", "");
  }

  /**
   * As {@link #fault}, of a disk that its host did not serve. vCenter itself is trusted by now, and
   * what it says the host shows does not change by waiting: such a certificate is a refusal like
   * others, tried some times, so that the source does not stay off for ever.
   *
   * @param byLease whether the lease named the certificate, and not a setting
   */
  static CopyFault unread(String doing, VSphereFault fault, boolean byLease) {
    CopyFault plain = fault(doing, fault);
    return fault.kind() == VSphereFault.Kind.CERTIFICATE
        ? new CopyFault(
            new Problem(
                Problem.Kind.TRANSIENT,
                SourceDisks.HOST_UNTRUSTED,
                plain.problem().what(),
                byLease ? SourceDisks.HOST_UNTRUSTED_REMEDY : plain.problem().remedy()),
            fault)
        : plain;
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
            "Could not " + doing + ": " + said(fault) + ".",
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
