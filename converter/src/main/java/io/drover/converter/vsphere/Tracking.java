// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.vsphere.Moref;
import io.drover.vsphere.Reconfiguration;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereFault;
import io.drover.vsphere.VmFacts;
import java.time.Duration;

/**
 * Changed block tracking of a source VM: switched on where a warm copy needs it, and put back as it
 * was found. That it was off is noted on the VM itself, in the very call that switches it on: what
 * undoes it needs no memory of its own.
 */
final class Tracking {
  /** Advanced setting that says which migration switched tracking on. */
  static final String MARK = "drover.tracking";

  private static final int ROUNDS = 3;

  private final Duration deadline;

  Tracking(Duration deadline) {
    this.deadline = deadline;
  }

  /** Switches it on and notes that, if it is off. */
  void ensureOn(VSphere vcenter, CopyOrder order, VmFacts facts) {
    if (facts.tracking().enabled()) {
      return;
    }
    if (!facts.tracking().supported()) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "change-tracking-unsupported",
          "VM " + order.vmName() + " cannot track changed blocks.",
          "Move it cold, or upgrade its hardware version.");
    }
    var _ =
        vcenter
            .machines()
            .reconfigure(
                Moref.vm(order.moref()),
                Reconfiguration.NONE.changeTracking(true).setting(MARK, order.migration().value()),
                facts.identity().changeVersion(),
                deadline);
  }

  /** Off again, if this migration switched it on; and that observed. */
  void restore(VSphere vcenter, CopyOrder order, MigrationId migration) {
    Moref vm = Moref.vm(order.moref());
    for (int round = 0; round < ROUNDS; round++) {
      VmFacts facts = vcenter.machines().facts(vm);
      if (!migration.value().equals(facts.notes().extraConfig().get(MARK))) {
        return;
      }
      try {
        var _ =
            vcenter
                .machines()
                .reconfigure(
                    vm,
                    Reconfiguration.NONE.changeTracking(false).setting(MARK, ""),
                    facts.identity().changeVersion(),
                    deadline);
      } catch (VSphereFault fault) {
        if (fault.kind() != VSphereFault.Kind.CONCURRENT_ACCESS) {
          throw fault;
        }
      }
    }
    throw new CopyFault(
        Problem.Kind.TRANSIENT,
        "source-contended",
        "Changed block tracking of VM "
            + order.vmName()
            + " is to be off again, but somebody keeps changing the VM.",
        "Nothing: it is tried again.");
  }
}
