// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.engine.ServiceSpec;
import io.drover.schemas.Brain;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.CopyEvidence;
import java.util.List;

/** The converter as the runtime runs it. */
public final class ConversionService {
  private ConversionService() {}

  /** The service over the given ports. */
  public static ServiceSpec<
          ConversionState, ConversionMessage, CopyEvidence, ConversionFact, ConversionEffect>
      spec(SourceDisks sources, DiskImports imports) {
    return new ServiceSpec<>(
        Brain.CONVERSION,
        new ServiceSpec.Types<>(
            ConversionState.class,
            ConversionMessage.class,
            CopyEvidence.class,
            ConversionFact.class),
        new ConversionDecider(),
        new ConversionHand(sources, imports),
        List.of());
  }
}
