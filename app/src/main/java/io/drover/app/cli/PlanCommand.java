// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Output.Table;
import io.drover.console.PlanDocuments;
import io.drover.console.Sizes;
import io.drover.planner.explain.Why;
import io.drover.schemas.Concern;
import io.drover.schemas.Sayings;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code drover plan}: propose a plan and look at it. */
@Command(
    name = "plan",
    description = "Propose a plan of waves, and look at plans.",
    subcommands = {PlanFromFileCommand.class, PlanWhatIfCommand.class, PlanImportCommand.class})
public final class PlanCommand {
  @Command(name = "propose", description = "Make a proposal out of what the inventory shows now.")
  int propose(
      @Mixin ConsoleClient console,
      @Mixin Output output,
      @Parameters(
              paramLabel = "PLAN",
              description = "Name of the plan: lower-case letters, digits, '-'.")
          String plan,
      @Option(
              names = "--select",
              description =
                  "VM names (with *), folder:PATH, tag:NAME or ATTRIBUTE=VALUE; more than one means"
                      + " any of them.")
          @Nullable List<String> select,
      @Option(
              names = "--wave-size",
              defaultValue = "10",
              description = "VMs a wave at most (default: 10).")
          int waveSize,
      @Option(
              names = "--settings",
              paramLabel = "FILE",
              description = "JSON file with plan settings that differ from the configuration.")
          @Nullable Path settings,
      @Mixin SayingFiles sayings)
      throws IOException, InterruptedException {
    var body = new LinkedHashMap<String, Object>();
    body.put("select", select == null ? List.of() : select);
    body.put("waveSize", waveSize);
    if (settings != null) {
      body.put("settings", read(settings));
    }
    var refused = new ArrayList<String>();
    Sayings said = sayings.read(row -> refused.add(row.toString()));
    refused.forEach(row -> System.err.println("drover: " + row));
    if (!refused.isEmpty()) {
      // Without a window that was said, a VM could be cut over at any time.
      throw new Failure(
          Exit.REFUSED,
          "Expected to propose "
              + plan
              + " with all that the tables say, but "
              + Why.count(refused.size(), "thing")
              + " in them cannot be used. Nothing was proposed: correct or delete those rows.");
    }
    if (!said.equals(Sayings.NONE)) {
      body.put("said", said);
    }
    return proposed(console, output, plan, console.post("/api/v1/plans/" + plan, body));
  }

  @Command(
      name = "replan",
      description = "Make a proposal anew because something changed; moves as few VMs as it can.")
  int replan(
      @Mixin ConsoleClient console,
      @Mixin Output output,
      @Parameters(paramLabel = "PLAN", description = "Name of the plan.") String plan)
      throws InterruptedException {
    return proposed(
        console, output, plan, console.post("/api/v1/plans/" + plan + "/replan", Map.of()));
  }

  /** Waits for the proposal that was asked for, and shows it. */
  static int proposed(ConsoleClient console, Output output, String plan, JsonNode answer)
      throws InterruptedException {
    int version = 0;
    for (JsonNode fact : answer) {
      version = Math.max(version, fact.path("data").path("version").asInt());
    }
    long end = System.nanoTime() + 600_000_000_000L;
    while (System.nanoTime() < end) {
      JsonNode now = console.get("/api/v1/plans/" + plan);
      JsonNode edit = now.path("edit");
      if (edit.path("version").asInt() == version && !edit.path("refused").isEmpty()) {
        edit.path("refused").forEach(row -> Output.say(System.err, row.asText()));
        throw new Failure(
            Exit.REFUSED,
            "Expected to take over the edited plan, but it has "
                + Why.count(edit.path("refused").size(), "fault")
                + "; version "
                + now.path("version").asInt()
                + " stands.");
      }
      if (now.path("version").asInt() >= version && (now.has("proposal") || now.has("problem"))) {
        return show(output, now);
      }
      Thread.sleep(200);
    }
    throw new Failure(
        Exit.UNREACHABLE, "No proposal within ten minutes: look at the planner's log.");
  }

