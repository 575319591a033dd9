// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import static java.util.Collections.unmodifiableSet;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What people and their tables say beside the inventory: when something may happen, who talks to
 * whom, what belongs together, what is really used. What is left out is not said.
 *
 * @param start second 0 of the plan, null = when it is asked for
 * @param capacity of what copies and cutovers share, null = not known
 */
public record Sayings(
    @Nullable Instant start,
    List<Window> windows,
    List<Flow> flows,
    List<Statement> statements,
    List<Use> usage,
    @Nullable Capacity capacity) {
  /** Nobody said anything. */
  public static final Sayings NONE =
      new Sayings(null, List.of(), List.of(), List.of(), List.of(), null);

  public Sayings {
    windows = orNone(windows);
    flows = orNone(flows);
    statements = orNone(statements);
    usage = orNone(usage);
  }

  /** The same, with another second 0. */
  public Sayings startingAt(Instant at) {
    return new Sayings(at, windows, flows, statements, usage, capacity);
  }

  private static <T> List<T> orNone(@Nullable List<T> said) {
    return said == null ? List.of() : List.copyOf(said);
  }

  private static String orEmpty(@Nullable String said) {
    return said == null ? "" : said.strip();
  }

  /**
   * One line of a calendar: a weekly window ({@code days}, {@code from}, {@code to} in local time,
   * past midnight if {@code to} is not later), a single one ({@code begin}, {@code end}), or a time
   * in which it is closed ({@code closed}).
   *
   * @param calendar that VMs and statements name
   */
  public record Window(
      String calendar,
      ZoneId zone,
      Set<DayOfWeek> days,
      @Nullable LocalTime from,
      @Nullable LocalTime to,
      @Nullable Instant begin,
      @Nullable Instant end,
      boolean closed,
      String why) {
    public Window {
      calendar = orEmpty(calendar);
      zone = zone == null ? ZoneId.of("UTC") : zone;
      // In the order of the week: the same window is the same text.
      days = days == null || days.isEmpty() ? Set.of() : unmodifiableSet(EnumSet.copyOf(days));
      why = orEmpty(why);
      if (calendar.isEmpty()) {
        throw new IllegalArgumentException("A window names its calendar.");
      }
      boolean weekly = !days.isEmpty() && from != null && to != null && begin == null;
      boolean once = days.isEmpty() && begin != null && end != null && end.isAfter(begin);
      if (closed ? !once : !weekly && !once) {
        throw new IllegalArgumentException(
            "A window of calendar '"
                + calendar
                + "' has days, from and to, or a begin and a later end"
                + (closed ? " (where it is closed)." : "."));
      }
    }
  }

  /** Traffic between two VMs, by name or address; {@code bytes} over whatever time was watched. */
  public record Flow(String from, String to, double bytes, String source) {
    public Flow {
      source = orEmpty(source);
    }
  }

  /**
   * What somebody states of a VM or of an application; empty = nothing said.
   *
   * @param together VMs or applications that it must not be parted from, comma separated
   * @param after VMs or applications that go first
   * @param apart VMs or applications that it had better not be with
   * @param criticality 1 (least) to 5, 0 = nothing said
   * @param downtimeMinutes accepted outage, 0 = any
   * @param source where it was said, for people: a file and row
   */
  public record Statement(
      String vm,
      String application,
      String stage,
      String calendar,
      String team,
      String splittable,
      String together,
      String after,
      String apart,
      int criticality,
      double downtimeMinutes,
      String source) {
    public Statement {
      vm = orEmpty(vm);
      application = orEmpty(application);
      stage = orEmpty(stage);
      calendar = orEmpty(calendar);
      team = orEmpty(team);
      splittable = orEmpty(splittable);
      together = orEmpty(together);
      after = orEmpty(after);
      apart = orEmpty(apart);
      source = orEmpty(source);
      if (vm.isEmpty() && application.isEmpty()) {
        throw new IllegalArgumentException("A statement names a vm or an application.");
      }
    }
  }

  /**
   * What a VM really uses; 0 = not measured.
   *
   * @param vm its name
   * @param usedBytes bytes in use on its disks
   * @param changedBytesPerSecond how fast its disks change
   * @param cpuShare highest share of its CPUs in use, 0 to 1
   * @param memoryMiB highest memory in use
   */
  public record Use(
      String vm, long usedBytes, long changedBytesPerSecond, double cpuShare, long memoryMiB) {}

  /**
   * How much there is of what copies and cutovers share; 0 = not known.
   *
   * @param conversionPods guest conversions at once
   * @param linkMiBs what the way from the source to the target carries, MiB/s
   * @param ingestMiBs what the target storage takes in after replication, MiB/s
   * @param storageGiB free space of the target in GiB of guest data
   * @param memoryGiB memory of the target that is free for guests
   * @param teams cutovers that a team can stand by at once, by its name; null = nothing is said
   */
  public record Capacity(
      int conversionPods,
      int linkMiBs,
      int ingestMiBs,
      int storageGiB,
      int memoryGiB,
      @Nullable Map<String, Integer> teams) {
    /** What there cannot be, in words that name it; null if all can. */
    public @Nullable String fault() {
      String named =
          fault("conversionPods", conversionPods)
              + fault("linkMiBs", linkMiBs)
              + fault("ingestMiBs", ingestMiBs)
              + fault("storageGiB", storageGiB)
              + fault("memoryGiB", memoryGiB);
      if (!named.isEmpty()) {
        return named.substring(2) + ": leave out what is not known";
      }
      if (teams != null) {
        for (var team : teams.entrySet()) {
          if (team.getValue() < 1) {
            return "team '" + team.getKey() + "' stands by at " + team.getValue() + " cutovers";
          }
        }
      }
      return null;
    }

    private static String fault(String name, int number) {
      return number < 0 ? ", " + name + " is " + number : "";
    }
  }
}
