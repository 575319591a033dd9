// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

/** Whether a virtual machine runs, as vCenter last knew. */
public enum PowerState {
  /** It runs. */
  ON,
  /** It does not run. */
  OFF,
  /** Its memory is kept on disk. */
  SUSPENDED,
  /** vCenter does not say, as for a host that is not connected. */
  UNKNOWN;

  static PowerState of(String vim) {
    return switch (vim) {
      case "poweredOn" -> ON;
      case "poweredOff" -> OFF;
      case "suspended" -> SUSPENDED;
      default -> UNKNOWN;
    };
  }
}
