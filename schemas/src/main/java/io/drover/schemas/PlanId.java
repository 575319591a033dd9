// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** A plan, for example {@code erp-2026}. */
public record PlanId(String value) {
  public PlanId {
    if (value.isBlank()) {
      throw new IllegalArgumentException("PlanId must not be blank");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
