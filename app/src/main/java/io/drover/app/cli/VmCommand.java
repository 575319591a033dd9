// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Output.Table;
import io.drover.console.Sizes;
import io.drover.schemas.CopyStep;
import io.drover.schemas.HoldExit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeMap;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover vm}: the journey of one VM. */
@Command(name = "vm", description = "Look at and steer the journey of one VM.")
public final class VmCommand {
  @Command(name = "list", description = "List every journey.")
  int list(@Mixin ConsoleClient console, @Mixin Output output) {
    JsonNode found = console.get("/api/v1/migrations");
    output.print(System.out, found, () -> journeys(found));
    return Exit.OK;
  }

  /** One row a journey. */
  static Table journeys(JsonNode found) {
    var table =
        new Table(
            "VM",
            "WAVE",
            "WAY",
            "PHASE",
            "STEP",
            "HEALTH",
            ">COPIED",
            ">RATE",
            "ETA",
            ">DOWNTIME",
            "CHECKPOINT",
            "RESULT",
            "KEY");
    VmKeys keys = VmKeys.of(found);
    for (JsonNode m : found) {
      // Where the target was taken away there is no copy and nobody whose health it would be.
      boolean gone = m.path("result").asText().equals("ROLLED_BACK");
      table.row(
          m.path("name").asText(),
          m.path("wave").asText(),
          m.path("way").asText(),
          m.path("phase").asText(),
          m.path("step").asText(""),
          gone ? "" : m.path("health").path("sign").asText(""),
          gone ? "" : CopyWords.share(m.path("copy")),
          CopyWords.rate(m.path("copy")),
          CopyWords.eta(m.path("copy")),
          CopyWords.downtime(m),
          m.path("checkpoint").asText(),
          m.path("result").asText(""),
          keys.shown(m));
    }
    return table;
  }

  @Command(
      name = "show",
      description =
          "Show a journey: the step it is at, checkpoints and what going back costs, receipts.")
  int show(@Mixin ConsoleClient console, @Mixin Output output, @Mixin Vm vm) {
    JsonNode found = console.get("/api/v1/migrations/" + vm.key(console));
    JsonNode m = found.path("migration");
    output.print(
        System.out,
        found,
        () -> {
          Output.say(
              System.out,
              m.path("name").asText()
                  + "  "
                  + m.path("phase").asText()
                  + "  step "
                  + m.path("step").asText("-")
                  + "  checkpoint "
                  + m.path("checkpoint").asText()
                  + "  target "
                  + m.path("namespace").asText()
                  + "/"
                  + m.path("targetName").asText()
                  + "  migration "
                  + m.path("migration").asText());
          Output.say(System.out, condition(m));
          for (JsonNode what : m.path("waitingFor")) {
            Output.say(System.out, "Waits for " + what.asText());
          }
          if (m.has("problem")) {
            Output.say(
                System.out,
                m.path("problem").path("what").asText()
                    + " "
                    + m.path("problem").path("remedy").asText());
          }
          if (!m.path("exits").isEmpty()) {
            Output.say(
                System.out,
                "Ways out: "
                    + exits(m.path("exits"))
                    + "; 'drover vm resolve "
                    + vm.name
                    + " --exit … --reason …' takes one");
          }
          ways(found.path("facts")).forEach(way -> Output.say(System.out, way));
          var table = new Table("REACHED", "AT", "GOING BACK LOSES", "DISK", "PROOF", "DIGEST");
          for (JsonNode rung : m.path("checkpoints")) {
            table.row(
                rung.path("checkpoint").asText(),
                rung.path("at").asText(),
                loss(m, rung.path("loss")),
                "",
                "",
                "");
          }
          for (JsonNode receipt : m.path("receipts")) {
            table.row(
                "",
                "",
                "",
                receipt.path("diskKey").asText() + " " + receipt.path("volume").asText(),
                proof(receipt),
                digest(receipt));
          }
          return table;
        });
    return Exit.OK;
  }

  /** That of the source, or of the target where only that is known. */
  private static String digest(JsonNode receipt) {
    JsonNode source = receipt.path("source").path("root");
    return source.isTextual() ? source.asText() : receipt.path("target").path("root").asText("");
  }

  /** A line for each way that disks of its last journey go by, and why, as was chosen at last. */
  private static List<String> ways(JsonNode facts) {
    var ways = new TreeMap<Integer, String>();
    String transfer = "";
    for (JsonNode fact : facts) {
      JsonNode data = fact.path("data");
      String type = fact.path("type").asText();
      if (type.endsWith(".migrationStarted.v1")) {
        ways.clear();
      } else if (type.endsWith(".copyBegun.v1")) {
        transfer = data.path("order").path("transfer").asText();
      } else if (type.endsWith(".copyStepEnded.v1")
          && data.path("step").asText().equals(CopyStep.PREPARE.name())) {
        JsonNode evidence = data.path("evidence");
        String way = evidence.path("sink").asText(transfer).toLowerCase(Locale.ROOT);
        String why = evidence.path("why").asText("");
        ways.put(data.path("diskKey").asInt(), way + (why.isEmpty() ? "" : ": " + why));
      }
    }
    var disks = new LinkedHashMap<String, StringJoiner>();
    ways.forEach((disk, way) ->
        disks.computeIfAbsent(way, _ -> new StringJoiner(", ")).add(disk.toString()));
    var lines = new ArrayList<String>();
    disks.forEach((way, keys) -> lines.add("Disk " + keys + " by " + way));
    return lines;
  }

  /** Its level, and what takes from it. */
  static String proof(JsonNode receipt) {
    return receipt.path("level").asText()
        + (receipt.path("cached").asBoolean() ? ", read back through its node's cache" : "");
  }

