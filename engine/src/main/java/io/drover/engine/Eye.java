// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

import io.drover.schemas.Message;

/** Looks at the world and says what it saw. A watch is a hint; an eye looks at the whole. */
public interface Eye<M extends Message> {
  /** Stable name, for ownership, logs and metrics, for example {@code vcenter:prod}. */
  String name();

  /**
   * Looks until told to stop. An exception ends this look; the body begins another after a pause.
   *
   * @param sight where to say what was seen
   * @param stop raised when another instance takes over, or at shutdown
   */
  void look(Sight<M> sight, StopSignal stop) throws Exception;

  /** Writes what an eye saw into the inbox. */
  @FunctionalInterface
  interface Sight<M extends Message> {
    /** Returns once the inbox holds it. */
    void seen(String key, M message) throws InterruptedException;
  }
}
