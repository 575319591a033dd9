// SPDX-License-Identifier: Apache-2.0
package io.drover.app.road;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;

/** Reads our topics with kcat, a client that knows nothing of us. */
final class Outsider {
  private final int port;

  Outsider(int port) {
    this.port = port;
  }

  /** host:port of the broker. */
  String bootstrap() {
    return "localhost:" + port;
  }

  /**
   * One event as kcat shows it.
   *
   * @param attributes the CloudEvents attributes out of the headers, without their prefix
   */
  record Event(String key, Map<String, String> attributes, JsonNode data) {
    Event {
      attributes = new TreeMap<>(attributes);
    }

    String type() {
      return attributes.getOrDefault("type", "");
    }
  }

  /** Everything that a topic holds, as kcat shows it: keys, headers, values. */
  String raw(String topic) throws IOException, InterruptedException {
    Process kcat =
        new ProcessBuilder(
                "kcat",
                "-b",
                "localhost:" + port,
                "-C",
                "-t",
                topic,
                "-o",
                "beginning",
                "-e",
                "-q",
                "-J",
                "-X",
                "isolation.level=read_committed")
            .redirectErrorStream(true)
            .start();
    kcat.getOutputStream().close();
    String said = new String(kcat.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!kcat.waitFor(30, TimeUnit.SECONDS) || kcat.exitValue() != 0) {
      throw new IllegalStateException("kcat: " + said);
    }
    return said;
  }

  /** All committed events of a topic. */
  List<Event> read(String topic) throws IOException, InterruptedException {
    var events = new ArrayList<Event>();
    for (String line : raw(topic).lines().toList()) {
      JsonNode record = Json.mapper().readTree(line);
      var attributes = new TreeMap<String, String>();
      JsonNode headers = record.path("headers");
      for (int i = 0; i + 1 < headers.size(); i += 2) {
        String name = headers.get(i).asText();
        if (name.startsWith("ce_")) {
          attributes.put(name.substring(3), headers.get(i + 1).asText());
        }
      }
      events.add(
          new Event(
              record.path("key").asText(),
              attributes,
              Json.mapper().readTree(record.path("payload").asText("null"))));
    }
    return events;
  }
}
