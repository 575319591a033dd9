// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.body;

import io.drover.engine.Order;
import io.drover.schemas.Brain;
import io.drover.schemas.DiskProgress;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Says in our words what a hand reports, since only the service knows which disk of which VM an
 * effect of its own is about.
 */
@FunctionalInterface
public interface ProgressWords {
  /** No progress is published. */
  ProgressWords NONE = (brain, order, report, at) -> null;

  /** Null where there is nothing to publish. */
  @Nullable DiskProgress of(Brain brain, Order<?> order, Report report, Instant at);

  /** A report as the hand gave it; bytes. */
  record Report(String subject, String what, long done, long total) {}
}
