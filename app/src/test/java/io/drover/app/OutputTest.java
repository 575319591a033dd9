// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLMapper;
import io.drover.app.cli.Exit;
import io.drover.schemas.wire.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is printed for machines: the same option everywhere, and nothing beside the document. */
class OutputTest {
  @TempDir private Path folder;
  private String image = "";

  @BeforeEach
  void anImage() throws Exception {
    image = Files.write(folder.resolve("disk.raw"), new byte[1 << 20]).toString();
  }

  @ParameterizedTest
  @ValueSource(strings = {"inventory", "assess", "events", "convert", "verify", "check"})
  void everyCommandThatShowsSomethingTakesTheOption(String command) {
    String help = Terminal.run(Exit.OK, command, "--help");

    assertThat(help).contains("-o, --output").contains("table, json, yaml");
  }

  @Test
  void aVerificationIsADocument() throws Exception {
    String json = Terminal.run(Exit.OK, "verify", "-o", "json", image);
    String yaml = Terminal.run(Exit.OK, "verify", "-o", "yaml", image);

    JsonNode document = Json.mapper().readTree(json);
    assertThat(document.path("size").asLong()).isEqualTo(1 << 20);
    assertThat(document.path("compared").asBoolean(true)).isFalse();
    assertThat(document.has("equal")).isFalse();
    assertThat((JsonNode) new YAMLMapper().readTree(yaml)).isEqualTo(document);
  }

  @Test
  void aConversionIsADocument() throws Exception {
    String to = folder.resolve("out.qcow2").toString();

    String yaml = Terminal.run(Exit.OK, "convert", "-o", "yaml", image, to);

    JsonNode document = new YAMLMapper().readTree(yaml);
    assertThat(document.path("out").asText()).isEqualTo(to);
    assertThat(document.path("digest").asText()).hasSize(64);
  }

  @Test
  void aConversionTakesNoLessMemoryThanItNeeds() throws Exception {
    String to = folder.resolve("out.qcow2").toString();

    assertThat(Terminal.run(Exit.USAGE, "convert", "--memory", "47", image, to))
        .contains("Expected --memory of at least 48 MiB, but it is 47.");
    String yaml = Terminal.run(Exit.OK, "convert", "--memory", "48", "-o", "yaml", image, to);

    assertThat(new YAMLMapper().readTree(yaml).path("digest").asText()).hasSize(64);
  }

  @Test
  void helpIsAsked() {
    assertThat(Terminal.run(Exit.OK, "help")).contains("Usage: drover ", "convert", "verify");
    assertThat(Terminal.run(Exit.OK, "help", "convert")).contains("Usage: drover convert ");
  }

  @Test
  void aMistakeIsTheLastThatIsSaidAndNotAboveAllTheHelp() {
    assertThat(Terminal.run(Exit.USAGE, "verify", "--nosuch", image).lines())
        .containsExactly("drover: Unknown option: '--nosuch'", "See 'drover verify --help'.");
    assertThat(Terminal.run(Exit.USAGE, "verify", "--diget", "0", image))
        .contains("Possible solutions: --digest");
    assertThat(Terminal.run(Exit.USAGE, "verfy", image).lines())
        .containsExactly(
            "drover: Unmatched arguments from index 0: 'verfy', '" + image + "'",
            "Did you mean: drover verify or drover convert or drover wave?");
    assertThat(Terminal.run(Exit.USAGE, "plan").lines())
        .contains("Usage: drover plan [-hV] [COMMAND]")
        .endsWith("drover: Missing required subcommand", "See 'drover plan --help'.");
  }

  @Test
  void whatScriptsSaidBeforeStillCounts() throws Exception {
    String said = Terminal.run(Exit.OK, "verify", "--json", image);

    assertThat(Json.mapper().readTree(said).path("image").asText()).isEqualTo(image);
  }

  @Test
  void aFormatThatIsNoneIsAMistakeThatNamesThem() {
    String said = Terminal.run(Exit.USAGE, "verify", "-o", "xml", image);

    assertThat(said).contains(List.of("table", "json", "yaml"));
  }
}
