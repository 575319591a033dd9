// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code drover events}: the facts as they come. */
@Command(name = "events", description = "Show the facts, the newest last.")
public final class EventsCommand implements Callable<Integer> {
  @Mixin private ConsoleClient console = new ConsoleClient();

  @Option(
      names = {"-f", "--follow"},
      description = "Go on as they come.")
  private boolean follow;

  @Option(names = "--type", defaultValue = "", description = "Only event types that contain this.")
  private String type = "";

  @Mixin private Output output = new Output();

  @Option(names = "--json", description = "The same as -o json: one object a line.")
  void json(boolean asked) {
    if (asked) {
      output.asJson();
    }
  }

  @Option(
      names = "--audit",
      description = "Show the audit instead, read from Kafka, and check that its chain is whole.")
  private boolean audit;

  @Option(
      names = {"-c", "--config"},
      paramLabel = "FILE",
      defaultValue = "drover.yaml",
      description = "Configuration that names Kafka, for --audit (default: drover.yaml).")
  private Path config = Path.of("drover.yaml");

  @Option(
      names = "--head",
      paramLabel = "SHA256",
      description = "A head that --audit printed earlier: its line must still be there.")
  private List<String> heads = new ArrayList<>();

  @Override
  public Integer call() throws Exception {
    if (audit) {
      return AuditView.print(config, heads, output);
    }
    console.get("/api/v1/facts?type=" + type).forEach(this::show);
    if (follow) {
      console.stream((kind, document) -> {
        if (kind.equals("fact") && document.path("type").asText().contains(type)) {
          show(document);
        }
        return true;
      });
    }
    return Exit.OK;
  }

  private void show(JsonNode fact) {
    output.line(System.out, fact, () -> text(fact));
  }

  private static String text(JsonNode fact) {
    String data = fact.path("data").toString();
    return fact.path("at").asText()
        + "  "
        + fact.path("type").asText()
        + "  "
        + fact.path("key").asText()
        + "  "
        + fact.path("actor").asText()
        + "  "
        + (data.length() > 160 ? data.substring(0, 160) + "…" : data);
  }
}
