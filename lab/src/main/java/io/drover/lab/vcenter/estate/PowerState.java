// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.vim.VimEnum;

/** Whether a virtual machine runs. */
public enum PowerState {
  POWERED_ON("poweredOn"),
  POWERED_OFF("poweredOff");

  private final String wire;

  PowerState(String wire) {
    this.wire = wire;
  }

  /** The word on the wire. */
  public String wire() {
    return wire;
  }

  VimEnum value() {
    return new VimEnum("VirtualMachinePowerState", wire);
  }
}