  private static JsonNode read(Path settings) {
    try {
      return Json.mapper().readTree(Files.readAllBytes(settings));
    } catch (NoSuchFileException e) {
      throw new Failure(Exit.CONFIGURATION, "There is no file " + settings + ".");
    } catch (JsonProcessingException e) {
      throw new Failure(
          Exit.CONFIGURATION, settings + " is no JSON: " + e.getOriginalMessage() + ".");
    } catch (IOException e) {
      throw new Failure(Exit.CONFIGURATION, settings + " cannot be read: " + e.getMessage() + ".");
    }
  }

  @Command(
      name = "show",
      description = "Show a plan: waves, concerns, and who is left out and why.")
  int show(
      @Mixin ConsoleClient console,
      @Mixin Output output,
      @Parameters(paramLabel = "PLAN", description = "Name of the plan.") String plan,
      @Option(
              names = "--xlsx",
              paramLabel = "FILE",
              description =
                  "Write a spreadsheet; its sheet Machines can be edited and given to 'plan"
                      + " import --into'.")
          @Nullable Path xlsx,
      @Option(names = "--html", paramLabel = "FILE", description = "Write a page to read.")
          @Nullable Path html,
      @Option(names = "--csv", paramLabel = "FOLDER", description = "Write csv files.")
          @Nullable Path csv,
      @Option(names = "--explain", paramLabel = "VM", description = "Say why a VM is where it is.")
          @Nullable String explain)
      throws IOException {
    String at = "/api/v1/plans/" + plan;
    JsonNode found = console.get(at);
    if (html != null) {
      Files.write(html, console.bytes(at + "/report.html"));
    }
    if (xlsx != null) {
      Files.write(xlsx, console.bytes(at + "/plan.xlsx"));
    }
    if (csv != null) {
      Files.createDirectories(csv);
      for (String table : PlanDocuments.TABLES) {
        Files.write(csv.resolve(table + ".csv"), console.bytes(at + "/table.csv?name=" + table));
      }
    }
    if (explain != null) {
      JsonNode why = console.get(at + "/why?vm=" + ConsoleClient.value(explain));
      output.print(
          System.out,
          why,
          () -> {
            var table = new Table("WHY " + explain + " IS WHERE IT IS");
            why.forEach(one -> table.row(one.asText()));
            return table;
          });
      return Exit.OK;
    }
    return show(output, found);
  }

  @Command(name = "list", description = "List the plans.")
  int list(@Mixin ConsoleClient console, @Mixin Output output) {
    JsonNode plans = console.get("/api/v1/plans");
    output.print(
        System.out,
        plans,
        () -> {
          var table = new Table("PLAN", ">VERSION", ">WAVES", ">VMS", ">LEFT OUT", "STATE");
          for (JsonNode plan : plans) {
            table.row(
                plan.path("id").asText(),
                plan.path("version").asInt(),
                plan.path("waves").asInt(),
                plan.path("vms").asInt(),
                plan.path("left").asInt(),
                plan.path("outdated").asBoolean()
                    ? "out of date: 'drover plan show " + plan.path("id").asText() + "' says why"
                    : plan.path("problem").asText(""));
          }
          return table;
        });
    return Exit.OK;
  }

  private static int show(Output output, JsonNode plan) {
    standing(plan);
    output.print(System.out, plan, () -> waves(plan));
    if (output.forPeople()) {
      outdated(plan, "\nVersion " + plan.path("version").asInt(), plan.path("id").asText());
      PlanOutlook.print(plan);
      JsonNode left = plan.path("proposal").path("left");
      if (!left.isEmpty()) {
        System.out.println();
        var table = new Table("LEFT OUT", "WHY", "REMEDY");
        for (JsonNode vm : left) {
          table.row(vm.path("name").asText(), vm.path("why").asText(), remedy(vm.path("concerns")));
        }
        table.print(System.out);
      }
      plan.path("proposal")
          .path("notes")
          .forEach(note -> {
            System.out.println();
            Output.say(System.out, note.asText());
          });
    }
    return Exit.OK;
  }

