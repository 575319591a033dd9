// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Input;
import io.drover.engine.Outcome;
import io.drover.executor.MigrationItinerary.Row;
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Step;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** Draws {@code docs/itinerary.md} from the code, and fails when the page is stale. */
class ItineraryDocTest {
  private static final Path PAGE = Path.of("..", "docs", "itinerary.md");

  @Test
  void the_page_is_what_the_code_says() throws IOException {
    String page = page();
    if ("write".equals(System.getProperty("drover.docs"))) {
      Files.createDirectories(PAGE.getParent());
      Files.writeString(PAGE, page);
    }
    assertThat(Files.exists(PAGE) ? Files.readString(PAGE) : "")
        .as("docs/itinerary.md is stale: run mvn -pl executor -am test -Ddrover.docs=write")
        .isEqualTo(page);
  }

  private static String page() {
    return "# The journey of a VM, as the code walks it\n\n"
        + "Generated from `MigrationItinerary` and `MigrationDecider`; do not edit. Rewrite"
        + " it with\n"
        + "`mvn -pl executor -am test -Ddrover.docs=write`.\n\n"
        + "## Steps\n\n"
        + "Rollback walks the table backwards, beginning with the step in doubt.\n\n"
        + table()
        + "\n## States\n\n"
        + "Every edge was walked by the decider; the word on it is the fact that made it.\n\n"
        + "```mermaid\nstateDiagram-v2\n"
        + diagram()
        + "```\n";
  }

  private static String table() {
    var text =
        new StringBuilder(
            "| step | way | ensure | undo | slots | checkpoint | tries | if held |\n"
                + "|---|---|---|---|---|---|---|---|\n");
    for (Row row : MigrationItinerary.rows()) {
      text.append("| ").append(row.step().label());
      text.append(" | ").append(row.way() == null ? "all" : lower(row.way().name()));
      text.append(" | ").append(row.ensures());
      text.append(" | ").append(row.undoes());
      text.append(" | ").append(words(row.slots()));
      var reaches = row.reaches();
      text.append(" | ")
          .append(reaches == null ? "-" : reaches.code() + " " + lower(reaches.name()));
      text.append(" | ").append(row.retry().attempts());
      text.append(" | ").append(words(row.exits())).append(" |\n");
    }
    return text.toString();
  }

  private static String words(java.util.List<? extends Enum<?>> list) {
    return list.isEmpty()
        ? "-"
        : list.stream().map(e -> lower(e.name())).collect(Collectors.joining(", "));
  }

  private static String lower(String name) {
    return name.toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** Walks journeys that meet everything once, and notes which fact led from where to where. */
  private static String diagram() {
    var edges = new TreeMap<String, TreeSet<String>>();
    for (MigrationSpec spec : java.util.List.of(Samples.cold(), Samples.warm())) {
      for (Step step : Step.values()) {
        if (!MigrationItinerary.of(step).onWay(spec) || step == Step.COMMIT) {
          continue;
        }
        for (Problem.Kind kind : Problem.Kind.values()) {
          for (HoldExit exit : HoldExit.values()) {
            walk(spec, step, kind, exit, edges);
          }
        }
      }
    }
    var text = new StringBuilder("  [*] --> Idle\n  Over --> [*]\n");
    edges.forEach((edge, facts) ->
        text.append("  ").append(edge).append(": ").append(join(facts)).append('\n'));
    return text.toString();
  }

  private static String join(TreeSet<String> facts) {
    return String.join(", ", facts);
  }

  private static void walk(
      MigrationSpec spec,
      Step step,
      Problem.Kind kind,
      HoldExit exit,
      TreeMap<String, TreeSet<String>> edges) {
    var trip = Trip.at(spec, step);
    boolean copies = MigrationItinerary.of(step).round() != null;
    if (copies && exit == HoldExit.RETRY) {
      trip.tell(new MigrationMessage.StopCalled("drill"));
      trip.tell(
          new MigrationMessage.CopyStopped(
              MigrationLetters.copy(spec, step, MigrationDeciderTest.journey(trip).begun(step))));
      trip.tell(new MigrationMessage.StopLifted());
      trip.until(step);
    }
    if (copies) {
      trip.tell(
          new MigrationMessage.CopyFailed(
              MigrationLetters.copy(spec, step, MigrationDeciderTest.journey(trip).begun(step)),
              Trip.problem(kind)));
    } else if (exit == HoldExit.ABANDON && kind == Problem.Kind.TRANSIENT) {
      trip.tell(new MigrationMessage.RollBackMigration(spec.id(), "drill"));
    } else if (step == Step.LOCK_SOURCE && exit == HoldExit.RETRY) {
      trip.outcome(
          new Outcome.Failed<>(
              new Problem(
                  Problem.Kind.REFUSED, MigrationSteps.SOURCE_TOUCHED, "It is.", "Mend it.")));
    } else {
      trip.fails(kind);
    }
    if (trip.state instanceof MigrationState.Held) {
      trip.tell(new MigrationMessage.ResolveHold(spec.id(), exit, "drill"));
    } else if (trip.state instanceof MigrationState.Retrying) {
      trip.ring("retry");
    }
    // Half of them meet the same trouble on the way back.
    if (exit == HoldExit.ROLL_BACK || exit == HoldExit.ACCEPT) {
      trip.tell(new MigrationMessage.RollBackMigration(spec.id(), "drill"));
      if (trip.state instanceof MigrationState.Undoing
          && !trip.decider.resume(trip.state).isEmpty()) {
        trip.input(new Input.Seen<>(trip.intent().id(), new Outcome.Failed<>(Trip.problem(kind))));
        if (trip.state instanceof MigrationState.UndoRetrying) {
          trip.ring("undo");
        } else if (trip.state instanceof MigrationState.Held) {
          trip.tell(new MigrationMessage.ResolveHold(spec.id(), HoldExit.RETRY, "drill"));
        }
      }
    }
    trip.run();
    if (trip.state instanceof MigrationState.Soaking) {
      trip.tell(new MigrationMessage.CommitMigration(spec.id()));
      trip.run();
    }
    MigrationState state = trip.decider.initial(spec.vm().toString());
    for (var fact : trip.facts) {
      MigrationState next = trip.decider.evolve(state, fact);
      if (next.getClass() != state.getClass()) {
        edges
            .computeIfAbsent(
                state.getClass().getSimpleName() + " --> " + next.getClass().getSimpleName(),
                e -> new TreeSet<>())
            .add(fact.getClass().getSimpleName());
      }
      state = next;
    }
  }
}
