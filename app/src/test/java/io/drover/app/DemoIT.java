// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Exit;
import io.drover.schemas.wire.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The README's first command, whole: SOAP, NFC, Kubernetes and Kafka over real sockets. */
class DemoIT {
  @Test
  void aHerdMovesAndOneVmComesBack(@TempDir Path folder) throws Exception {
    int code = Drover.run("demo", "--report", folder.toString());

    assertThat(code).isEqualTo(Exit.OK);
    JsonNode report = Json.mapper().readTree(Files.readAllBytes(folder.resolve("report.json")));
    Map<String, Integer> results = new HashMap<>();
    for (JsonNode row : report.path("rows")) {
      results.merge(row.path("result").asText(), 1, Integer::sum);
      assertThat(row.path("proof").asText()).as(row.path("name").asText()).isEqualTo("both");
    }
    assertThat(results).isEqualTo(Map.of("COMMITTED", 7, "ROLLED_BACK", 1));
    assertThat(folder.resolve("drover.log")).content().contains("INFO ", "Started as ");
    assertThat(folder.resolve("report.html"))
        .content()
        .contains("shop-web-02")
        .contains("7 committed");
  }
}
