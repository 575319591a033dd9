// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas.wire;

import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * What travels around a fact as CloudEvents attributes.
 *
 * @param key key of the brain's state, also the Kafka key
 * @param sequence number of the fact within the key, from 1
 * @param at when the input that caused the fact was taken
 * @param instance process that wrote it
 * @param actor who caused it
 * @param correlation the wave it belongs to, if any
 * @param causation {@code topic-partition-offset} of the input that caused it
 * @param traceparent W3C trace context of the input, if any
 */
public record Envelope(
    Brain brain,
    String key,
    long sequence,
    Instant at,
    String instance,
    Actor actor,
    @Nullable String correlation,
    @Nullable String causation,
    @Nullable String traceparent) {
  /** {@code source} attribute: the same whoever the owner is. */
  public String source() {
    return "/drover/" + brain.entity() + "/" + key;
  }
}
