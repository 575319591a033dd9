// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.vim;

/**
 * An enumeration value that knows its schema type, because a property value must carry it on the
 * wire.
 */
public record VimEnum(String type, String value) {
  @Override
  public String toString() {
    return value;
  }
}
