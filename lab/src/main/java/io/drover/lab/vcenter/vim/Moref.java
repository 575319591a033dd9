// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.vim;

/** A managed object reference: how the vSphere API names an object of its own. */
public record Moref(String type, String value) {
  @Override
  public String toString() {
    return type + ":" + value;
  }
}
