// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What the solver proposes.
 *
 * @param waves in the order they are to go
 * @param left VMs in scope that are in no wave, with why; planned plus left is everything in scope
 * @param inventory version of each entity the solver saw, to find what changed since
 * @param outlook how good the plan is and what becomes of it; null in proposals of older versions,
 *     and in all pieces but the last
 * @param piece which piece of a proposal this is; null = all of it
 * @param changes who moved, came and went since the version before, where that was to be kept; null
 *     where it was not, and in all pieces but the last
 */
public record Proposal(
    List<Wave> waves,
    List<Left> left,
    Map<String, Long> inventory,
    List<String> notes,
    @Nullable Outlook outlook,
    @Nullable Piece piece,
    @Nullable Changes changes) {
  public Proposal {
    waves = List.copyOf(waves);
    left = List.copyOf(left);
    inventory = Map.copyOf(inventory);
    notes = List.copyOf(notes);
  }

  /** A proposal in one piece that keeps nothing of one before. */
  public Proposal(
      List<Wave> waves,
      List<Left> left,
      Map<String, Long> inventory,
      List<String> notes,
      @Nullable Outlook outlook) {
    this(waves, left, inventory, notes, outlook, null, null);
  }

  /** The whole of which these are the pieces, in order. */
  public static Proposal joined(List<Proposal> pieces) {
    var inventory = new HashMap<String, Long>();
    pieces.forEach(piece -> inventory.putAll(piece.inventory()));
    Proposal last = pieces.getLast();
    return new Proposal(
        pieces.stream().flatMap(piece -> piece.waves().stream()).toList(),
        pieces.stream().flatMap(piece -> piece.left().stream()).toList(),
        inventory,
        last.notes(),
        last.outlook(),
        null,
        last.changes());
  }

  /**
   * What differs from the version before.
   *
   * @param moved VMs of both whose cutover is at another time
   * @param added VMs that the version before did not have
   * @param gone VMs of the version before that are in no wave of this one
   */
  public record Changes(List<Moved> moved, List<Named> added, List<Named> gone) {
    public Changes {
      moved = List.copyOf(moved);
      added = List.copyOf(added);
      gone = List.copyOf(gone);
    }
  }

  /** A VM whose cutover is moved, in seconds of this version; what is before it is negative. */
  public record Moved(VmKey vm, String name, long fromSeconds, long toSeconds) {}

  /** A VM with the name that people know it by. */
  public record Named(VmKey vm, String name) {}

  /**
   * Which piece of a proposal.
   *
   * @param draft the same for all pieces of a proposal, and only for them
   * @param number from 1
   * @param of how many there are
   */
  public record Piece(String draft, int number, int of) {
    public boolean last() {
      return number == of;
    }
  }

  /** One wave. */
  public record Wave(WaveId id, String name, List<Planned> vms) {
    public Wave {
      vms = List.copyOf(vms);
    }
  }

  /**
   * How good a plan is. Seconds count from the release of its first wave, if each follows as soon
   * as it can.
   *
   * @param steps search steps that were taken
   * @param cut whether a safety net ended the search early: the seed may then give another plan
   * @param makespanSeconds when the last cutover has ended
   * @param boundSeconds no plan can end before
   * @param gap share of the makespan that the bound does not explain, 0 = proven best
   * @param boundBy what the bound comes from, in words
   * @param start second 0, null where the plan knows no windows: it then begins whenever its first
   *     wave is released
   * @param pace how fast copies and cutovers were taken to be; null in proposals of older versions
   */
  public record Outlook(
      long seed,
      long steps,
      boolean cut,
      long makespanSeconds,
      long boundSeconds,
      double gap,
      String boundBy,
      List<WaveOutlook> waves,
      @Nullable Instant start,
      @Nullable Pace pace) {
    public Outlook {
      waves = List.copyOf(waves);
    }
  }

  /**
   * What durations were forecast from. A MiB takes a disk at least {@code 1/diskMiBs} seconds, and
   * on a busy way the sum of what it takes at each thing that it shares with others.
   *
   * @param diskMiBs the most that one disk gets
   * @param hostMiBs what an ESXi host gives of which nothing was learned
   * @param sharedMiBs what all hosts of a vCenter share; 0 = without a limit that is known
   * @param hosts what was learned of hosts, by id
   * @param datastores what was learned of datastores, by name
   * @param storageClasses what was learned of storage classes of the target
   * @param spread deviation of the logarithm of a duration about its forecast
   */
  public record Pace(
      double diskMiBs,
      double hostMiBs,
      double sharedMiBs,
      Map<String, Double> hosts,
      Map<String, Double> datastores,
      Map<String, Double> storageClasses,
      int fixedSeconds,
      int shutdownSeconds,
      int convertSeconds,
      int bootSeconds,
      double spread) {
    public Pace {
      hosts = Map.copyOf(hosts);
      datastores = Map.copyOf(datastores);
      storageClasses = Map.copyOf(storageClasses);
    }
  }

  /**
   * What is forecast of a wave.
   *
   * @param fromSeconds its first cutover begins
   * @param toSeconds its last cutover ends as planned
   * @param p50Seconds it has ended by then in half of the courses of events that were drawn
   * @param p95Seconds in 95 % of them
   * @param missed share of them in which it ends after its window
   * @param cutWeight how much its machines have to do with machines of other waves
   */
  public record WaveOutlook(
      WaveId wave,
      long fromSeconds,
      long toSeconds,
      long p50Seconds,
      long p95Seconds,
      double missed,
      double cutWeight) {}

  /**
   * When one VM is planned to move.
   *
   * @param copySeconds its copy begins
   * @param cutoverSeconds its outage begins
   * @param outageSeconds how long its outage is forecast
   * @param outageP95Seconds what it is not longer than in 95 % of cases
   */
  public record Timing(
      long copySeconds, long cutoverSeconds, long outageSeconds, long outageP95Seconds) {}

  /**
   * One VM in a wave: its journey, its concerns, and why it is here.
   *
   * @param timing when it is planned to move; null in proposals of older versions
   * @param sinks how its disks are going to get into their volumes, a line for each way; null where
   *     nobody knows what is set up, and in proposals of older versions
   */
  public record Planned(
      MigrationSpec spec,
      String application,
      List<Concern> concerns,
      String why,
      @Nullable Timing timing,
      @Nullable List<Foretold> sinks) {
    public Planned {
      concerns = List.copyOf(concerns);
      sinks = sinks == null ? null : List.copyOf(sinks);
    }
  }

  /**
   * How disks of a VM are going to get into their volumes.
   *
   * @param disks their labels
   * @param sink the way, for example {@code upload}
   * @param why it is that one
   */
  public record Foretold(List<String> disks, String sink, String why) {
    public Foretold {
      disks = List.copyOf(disks);
    }
  }

  /** One VM that is not planned. */
  public record Left(VmKey vm, String name, List<Concern> concerns, String why) {
    public Left {
      concerns = List.copyOf(concerns);
    }
  }
}
