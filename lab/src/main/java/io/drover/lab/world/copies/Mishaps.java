// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.schemas.Problem;
import org.jspecify.annotations.Nullable;

/** Says what goes wrong; a simulation draws it from its seed. */
@FunctionalInterface
public interface Mishaps {
  /** Nothing goes wrong. */
  Mishaps NONE = (call, moment) -> null;

  /** When it goes wrong. */
  enum Moment {
    /** Before anything happened. */
    BEFORE,
    /** After it happened: the answer is lost. */
    AFTER
  }

  /**
   * Asked twice a call.
   *
   * @param call name of the port's method, for example {@code write}
   * @return the failure, or null
   */
  @Nullable Problem strike(String call, Moment moment);
}
