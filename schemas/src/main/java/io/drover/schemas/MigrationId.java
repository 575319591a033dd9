// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** One attempt to migrate one VM; new for every start. */
public record MigrationId(String value) {
  public MigrationId {
    if (value.isBlank()) {
      throw new IllegalArgumentException("MigrationId must not be blank");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
