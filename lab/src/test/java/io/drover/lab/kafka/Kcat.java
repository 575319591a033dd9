// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.lab.conformance.Peers;
import io.drover.schemas.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Runs {@code kcat}, a Kafka client that is written in C and knows nothing of us. Debian has it as
 * {@code kafkacat}; without it the suite is skipped, or fails if {@code -Ddrover.peers=required}.
 */
final class Kcat {
  /** A record as kcat prints it; a null value is a tombstone. */
  record Message(
      @Nullable String key, Map<String, String> headers, @Nullable String value, long offset) {}

  private Kcat() {}

  static void require() {
    Peers.need("the public topics read by kcat", Peers.tool("kcat"));
  }

  /** All that a topic holds now, in the order of each partition. */
  static List<Message> read(String bootstrap, String topic, String isolation) throws Exception {
    Process kcat =
        new ProcessBuilder(
                "kcat",
                "-C",
                "-b",
                bootstrap,
                "-t",
                topic,
                "-o",
                "beginning",
                "-e",
                "-q",
                "-J",
                "-X",
                "isolation.level=" + isolation)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String out = new String(kcat.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(kcat.waitFor(60, TimeUnit.SECONDS)).as("kcat ends").isTrue();
    assertThat(kcat.exitValue()).as("kcat's exit code").isZero();
    var messages = new ArrayList<Message>();
    for (String line : out.lines().toList()) {
      JsonNode json = Json.mapper().readTree(line);
      var headers = new LinkedHashMap<String, String>();
      JsonNode flat = json.path("headers");
      for (int i = 0; i + 1 < flat.size(); i += 2) {
        headers.put(flat.get(i).asText(), flat.get(i + 1).asText());
      }
      messages.add(
          new Message(
              text(json.path("key")),
              headers,
              text(json.path("payload")),
              json.path("offset").asLong()));
    }
    return messages;
  }

  private static @Nullable String text(JsonNode node) {
    return node.isTextual() ? node.asText() : null;
  }
}
