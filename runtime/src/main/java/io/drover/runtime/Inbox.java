// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import io.drover.schemas.Brain;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Where outcomes, timers, sights and commands are handed in: the only way to move a brain. */
@FunctionalInterface
public interface Inbox {
  /** Header that makes a record a control input; its value is one of the words below. */
  String CONTROL = "drover-control";

  /** Takes a key out of quarantine: its inputs are decided again, from the poison on. */
  String RETRY_QUARANTINED = "retry-quarantined";

  /** As {@link #RETRY_QUARANTINED}, but without the input that poisoned the key. */
  String SKIP_QUARANTINED = "skip-quarantined";

  /** Header of a record of the quarantine topic: the key was let out, by one of the words above. */
  String RELEASED = "drover-released";

  /** Header of an outcome: the token of the claim under which its effect was begun. */
  String TOKEN = "drover-token";

  /** W3C trace context, carried from input to facts and letters. */
  String TRACEPARENT = "traceparent";

  /**
   * Appends a record and returns once the log holds it. Tries again for as long as it takes.
   *
   * @throws IllegalArgumentException if the record is larger than the log takes
   */
  void append(Brain to, String key, Map<String, String> headers, byte @Nullable [] value)
      throws InterruptedException;
}