  /** As the option {@code --exit} takes them. */
  private static String exits(JsonNode exits) {
    var words = new StringJoiner(", ");
    exits.forEach(exit -> words.add(wayOut(exit.asText())));
    return words.toString();
  }

  private static String wayOut(String exit) {
    return exit.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** What {@code --exit} takes, for its help and the shell's completion. */
  static final class WaysOut implements Iterable<String> {
    @Override
    public Iterator<String> iterator() {
      return Arrays.stream(HoldExit.values()).map(exit -> wayOut(exit.name())).iterator();
    }
  }

  /** What going back to a rung would lose; nothing is said where nothing is left to go back to. */
  static String loss(JsonNode m, JsonNode loss) {
    return switch (m.path("result").asText("")) {
      case "COMMITTED" -> "committed: Drover cannot go back";
      case "ROLLED_BACK", "ABANDONED" -> "";
      default ->
          switch (loss.path("kind").asText()) {
            case "NONE" -> "nothing";
            case "TARGET_WRITES" ->
                "up to " + Sizes.bytes(loss.path("bytes").asLong()) + " written at the target";
            default -> "not known";
          };
    };
  }

  /** How well it is, how far its copy is, and how long the source is or would be off. */
  private static String condition(JsonNode m) {
    String downtime = CopyWords.downtime(m);
    if (m.path("result").asText().equals("ROLLED_BACK")) {
      return "Rolled back: "
          + m.path("reason").asText()
          + (m.has("sourceBackAt")
              ? "  source back since " + CopyWords.time(m.path("sourceBackAt"))
              : "")
          + (downtime.isEmpty() ? "" : "  downtime " + downtime);
    }
    var line = new StringBuilder("Health ").append(m.path("health").path("sign").asText("-"));
    if (!m.path("health").path("rungs").isEmpty()) {
      line.append(" (target: ");
      m.path("health").path("rungs").forEach(rung -> line.append(rung.asText()).append(", "));
      line.setLength(line.length() - 2);
      line.append(')');
    }
    if (m.has("copy")) {
      line.append("  ").append(CopyWords.sentence(m.path("copy")));
    }
    if (!downtime.isEmpty()) {
      line.append("  downtime ").append(downtime);
    } else if (m.has("forecastDowntimeSeconds") && !m.has("result")) {
      line.append("  forecast downtime ")
          .append(m.path("forecastDowntimeSeconds").asLong())
          .append(" s and the boot");
    }
    return line.toString();
  }

  @Command(
      name = "retry",
      description = "Try the failed step again now; a warm VM that waits is synced anew.")
  int retry(@Mixin ConsoleClient console, @Mixin Vm vm) {
    return say(console, vm, "retry", Map.of(), "trying again");
  }

  @Command(name = "resolve", description = "Take a way out of a hold.")
  int resolve(
      @Mixin ConsoleClient console,
      @Mixin Vm vm,
      @Mixin Reason reason,
      @Option(
              names = "--exit",
              required = true,
              completionCandidates = WaysOut.class,
              description = "${COMPLETION-CANDIDATES}.")
          String exit) {
    return say(console, vm, "resolve", Map.of("exit", exit, "reason", reason.reason), "resolved");
  }

  @Command(name = "approve", description = "Approve the cutover of this VM.")
  int approve(@Mixin ConsoleClient console, @Mixin Vm vm, @Mixin WaveCommand.PlanVersion version) {
    String wave =
        console
            .get("/api/v1/migrations/" + vm.key(console))
            .path("migration")
            .path("wave")
            .asText();
    return say(console, vm, "approve", version.of(console, wave), "approved");
  }

  @Command(name = "pause", description = "Begin no further step.")
  int pause(@Mixin ConsoleClient console, @Mixin Vm vm, @Mixin Reason reason) {
    return say(console, vm, "pause", reason.body(), "paused");
  }

  @Command(name = "resume", description = "Go on.")
  int resume(@Mixin ConsoleClient console, @Mixin Vm vm) {
    return say(console, vm, "resume", Map.of(), "resumed");
  }

  @Command(name = "cancel", description = "Stop the journey and undo what it did so far.")
  int cancel(@Mixin ConsoleClient console, @Mixin Vm vm, @Mixin Reason reason) {
    return say(console, vm, "cancel", reason.body(), "cancelled");
  }

  @Command(name = "rollback", description = "Bring the source back.")
  int rollback(@Mixin ConsoleClient console, @Mixin Vm vm, @Mixin Reason reason) {
    return say(console, vm, "rollback", reason.body(), "rolling back");
  }

  @Command(name = "commit", description = "Commit: the point of no return.")
  int commit(@Mixin ConsoleClient console, @Mixin Vm vm) {
    return say(console, vm, "commit", Map.of(), "committing");
  }

  private static int say(
      ConsoleClient console, Vm vm, String verb, Map<String, ?> body, String done) {
    return Said.to(
        console, "/api/v1/migrations/" + vm.key(console) + "/" + verb, body, vm.name, done);
  }

  /** The VM that is meant, by name or key. */
  public static final class Vm {
    @Parameters(paramLabel = "VM", description = "Name, or vcenterInstanceUuid/vmInstanceUuid.")
    String name = "";

    String key(ConsoleClient console) {
      if (name.contains("/")) {
        return name;
      }
      String found = null;
      for (JsonNode m : console.get("/api/v1/migrations")) {
        if (m.path("name").asText().equals(name)) {
          if (found != null) {
            throw new Failure(
                Exit.REFUSED,
                "Two VMs are called '" + name + "': name it by its key, see 'drover vm list'.");
          }
          found = VmKeys.key(m);
        }
      }
      if (found == null) {
        throw new Failure(
            Exit.REFUSED,
            "There is no journey of a VM called '" + name + "'; see 'drover vm list'.");
      }
      return found;
    }
  }
}
