// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import io.drover.schemas.Problem;

/** How an effect came out: what was observed, never what a call returned. */
public sealed interface Outcome<O> {
  /** It is so; {@code evidence} says what was seen. */
  record Done<O>(O evidence) implements Outcome<O> {}

  /** It is not so; the problem says what can be done about it. */
  record Failed<O>(Problem problem) implements Outcome<O> {}

  /**
   * The hand was told to stop, and nothing of the effect runs any more. How far it got is not said.
   */
  record Stopped<O>() implements Outcome<O> {}
}
