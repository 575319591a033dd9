// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** A wave of a plan, {@code plan/number}. */
public record WaveId(String value) {
  public WaveId {
    if (value.isBlank()) {
      throw new IllegalArgumentException("WaveId must not be blank");
    }
  }

  /** Wave {@code number} (from 1) of {@code plan}. */
  public static WaveId of(PlanId plan, int number) {
    return new WaveId(plan.value() + "/" + number);
  }

  /** The plan this wave belongs to. */
  public PlanId plan() {
    int slash = value.lastIndexOf('/');
    return new PlanId(slash < 0 ? value : value.substring(0, slash));
  }

  /** The number within the plan, from 1. */
  public int number() {
    return Integer.parseInt(value.substring(value.lastIndexOf('/') + 1));
  }

  @Override
  public String toString() {
    return value;
  }
}
