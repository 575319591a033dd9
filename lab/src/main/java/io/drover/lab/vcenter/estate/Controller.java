// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimArray;
import io.drover.lab.vcenter.vim.VimObject;
import java.util.List;

/**
 * The kinds of storage controllers that a virtual machine may have, with the device keys that
 * vSphere gives them.
 */
public enum Controller {
  PVSCSI("ParaVirtualSCSIController", "SCSI controller", "VMware paravirtual SCSI", 1000, 2000, 16),
  LSI("VirtualLsiLogicController", "SCSI controller", "LSI Logic", 1000, 2000, 16),
  LSI_SAS("VirtualLsiLogicSASController", "SCSI controller", "LSI Logic SAS", 1000, 2000, 16),
  IDE("VirtualIDEController", "IDE", "IDE", 200, 3000, 2),
  SATA("VirtualAHCIController", "SATA controller", "AHCI", 15000, 16000, 30),
  NVME("VirtualNVMEController", "NVME controller", "NVME controller", 31000, 32000, 64);

  private final String type;
  private final String label;
  private final String summary;
  private final int firstKey;
  private final int firstDisk;
  private final int slots;

  Controller(String type, String label, String summary, int firstKey, int firstDisk, int slots) {
    this.type = type;
    this.label = label;
    this.summary = summary;
    this.firstKey = firstKey;
    this.firstDisk = firstDisk;
    this.slots = slots;
  }

  public String type() {
    return type;
  }

  int key(int bus) {
    return firstKey + bus;
  }

  int diskKey(int bus, int unit) {
    return firstDisk + bus * slots + unit;
  }

  boolean scsi() {
    return this == PVSCSI || this == LSI || this == LSI_SAS;
  }

  /**
   * The first unit at or after the given one that a disk may take: unit 7 of a SCSI bus is the
   * controller's own.
   */
  int usableUnit(int unit) {
    return scsi() && unit >= 7 ? unit + 1 : unit;
  }

  VimObject device(int bus, List<Integer> devices) {
    VimObject device =
        VimObject.sub(type)
            .with("key", key(bus))
            .with(
                "deviceInfo",
                VimObject.of("Description")
                    .with("label", label + " " + bus)
                    .with("summary", summary))
            .with("controllerKey", this == IDE ? null : 100)
            .with("unitNumber", this == IDE ? null : (scsi() ? 3 : 24) + bus)
            .with("busNumber", bus)
            .with("device", VimArray.of("int", devices));
    if (scsi()) {
      device
          .with("hotAddRemove", true)
          .withEnum("sharedBus", "VirtualSCSISharing", "noSharing")
          .with("scsiCtlrUnitNumber", 7);
    }
    return device;
  }
}
