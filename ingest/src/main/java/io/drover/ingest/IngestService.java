// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest;

import io.drover.engine.Eye;
import io.drover.engine.Outcome;
import io.drover.engine.ServiceSpec;
import io.drover.schemas.Brain;
import io.drover.schemas.InventoryFact;
import io.drover.schemas.InventoryMessage;
import java.util.List;

/** The body plan of ingest. */
public final class IngestService {
  private IngestService() {}

  public static ServiceSpec<InventoryState, InventoryMessage, NoSight, InventoryFact, NoEffect>
      spec(List<Eye<InventoryMessage>> eyes) {
    return new ServiceSpec<>(
        Brain.INVENTORY,
        new ServiceSpec.Types<>(
            InventoryState.class, InventoryMessage.class, NoSight.class, InventoryFact.class),
        new InventoryDecider(),
        order -> new Outcome.Stopped<>(),
        eyes);
  }
}
