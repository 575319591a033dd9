// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.body;

import io.drover.runtime.kafka.KafkaBrain;
import io.vertx.core.Future;
import io.vertx.core.VerticleBase;

/** The life of one brain in the process: deployed it thinks, undeployed it has let go of all. */
final class BrainVerticle extends VerticleBase {
  private final KafkaBrain<?, ?, ?, ?, ?> brain;

  BrainVerticle(KafkaBrain<?, ?, ?, ?, ?> brain) {
    this.brain = brain;
  }

  @Override
  public Future<?> start() {
    brain.start();
    return Future.succeededFuture();
  }

  @Override
  public Future<?> stop() {
    return vertx.executeBlocking(
        () -> {
          brain.close();
          return null;
        },
        false);
  }
}
