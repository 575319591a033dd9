// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.ingest.files.NotReadable;
import io.drover.ingest.files.Refused;
import io.drover.ingest.files.SayingTables;
import io.drover.planner.estate.Criticality;
import io.drover.planner.estate.Stage;
import io.drover.schemas.Sayings;
import io.drover.schemas.Sayings.Flow;
import io.drover.schemas.Sayings.Window;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options for what is known beside the inventory; the same for a live plan and for files. */
public final class SayingFiles {
  @Option(names = "--flows", paramLabel = "FILE", description = "Flows (csv): who talks to whom.")
  private @Nullable Path flows;

  @Option(
      names = "--calendars",
      paramLabel = "FILE",
      description =
          "Windows and blackouts (csv or xlsx): calendar, kind, zone, days, from, to, begin, end,"
              + " why.")
  private @Nullable Path calendars;

  @Option(
      names = "--statements",
      paramLabel = "FILE",
      description =
          "What people say (csv or xlsx): vm or application, stage, calendar, team,"
              + " criticality, together, after, downtime, …")
  private @Nullable Path statements;

  @Option(
      names = "--usage",
      paramLabel = "FILE",
      description =
          "What VMs really use (csv or xlsx): vm, used (GiB), changed (MiB/s), cpu (%%), memory"
              + " (GiB).")
  private @Nullable Path usage;

  @Option(
      names = "--start",
      description =
          "When the plan begins, for example 2026-09-07T06:00:00Z (default: now; out of files: the"
              + " next full hour).")
  private @Nullable Instant start;

  @Option(names = "--pods", description = "Guest conversions at once (default: 20).")
  private @Nullable Integer pods;

  @Option(names = "--link", description = "MiB/s from the source to the target, if known.")
  private @Nullable Integer link;

  @Option(names = "--ingest", description = "MiB/s that the target storage takes in, if known.")
  private @Nullable Integer ingest;

  @Option(names = "--storage", description = "GiB free at the target, if known.")
  private @Nullable Integer storage;

  @Option(names = "--memory", description = "GiB of memory free at the target, if known.")
  private @Nullable Integer memory;

  @Option(
      names = "--team",
      paramLabel = "NAME=N",
      description =
          "Cutovers that a team can stand by at once; for each team (default: as many as all may).")
  private Map<String, Integer> teams = new TreeMap<>();

  /**
   * Reads the files.
   *
   * @param refused hears of every row that cannot be used
   * @throws Failure for a file that cannot be read at all
   */
  Sayings read(Consumer<Refused> refused) {
    Sayings.Capacity capacity = capacity();
    try {
      List<Window> windows = rows(calendars, SayingTables::calendars, refused);
      Set<String> known = windows.stream().map(Window::calendar).collect(Collectors.toSet());
      return new Sayings(
          start,
          windows,
          summed(rows(flows, SayingTables::flows, refused)),
          rows(
              statements,
              file ->
                  SayingTables.statements(
                      file, stage -> Stage.known(stage) != null, Criticality::number, known),
              refused),
          rows(usage, SayingTables::usage, refused),
          capacity);
    } catch (NotReadable e) {
      throw new Failure(Exit.CONFIGURATION, String.valueOf(e.getMessage()));
    }
  }

  private Sayings.@Nullable Capacity capacity() {
    teams.forEach((team, size) -> atLeast(1, "--team " + team, size));
    var capacity =
        new Sayings.Capacity(
            stated("--pods", pods),
            stated("--link", link),
            stated("--ingest", ingest),
            stated("--storage", storage),
            stated("--memory", memory),
            teams.isEmpty() ? null : teams);
    return capacity.equals(new Sayings.Capacity(0, 0, 0, 0, 0, null)) ? null : capacity;
  }

  /**
   * A capacity, 0 where nothing was said of it; one of nothing is refused, for nobody could move.
   */
  private static int stated(String option, @Nullable Integer number) {
    if (number == null) {
      return 0;
    }
    atLeast(1, option, number);
    return number;
  }

  /** Refuses a number that is too small to mean anything. */
  static void atLeast(long least, String option, long number) {
    if (number < least) {
      throw new Failure(
          Exit.USAGE,
          "Expected a number of " + least + " or more for " + option + ", but got " + number + ".");
    }
  }

  private static <T> List<T> rows(
      @Nullable Path file, Function<Path, SayingTables.Read<T>> reader, Consumer<Refused> refused) {
    if (file == null) {
      return List.of();
    }
    SayingTables.Read<T> read = reader.apply(file);
    read.refused().forEach(refused);
    return read.rows();
  }

  /** One flow a pair: an export has a row a connection. */
  private static List<Flow> summed(List<Flow> flows) {
    var pairs = new LinkedHashMap<List<String>, Flow>();
    for (Flow flow : flows) {
      pairs.merge(
          List.of(flow.from(), flow.to()),
          flow,
          (a, b) -> new Flow(a.from(), a.to(), a.bytes() + b.bytes(), a.source()));
    }
    return List.copyOf(pairs.values());
  }
}
