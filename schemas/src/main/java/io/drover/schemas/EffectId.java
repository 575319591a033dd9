// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** One intended effect; derived from the state, so a replay names it alike. */
public record EffectId(String value) {
  public EffectId {
    if (value.isBlank()) {
      throw new IllegalArgumentException("EffectId must not be blank");
    }
  }

  @Override
  public String toString() {
    return value;
  }
}
