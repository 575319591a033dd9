// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import java.time.Instant;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A record as it was read from a partition of an inbox.
 *
 * @param key null only if an outsider wrote it so
 * @param at when the broker took it: the only "now" of a decision
 */
public record Entry(
    long offset,
    Instant at,
    @Nullable String key,
    Map<String, String> headers,
    byte @Nullable [] value) {
  public Entry {
    headers = Map.copyOf(headers);
  }
}
