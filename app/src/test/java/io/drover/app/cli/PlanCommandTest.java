// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.wire.Json;
import org.junit.jupiter.api.Test;

class PlanCommandTest {
  @Test
  void whatToDoAboutAVmLeftOutIsThatOfItsBlockers() throws Exception {
    assertThat(
            PlanCommand.remedy(
                Json.mapper()
                    .readTree(
                        """
                        [{"severity": "BLOCKER", "remedy": "Convert it."},
                         {"severity": "BLOCKER", "remedy": "Map it."},
                         {"severity": "BLOCKER", "remedy": "Convert it."},
                         {"severity": "WARNING", "remedy": "Look at it."}]
                        """)))
        .isEqualTo("Convert it. Map it.");
  }

  @Test
  void aWarningIsNotWhyAVmIsLeftOut() throws Exception {
    assertThat(
            PlanCommand.remedy(
                Json.mapper()
                    .readTree("[{\"severity\": \"WARNING\", \"remedy\": \"Look at it.\"}]")))
        .isEmpty();
  }
}
