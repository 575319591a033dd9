// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Output.Table;
import io.drover.planner.explain.Why;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.TypeConversionException;

/** {@code drover wave}: approve, start, watch and steer a wave. */
@Command(name = "wave", description = "Approve, start, watch and steer a wave.")
public final class WaveCommand {
  @Command(name = "list", description = "List the waves.")
  int list(@Mixin ConsoleClient console, @Mixin Output output) {
    JsonNode waves = console.get("/api/v1/waves");
    output.print(
        System.out,
        waves,
        () -> {
          var table =
              new Table(
                  "WAVE",
                  "NAME",
                  ">VERSION",
                  "STAGE",
                  ">VMS",
                  "PHASES",
                  ">COPIED",
                  ">RATE",
                  "END P50",
                  "END P95",
                  "APPROVED BY");
          for (JsonNode wave : waves) {
            table.row(
                wave.path("wave").asText(),
                wave.path("name").asText(),
                wave.path("planVersion").asInt(),
                wave.path("stage").asText(),
                wave.path("vms").asInt(),
                wave.path("byPhase").isEmpty()
                    ? ""
                    : wave.path("byPhase").toString().replaceAll("[{}\"]", ""),
                CopyWords.share(wave.path("copy")),
                CopyWords.rate(wave.path("copy")),
                CopyWords.time(wave.path("etaP50")),
                CopyWords.time(wave.path("etaP95")),
                wave.path("approvedBy").path("name").asText(""));
          }
          return table;
        });
    return Exit.OK;
  }

  @Command(
      name = "show",
      description = "Show a wave: its copies together, its forecast end, what keeps it, its VMs.")
  int show(@Mixin ConsoleClient console, @Mixin Output output, @Mixin WaveId id) {
    JsonNode found = console.get("/api/v1/waves/" + id.id);
    JsonNode wave = found.path("wave");
    output.print(
        System.out,
        found,
        () -> {
          Output.say(
              System.out,
              "Wave "
                  + wave.path("wave").asText()
                  + "  "
                  + wave.path("stage").asText()
                  + "  plan version "
                  + wave.path("planVersion").asInt()
                  + "  "
                  + Why.count(wave.path("vms").asInt(), "VM")
                  + (wave.hasNonNull("approvedBy")
                      ? "  approved by " + wave.path("approvedBy").path("name").asText()
                      : ""));
          if (wave.has("copy")) {
            Output.say(System.out, CopyWords.wave(wave));
          }
          wave.path("blockers").forEach(blocker -> Output.say(System.out, blocker.asText()));
          if (found.path("migrations").isEmpty()) {
            Output.say(
                System.out,
                "None of them has begun; 'drover plan show "
                    + plan(wave)
                    + "' says which they are.");
          }
          replanned(wave);
          return VmCommand.journeys(found.path("migrations"));
        });
    return Exit.OK;
  }

  /** Who was put here when the plan was made again, and why it had better be made once more. */
  private static void replanned(JsonNode wave) {
    wave.path("moved")
        .forEach(move ->
            Output.say(
                System.out,
                move.path("name").asText()
                    + (move.has("fromWave")
                        ? " was moved by plan version "
                            + wave.path("planVersion").asInt()
                            + ": from wave "
                            + move.path("fromWave").asText()
                            + at(move.path("from"))
                            + " to wave "
                            + wave.path("wave").asText()
                            + at(move.path("to"))
                        : " is new in plan version " + wave.path("planVersion").asInt())));
    PlanCommand.outdated(wave, "Plan version " + wave.path("planVersion").asInt(), plan(wave));
  }

  private static String plan(JsonNode wave) {
    return wave.path("wave").asText().replaceFirst("/[0-9]+$", "");
  }

  private static String at(JsonNode time) {
    return time.isMissingNode() || time.isNull() ? "" : " at " + time.asText();
  }