  /**
   * The proposal of a plan.
   *
   * @throws Failure where there is none, with the reason
   */
  static JsonNode standing(JsonNode plan) {
    if (plan.has("problem")) {
      throw new Failure(Exit.REFUSED, plan.path("problem").asText());
    }
    if (!plan.has("proposal")) {
      throw new Failure(
          Exit.REFUSED,
          "Version "
              + plan.path("version").asInt()
              + " of plan "
              + plan.path("id").asText()
              + " is still being made; ask again soon.");
    }
    return plan.path("proposal");
  }

  /**
   * Says that a version is out of date, and why, where it is; planning again is a person's to do.
   *
   * @param document has the reasons as {@code outdated}
   * @param version in words, as the sentence begins
   */
  static void outdated(JsonNode document, String version, String plan) {
    JsonNode reasons = document.path("outdated");
    if (reasons.isEmpty()) {
      return;
    }
    System.out.println(version + " is out of date; 'drover plan replan " + plan + "' plans again:");
    reasons.forEach(why -> Output.say(System.out, "  - " + why.asText()));
    System.out.println(
        "Where four eyes are required, whoever plans again cannot approve what comes of it.");
  }

  private static Table waves(JsonNode plan) {
    var table =
        new Table(
            "WAVE",
            "VM",
            "APPLICATION",
            "WAY",
            ">DISKS",
            ">SIZE",
            "SINK",
            "CONCERNS",
            "TARGET",
            "WINDOW");
    for (JsonNode wave : plan.path("proposal").path("waves")) {
      for (JsonNode vm : wave.path("vms")) {
        JsonNode spec = vm.path("spec");
        long size = 0;
        for (JsonNode disk : spec.path("source").path("disks")) {
          size += disk.path("capacityBytes").asLong();
        }
        table.row(
            wave.path("id").asText() + " v" + plan.path("version").asInt(),
            spec.path("source").path("name").asText(),
            vm.path("application").asText(),
            spec.path("way").asText(),
            spec.path("source").path("disks").size(),
            Sizes.bytes(size),
            sinks(vm),
            concerns(vm),
            spec.path("target").path("namespace").asText()
                + "/"
                + spec.path("target").path("name").asText(),
            window(spec.path("policy")));
      }
    }
    return table;
  }

  /** How its disks get into their volumes; with how many of them where they go several ways. */
  private static String sinks(JsonNode vm) {
    JsonNode sinks = vm.path("sinks");
    var ways = new ArrayList<String>();
    sinks.forEach(one ->
        ways.add(
            sinks.size() == 1
                ? one.path("sink").asText()
                : one.path("sink").asText() + " (" + one.path("disks").size() + ")"));
    return String.join(", ", ways);
  }

  private static String window(JsonNode policy) {
    String from = policy.path("notBefore").asText();
    String to = policy.path("notAfter").asText();
    return from.isEmpty() ? "any time" : to.isEmpty() ? "from " + from : from + " to " + to;
  }

  private static String concerns(JsonNode vm) {
    var ids = new ArrayList<String>();
    vm.path("concerns").forEach(concern -> ids.add(concern.path("id").asText()));
    return String.join(", ", ids);
  }

  /** What to do about the blockers of a VM left out; what else keeps it out says so itself. */
  static String remedy(JsonNode concerns) {
    var remedies = new LinkedHashSet<String>();
    for (JsonNode concern : concerns) {
      if (concern.path("severity").asText().equals(Concern.Severity.BLOCKER.name())) {
        remedies.add(concern.path("remedy").asText());
      }
    }
    return String.join(" ", remedies);
  }

  static Map<String, Object> version(JsonNode plan) {
    return Map.of("planVersion", plan.path("version").asInt());
  }
}
