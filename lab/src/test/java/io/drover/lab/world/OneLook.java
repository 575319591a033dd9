// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.engine.StopSignal;
import io.drover.executor.Patience;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The patience of a simulation: the hand looks once and says what it saw; the brain comes back. */
public record OneLook(Supplier<Instant> clock) implements Patience {
  @Override
  public Instant now() {
    return clock.get();
  }

  @Override
  public void pause(Duration time, StopSignal stop) {
    stop.check();
  }

  @Override
  public <T> @Nullable T until(Supplier<@Nullable T> look, Duration budget, StopSignal stop) {
    stop.check();
    return look.get();
  }
}
