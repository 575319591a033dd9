// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.worker;

import io.drover.converter.SourceDisks;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphereFault;
import java.io.IOException;
import java.util.Locale;

/** A host did not serve a disk, or stopped to; says what can be done, for the worker's report. */
final class HostFault extends IOException {
  private static final long serialVersionUID = 1;

  private final String code;
  private final String remedy;

  private HostFault(String code, String what, String remedy, Throwable cause) {
    super(what, cause);
    this.code = code;
    this.remedy = remedy;
  }

  /** It was not read at all. */
  static HostFault refused(VSphereFault fault, Trust trust) {
    String from =
        fault.kind() == VSphereFault.Kind.UNREACHABLE ? ", from the pods of the cluster" : "";
    String remedy = fault.remedy().replaceFirst("\\.$", from + ".");
    return fault.kind() == VSphereFault.Kind.CERTIFICATE
        ? new HostFault(
            SourceDisks.HOST_UNTRUSTED,
            fault.said(),
            trust instanceof Trust.Thumbprint ? SourceDisks.HOST_UNTRUSTED_REMEDY : remedy,
            fault)
        : new HostFault(
            "vcenter-" + fault.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'),
            fault.said(),
            remedy,
            fault);
  }

  /** It broke while it was read. */
  static HostFault broke(String host, long bytes, IOException cause) {
    return new HostFault(
        "disk-stream-broke",
        "the export from %s broke after %d bytes: %s".formatted(host, bytes, cause.getMessage()),
        "Check the network between the pods of the cluster and "
            + host
            + "; what was written is left as it is.",
        cause);
  }

  String code() {
    return code;
  }

  String remedy() {
    return remedy;
  }
}
