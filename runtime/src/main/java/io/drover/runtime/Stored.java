// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A record of the state topic.
 *
 * @param state folded state; null if it equals the initial one
 * @param offset offset of the last input folded in
 * @param sequence number of the key's last fact; it outlives the state, so an event id is never
 *     used twice
 * @param raw what could not be read as a state, kept as it was
 * @param <T> type of the state
 */
record Stored<T>(
    @Nullable T state,
    long offset,
    long sequence,
    @Nullable Quarantine quarantine,
    byte @Nullable [] raw) {

  /**
   * Why a key is not decided any more.
   *
   * @param from offset of the first input that waits: the poison
   * @param parked inputs that wait behind it
   */
  record Quarantine(long from, String reason, long parked) {
    Quarantine another() {
      return new Quarantine(from, reason, parked + 1);
    }
  }

  /**
   * How far a partition is, under the key {@code ~meta/<partition>}.
   *
   * @param next offset of the first input that is not yet dealt with
   * @param owner name of the claim under which it was written
   * @param reigns whose outcomes count; null where an older version wrote it
   */
  record Meta(long next, String owner, @Nullable Reigns reigns) {
    static final String PREFIX = "~meta/";
    static final Meta NONE = new Meta(0, "", Reigns.NONE);

    Meta {
      Objects.requireNonNull(owner, "owner");
      if (next < 0) {
        throw new IllegalArgumentException("Expected an offset, but got " + next);
      }
    }
  }
}
