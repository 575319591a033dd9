// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

/**
 * Names one managed object of one vCenter: its type and its id, such as {@code VirtualMachine} and
 * {@code vm-42}. Unique within a vCenter only; key by {@link About#instanceUuid()} across several.
 *
 * @param type the vSphere type name
 * @param id the object's id within its vCenter
 */
public record Moref(String type, String id) {
  /** The reference of a virtual machine with this id. */
  public static Moref vm(String id) {
    return new Moref("VirtualMachine", id);
  }

  /** The reference of a virtual machine's snapshot with this id. */
  public static Moref snapshot(String id) {
    return new Moref("VirtualMachineSnapshot", id);
  }

  @Override
  public String toString() {
    return type + ":" + id;
  }
}
