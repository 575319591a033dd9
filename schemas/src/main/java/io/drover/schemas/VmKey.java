// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/**
 * The identity of a source VM wherever it moves: vCenter instance UUID and VM instance UUID. Two
 * plans, two attempts, two operators who name the same VM meet at this key.
 *
 * @param vcenter {@code about.instanceUuid} of the vCenter
 * @param vm {@code config.instanceUuid} of the VM
 */
public record VmKey(String vcenter, String vm) {
  public VmKey {
    if (vcenter.isBlank() || vm.isBlank() || vcenter.contains("/") || vm.contains("/")) {
      throw new IllegalArgumentException(
          "A VM key is vcenterInstanceUuid/vmInstanceUuid, but got '" + vcenter + "/" + vm + "'");
    }
  }

  /** Reads {@code vcenter/vm}; throws {@link IllegalArgumentException} for anything else. */
  public static VmKey parse(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      throw new IllegalArgumentException(
          "A VM key is vcenterInstanceUuid/vmInstanceUuid, but got '" + text + "'");
    }
    return new VmKey(text.substring(0, slash), text.substring(slash + 1));
  }

  @Override
  public String toString() {
    return vcenter + "/" + vm;
  }
}
