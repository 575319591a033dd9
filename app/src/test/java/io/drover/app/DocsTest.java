// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.converter.ConversionState;
import io.drover.executor.MigrationState;
import io.drover.runtime.config.Settings;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.schemas.Brain;
import io.drover.schemas.wire.AsyncApi;
import io.drover.schemas.wire.Events;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.io.InputStream;
import java.lang.reflect.RecordComponent;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** What is drawn of the code in {@code docs/} is what the code says; else it fails. */
class DocsTest {
  private static final Path DOCS = Path.of("../docs");
  private static final String RENDER = "`mvn -pl app -am test -Dtest=DocsTest -Ddrover.docs=write`";

  @Test
  void theTopicsAreDrawn() throws IOException {
    var text = page("Topics", "`KafkaTopics`");
    text.append("All have the same partition count. `drover up` makes those that are missing.\n\n");
    text.append("| topic | cleanup | retention | for |\n|---|---|---|---|\n");
    for (KafkaTopics.Topic topic : new KafkaTopics(settings()).all()) {
      Map<String, String> config = topic.config();
      text.append(
          "| `%s` | %s | %s | %s |\n"
              .formatted(
                  topic.name(),
                  config.get("cleanup.policy"),
                  retention(config.get("retention.ms")),
                  reader(topic.name())));
    }

    same("topics.md", text);
  }

  @Test
  void theFactsAreDrawn() throws IOException {
    var text = page("Facts and documents", "the JSON Schemas");
    text.append(
        "CloudEvents in binary mode; the fields below are those of the JSON value, `?` marks the"
            + " optional ones.\nThe schemas are in `schemas/src/main/resources/drover/schemas` and"
            + " inside the jar.\n");
    for (Brain brain : Brain.values()) {
      text.append("\n## `").append(brain.facts()).append("`\n\n| type | fields |\n|---|---|\n");
      for (String type : Events.types().stream().sorted().toList()) {
        if (type.startsWith("io.drover." + brain.entity() + ".")) {
          text.append(row(type));
        }
      }
    }
    text.append("\n## Documents\n\n| topic | fields |\n|---|---|\n");
    for (String topic : AsyncApi.DOCUMENTS.keySet().stream().sorted().toList()) {
      text.append(row(topic));
    }

    same("facts.md", text);
  }

  @Test
  void theStatesAreDrawn() throws IOException {
    var text = page("States", "the sealed state types");
    text.append("What can be true about a key, and the data that each state holds.\n");
    for (Class<?> state : new Class<?>[] {MigrationState.class, ConversionState.class}) {
      text.append("\n## `")
          .append(state.getSimpleName())
          .append("`\n\n| state | holds |\n|---|---|\n");
      for (Class<?> one : state.getPermittedSubclasses()) {
        text.append("| `").append(one.getSimpleName()).append("` | ");
        for (RecordComponent part : one.getRecordComponents()) {
          text.append("`").append(part.getName()).append("` ");
        }
        text.append("|\n");
      }
    }

    same("states.md", text);
  }

  @Test
  void theSettingsAreDrawn() throws IOException {
    var text = page("Settings", "the file that `drover config init` writes");
    text.append(
        "An unknown key is an error at the start, with the nearest known one.\n\n```yaml\n");
    try (InputStream in = Settings.class.getResourceAsStream("/drover/drover.yaml")) {
      assertThat(in).isNotNull();
      text.append(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
    text.append("```\n");

    same("settings.md", text);
  }

  private static StringBuilder page(String title, String source) {
    return new StringBuilder(
        "# %s\n\nGenerated from %s; a stale copy fails the build. Render it anew with\n%s.\n\n"
            .formatted(title, source, RENDER));
  }

  private static String row(String name) throws IOException {
    JsonNode schema;
    try (InputStream in =
        AsyncApi.class.getResourceAsStream("/drover/schemas/" + AsyncApi.schemaFile(name))) {
      assertThat(in).as("schema of " + name).isNotNull();
      schema = Json.mapper().readTree(in);
    }
    Set<String> required = new HashSet<>();
    schema.path("required").forEach(field -> required.add(field.asText()));
    var fields = new TreeMap<String, String>();
    schema
        .path("properties")
        .fieldNames()
        .forEachRemaining(
            field -> fields.put(field, "`" + field + (required.contains(field) ? "`" : "?`")));
    return "| `%s` | %s |\n".formatted(name, String.join(" ", fields.values()));
  }

  private static String retention(String millis) {
    return switch (millis) {
      case null -> "latest per key";
      case "-1" -> "for ever";
      default -> {
        Duration kept = Duration.ofMillis(Long.parseLong(millis));
        yield kept.toDays() > 0 ? kept.toDays() + " days" : kept.toHours() + " hours";
      }
    };
  }

  private static String reader(String topic) {
    for (Brain brain : Brain.values()) {
      if (topic.equals(brain.inbox())) {
        return "private: all that can move the " + brain.entity() + " brain of " + brain.service();
      }
      if (topic.equals(brain.state())) {
        return "private: its folded state";
      }
      if (topic.equals(brain.facts())) {
        return "public: what it decided and what happened ([facts](facts.md))";
      }
    }
    return AsyncApi.DOCUMENTS.containsKey(topic)
        ? "public: documents ([facts](facts.md))"
        : "operators";
  }

  private static KafkaSettings settings() {
    return KafkaSettings.local("localhost:9092");
  }

  private static void same(String name, StringBuilder drawn) throws IOException {
    Path page = DOCS.resolve(name);
    if ("write".equals(System.getProperty("drover.docs"))) {
      Files.writeString(page, drawn);
    }
    assertThat(page)
        .as("docs/" + name + " is stale: run this test with -Ddrover.docs=write")
        .hasContent(drawn.toString());
  }
}
