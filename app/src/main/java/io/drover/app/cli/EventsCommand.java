// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

  /** How much older than the newest fact one may be that the first list did not have yet. */
  private static final Duration LATE = Duration.ofMinutes(1);

  /** Facts of keys of which none was shown are old before this. */
  private Instant since = Instant.MIN;

  /** Sequence of the last fact of each key of each brain that was shown. */
  private final Map<String, Long> shown = new HashMap<>();

  @Override
  public Integer call() throws Exception {
    if (audit) {
      return AuditView.print(config, heads, output);
    }
    ConsoleClient.Until known = console.until("/api/v1/facts?type=" + ConsoleClient.value(type));
    if (known.older() > 0 && output.forPeople()) {
      System.err.println(
          "drover: these are the newest "
              + known.document().size()
              + " facts; up to "
              + known.older()
              + " older ones are left out. --type shows fewer kinds and so goes further back; the"
              + " topics have all, see docs/topics.md.");
    }
    known.document().forEach(this::show);
    if (follow) {
      known.document().forEach(this::newest);
      console.stream(
          known.position(),
          (kind, document) -> {
            follow(kind, document);
            return true;
          });
    }
    return Exit.OK;
  }

  private void follow(String kind, JsonNode document) {
    switch (kind) {
      case "fact" -> {
        if (document.path("type").asText().contains(type) && !old(document)) {
          show(document);
        }
      }
      case "missed" ->
          System.err.println(
              "drover: up to "
                  + document.path("facts").asLong()
                  + " facts are not shown: the console does not keep them any more. The topics do,"
                  + " see docs/topics.md.");
      case "trouble" -> {
        if (!document.path("what").asText().isEmpty()) {
          System.err.println("drover: " + document.path("what").asText());
        }
      }
      default -> {}
    }
  }

  private void newest(JsonNode fact) {
    Instant late = at(fact).minus(LATE);
    since = late.isAfter(since) ? late : since;
  }

  /**
   * Whether a fact happened before the first list and was no longer in it: another console sends
   * all that it keeps, and of keys that were not shown no sequence tells what is new.
   */
  private boolean old(JsonNode fact) {
    return !shown.containsKey(whose(fact)) && at(fact).isBefore(since);
  }

  private static Instant at(JsonNode fact) {
    return Instant.parse(fact.path("at").asText());
  }

  private static String whose(JsonNode fact) {
    String brain = fact.path("type").asText().split("\\.", 4)[2];
    return brain + " " + fact.path("key").asText();
  }

  /** Shows a fact, unless it was: a console that was started anew sends all that it keeps. */
  private void show(JsonNode fact) {
    long sequence = fact.path("sequence").asLong();
    String whose = whose(fact);
    if (sequence <= shown.getOrDefault(whose, -1L)) {
      return;
    }
    shown.put(whose, sequence);
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
