// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/** A fact as people read it in a list. */
public record FactRow(
    String type,
    String key,
    long sequence,
    Instant at,
    String actor,
    @Nullable String correlation,
    @Nullable String causation,
    JsonNode data) {
  /** Whether this is a no to a command. */
  public boolean refusal() {
    return type.endsWith("Refused.v1");
  }

  /** "Expected to X, but Y." of a refusal. */
  public String refusalText() {
    return "Expected to "
        + data.path("expected").asText()
        + ", but "
        + data.path("but").asText()
        + ".";
  }
}
