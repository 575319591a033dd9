// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.Outcome;
import io.drover.engine.ServiceSpec;
import io.drover.schemas.Brain;
import io.drover.schemas.DispatchFact;
import io.drover.schemas.DispatchMessage;
import java.util.List;

/** The body plan of the brain that owns the slots of a vCenter. It has no effects. */
public final class DispatchService {
  private DispatchService() {}

  /** The brain, which needs nothing. */
  public static ServiceSpec<DispatchState, DispatchMessage, Void, DispatchFact, Void> spec() {
    return new ServiceSpec<>(
        Brain.DISPATCH,
        new ServiceSpec.Types<>(
            DispatchState.class, DispatchMessage.class, Void.class, DispatchFact.class),
        new DispatchDecider(),
        order -> new Outcome.Stopped<>(),
        List.of());
  }
}
