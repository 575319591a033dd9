// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.ServiceSpec;
import io.drover.schemas.Brain;
import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import java.util.List;

/** The body plan of the brain that owns journeys. */
public final class MigrationService {
  private MigrationService() {}

  /** The brain with a hand on these VMs. */
  public static ServiceSpec<
          MigrationState, MigrationMessage, Evidence, MigrationFact, MigrationEffect>
      spec(SourceVm source, TargetVm target, Patience patience) {
    return new ServiceSpec<>(
        Brain.MIGRATION,
        new ServiceSpec.Types<>(
            MigrationState.class, MigrationMessage.class, Evidence.class, MigrationFact.class),
        new MigrationDecider(),
        new MigrationHand(source, target, patience),
        List.of());
  }
}