  @Command(
      name = "approve",
      description = "Approve a wave, for exactly the version of the plan that is shown now.")
  int approve(@Mixin ConsoleClient console, @Mixin WaveId wave, @Mixin PlanVersion version) {
    return say(console, wave, "approve", version.of(console, wave.id), "approved");
  }

  @Command(name = "start", description = "Start an approved wave.")
  int start(
      @Mixin ConsoleClient console,
      @Mixin WaveId wave,
      @Mixin PlanVersion version,
      @Option(names = "--watch", description = "Then watch it until it ends.") boolean watch) {
    int code = say(console, wave, "start", version.of(console, wave.id), "started");
    return watch ? new WaveWatch(console, System.out).until(wave.id) : code;
  }

  @Command(
      name = "watch",
      description = "Watch a wave until it ends; exit code 0 only if every VM was committed.")
  int watch(@Mixin ConsoleClient console, @Mixin WaveId wave) {
    String stage = console.get("/api/v1/waves/" + wave.id).path("wave").path("stage").asText();
    if (!List.of("RUNNING", "PAUSED", "ENDED").contains(stage)) {
      Output.say(System.out, "Wave " + wave.id + " is " + stage + ": waiting for its start.");
    }
    return new WaveWatch(console, System.out).until(wave.id);
  }

  @Command(name = "pause", description = "Begin no further step in a wave.")
  int pause(@Mixin ConsoleClient console, @Mixin WaveId wave, @Mixin Reason reason) {
    return say(console, wave, "pause", reason.body(), "paused");
  }

  @Command(name = "resume", description = "Let a paused wave go on.")
  int resume(@Mixin ConsoleClient console, @Mixin WaveId wave) {
    return say(console, wave, "resume", Map.of(), "resumed");
  }

  @Command(name = "cancel", description = "Stop a wave and undo what its journeys did so far.")
  int cancel(@Mixin ConsoleClient console, @Mixin WaveId wave, @Mixin Reason reason) {
    return say(console, wave, "cancel", reason.body(), "cancelled");
  }

  @Command(
      name = "rollback",
      description = "Bring every source of a wave back that is not committed.")
  int rollback(@Mixin ConsoleClient console, @Mixin WaveId wave, @Mixin Reason reason) {
    return say(console, wave, "rollback", reason.body(), "rolling back");
  }

  @Command(
      name = "commit",
      description = "Commit every soaking VM of a wave: the point of no return.")
  int commit(@Mixin ConsoleClient console, @Mixin WaveId wave) {
    return say(console, wave, "commit", Map.of(), "committing");
  }

  private static int say(
      ConsoleClient console, WaveId wave, String verb, Map<String, ?> body, String done) {
    return Said.to(console, "/api/v1/waves/" + wave.id + "/" + verb, body, "Wave " + wave.id, done);
  }

  /** The wave that is meant. */
  public static final class WaveId {
    @Parameters(
        paramLabel = "WAVE",
        converter = WaveName.class,
        description = "PLAN/NUMBER, for example erp/1.")
    String id = "";
  }

  /** Tells a wave from a plan before anybody is asked. */
  static final class WaveName implements ITypeConverter<String> {
    @Override
    public String convert(String said) {
      if (!said.matches("[^/]+/[0-9]+")) {
        throw new TypeConversionException(
            "a wave is PLAN/NUMBER, for example erp/1, but this is '"
                + said
                + "'; 'drover wave list' shows them.");
      }
      return said;
    }
  }

  /** The version of the plan that was looked at. */
  public static final class PlanVersion {
    @Option(
        names = "--plan-version",
        description = "Version of the plan that you looked at (default: the one shown now).")
    int version;

    Map<String, Object> of(ConsoleClient console, String wave) {
      var body = new LinkedHashMap<String, Object>();
      body.put(
          "planVersion",
          version > 0
              ? version
              : console.get("/api/v1/waves/" + wave).path("wave").path("planVersion").asInt());
      return body;
    }
  }
}
