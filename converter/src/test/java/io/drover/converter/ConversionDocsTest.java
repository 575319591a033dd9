// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What is drawn of the itinerary is what is walked. */
class ConversionDocsTest {
  private static final Path PAGE = Path.of("../docs/conversion.md");

  @Test
  void theDrawnTableIsNotStale() throws IOException {
    String drawn = ConversionItinerary.markdown();
    if ("write".equals(System.getProperty("drover.docs"))) {
      Files.createDirectories(PAGE.toAbsolutePath().normalize().getParent());
      Files.writeString(PAGE, drawn);
    }

    assertThat(PAGE)
        .as("docs/conversion.md is stale: run this test with -Ddrover.docs=write")
        .hasContent(drawn);
  }

  @Test
  void everyStepHasItsRow() {
    for (var step : io.drover.schemas.CopyStep.values()) {
      assertThat(ConversionItinerary.row(step).step()).isEqualTo(step);
    }
  }
}
