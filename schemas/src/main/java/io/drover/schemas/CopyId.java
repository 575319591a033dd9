// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** One round of copying all disks of a VM: the unit of copy, stop and stopped. */
public record CopyId(String value) {
  public CopyId {
    if (value.isBlank()) {
      throw new IllegalArgumentException("CopyId must not be blank");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
