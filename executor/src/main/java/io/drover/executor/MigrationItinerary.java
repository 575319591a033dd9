// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.RowBuilder.row;

import io.drover.engine.Retry;
import io.drover.executor.MigrationEffect.EnsureCommitted;
import io.drover.executor.MigrationEffect.EnsureConversionUndone;
import io.drover.executor.MigrationEffect.EnsureGuestConverted;
import io.drover.executor.MigrationEffect.EnsurePreflightPassed;
import io.drover.executor.MigrationEffect.EnsureSnapshotsDeleted;
import io.drover.executor.MigrationEffect.EnsureSoakWatched;
import io.drover.executor.MigrationEffect.EnsureSourceFenced;
import io.drover.executor.MigrationEffect.EnsureSourceLocked;
import io.drover.executor.MigrationEffect.EnsureSourcePowered;
import io.drover.executor.MigrationEffect.EnsureSourceQuiesced;
import io.drover.executor.MigrationEffect.EnsureSourceRecorded;
import io.drover.executor.MigrationEffect.EnsureSourceReleased;
import io.drover.executor.MigrationEffect.EnsureSourceUnfenced;
import io.drover.executor.MigrationEffect.EnsureSourceUnlocked;
import io.drover.executor.MigrationEffect.EnsureSwept;
import io.drover.executor.MigrationEffect.EnsureTargetDefined;
import io.drover.executor.MigrationEffect.EnsureTargetDeleted;
import io.drover.executor.MigrationEffect.EnsureTargetHealthy;
import io.drover.executor.MigrationEffect.EnsureTargetSnapshotted;
import io.drover.executor.MigrationEffect.EnsureTargetStarted;
import io.drover.executor.MigrationEffect.EnsureTargetStopped;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.Evidence;
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The journey of a VM as a table with an undo column: which step comes when, what ensures it, what
 * undoes it, what has to be permitted first, and how often it is tried. Rollback walks it
 * backwards.
 */
public final class MigrationItinerary {
  /** The lane of every effect that changes something; they run one at a time, in order. */
  public static final String JOURNEY = "journey";

  /** The lane of the looks at a soaking target. */
  public static final String WATCH = "watch";

  private static final Retry LOOK = new Retry(5, Duration.ofSeconds(2), Duration.ofMinutes(2));
  private static final Retry ONCE = new Retry(1, Duration.ofSeconds(5), Duration.ofMinutes(5));
  private static final Retry COPY = new Retry(3, Duration.ofSeconds(10), Duration.ofMinutes(5));
  private static final Retry UNDO = new Retry(8, Duration.ofSeconds(1), Duration.ofMinutes(2));

  private static final List<Row> ROWS =
      List.of(
          row(Step.PREFLIGHT)
              .ensure("all the target needs exists, the source is as planned", LOOK)
              .effect(j -> new EnsurePreflightPassed(j.spec()))
              .undo("sweep: nothing of ours is left", j -> new EnsureSwept(j.spec()))
              .owed(j -> j.begun(Step.SNAPSHOT_TARGET) > 0)
              .accept()
              .done(),
          row(Step.SEED)
              .only(Way.WARM)
              .ensure("base copy of every disk while the source runs", COPY)
              .copy(Round.SEED)
              .undo("stop the copy; remove all copies and our snapshots", Undo.REMOVE_COPIES)
              // A cold journey copies only in SEAL and removes it here, when the source is back:
              // never before, because till then the copy may be the only good one.
              .owed(j -> j.begun(Step.SEED) + j.begun(Step.SYNC) + j.begun(Step.SEAL) > 0)
              .slots(Slot.COPY)
              .reach(Checkpoint.SEEDED)
              .done(),
          row(Step.SYNC)
              .only(Way.WARM)
              .ensure("what changed since, until the forecast downtime fits", COPY)
              .copy(Round.SYNC)
              .undo("stop the copy", Undo.STOP_COPY)
              .slots(Slot.COPY)
              .reach(Checkpoint.SYNCED)
              .done(),
          row(Step.GATE)
              .ensure("window open, approved, slots ours; the source recorded and marked", LOOK)
              .effect(j -> new EnsureSourceRecorded(j.spec()))
              .undo("no mark of ours on the source", j -> new EnsureSourceReleased(j.spec()))
              .slots(Slot.COPY, Slot.CUTOVER)
              .done(),
          row(Step.QUIESCE)
              .ensure("guest shut down, after the grace powered off", Retry.STEADY)
              .effect(j -> new EnsureSourceQuiesced(j.spec(), j.recorded()))
              .undo(
                  "power as recorded",
                  j ->
                      new EnsureSourcePowered(
                          j.spec(),
                          j.recorded(),
                          j.seen(Step.QUIESCE, Evidence.SourceQuiesced.class) != null))
              .slots(Slot.COPY, Slot.CUTOVER)
              .done(),
          row(Step.FENCE)
              .ensure("no NIC connects at power on, marked, by compare-and-set", Retry.STEADY)
              .effect(j -> new EnsureSourceFenced(j.spec()))
              .undo(
                  "unfence by compare-and-set",
                  j -> new EnsureSourceUnfenced(j.spec(), j.recorded()))
              .slots(Slot.COPY, Slot.CUTOVER)
              .reach(Checkpoint.QUIESCED)
              .done(),
          row(Step.SEAL)
              .ensure("final copy, taken behind the fence; receipts complete", COPY)
              .copy(Round.FINAL)
              .undo("stop the copy; no lease, vCenter lets go of the VM", Undo.STOP_COPY)
              .slots(Slot.COPY, Slot.CUTOVER)
              .reach(Checkpoint.SEALED)
              .done(),
          row(Step.SNAPSHOT_TARGET)
              .ensure("a volume snapshot of every target disk", Retry.STEADY)
              .effect(j ->
                  new EnsureTargetSnapshotted(
                      j.spec(), j.recorded(), fenced(j), j.tally().touched()))
              .undo("delete the snapshots", j -> new EnsureSnapshotsDeleted(j.spec()))
              .slots(Slot.CUTOVER)
              .reach(Checkpoint.SNAPSHOTTED)
              .done(),
          row(Step.CONVERT_GUEST)
              .when(GuestConversion::needed)
              .ensure("virt-v2v in place; tried again on new volumes from the snapshots", COPY)
              .effect(
                  j -> new EnsureGuestConverted(j.spec(), j.tally().generation(), snapshotsOf(j)))
              .undo("no Job runs", j -> new EnsureConversionUndone(j.spec()))
              .slots(Slot.CUTOVER)
              .reach(Checkpoint.CONVERTED)
              .accept()
              .done(),
          row(Step.DEFINE_TARGET)
              .ensure("the VirtualMachine exists, complete, halted", Retry.STEADY)
              .effect(j -> new EnsureTargetDefined(j.spec(), j.tally().generation()))
              .undo("delete it, by uid", j -> new EnsureTargetDeleted(j.spec(), j.uid()))
              .slots(Slot.CUTOVER)
              .done(),
          row(Step.LOCK_SOURCE)
              .ensure("nobody touched the source since the fence; it is a template", Retry.STEADY)
              .effect(MigrationItinerary::lock)
              .undo(
                  "a virtual machine again, where it was",
                  j -> new EnsureSourceUnlocked(j.spec(), j.recorded()))
              .slots(Slot.CUTOVER)
              .done(),
          row(Step.START_TARGET)
              .ensure("the source is locked as it was left, and the target runs", Retry.STEADY)
              .effect(j ->
                  new EnsureTargetStarted(j.spec(), need(j.uid(), Step.DEFINE_TARGET), lock(j)))
              .undo(
                  "stop and fence; no instance, no pod, volumes let go",
                  j -> new EnsureTargetStopped(j.spec(), j.uid()))
              .slots(Slot.CUTOVER)
              .done(),
          row(Step.VERIFY)
              .ensure("every rung of the health ladder holds", ONCE)
              .effect(j -> new EnsureTargetHealthy(j.spec(), need(j.uid(), Step.DEFINE_TARGET)))
              .slots(Slot.CUTOVER)
              .reach(Checkpoint.RUNNING)
              .accept()
              .done(),
          row(Step.SOAK)
              .ensure("watched until the timer ends or a person decides", LOOK)
              .effect(j ->
                  new EnsureSoakWatched(j.spec(), need(j.uid(), Step.DEFINE_TARGET), j.rungs()))
              .lane(WATCH)
              .done(),
          row(Step.COMMIT)
              .ensure("snapshots and Jobs of ours are gone; the source stays fenced", Retry.STEADY)
              .effect(j -> new EnsureCommitted(j.spec()))
              .reach(Checkpoint.COMMITTED)
              .accept()
              .done());

  private MigrationItinerary() {}

  /** How an undo is done. */
  public enum Undo {
    NONE,
    EFFECT,
    /** Told to the converter; waits until it was observed. */
    STOP_COPY,
    /** The same, and then every copy of the journey is removed. */
    REMOVE_COPIES
  }

  /**
   * One step.
   *
   * @param way the way it belongs to, null for all
   * @param needed whether a journey needs it
   * @param round the round of copying that ensures it, if an effect does not
   * @param owed whether the undo is owed to a journey that goes back
   * @param accept whether a person may say that it is done
   */
  public record Row(
      Step step,
      @Nullable Way way,
      Predicate<MigrationSpec> needed,
      String ensures,
      @Nullable Function<Journey, MigrationEffect> effect,
      @Nullable Round round,
      Retry retry,
      String undoes,
      Undo undo,
      @Nullable Function<Journey, MigrationEffect> undoEffect,
      Predicate<Journey> owed,
      List<Slot> slots,
      @Nullable Checkpoint reaches,
      String lane,
      boolean accept) {
    public Row {
      slots = List.copyOf(slots);
    }

    /** Whether it is on this journey's way at all, even if it turns out not to be needed. */
    boolean onWay(MigrationSpec spec) {
      return way == null || way == spec.way();
    }

    MigrationEffect ensure(Journey journey) {
      return need(effect, step).apply(journey);
    }

    MigrationEffect reverse(Journey journey) {
      return need(undoEffect, step).apply(journey);
    }

    Retry undoRetry() {
      return UNDO;
    }

    /** The ways out when this step holds on its way forward. */
    List<HoldExit> exits() {
      var exits = new ArrayList<HoldExit>();
      exits.add(HoldExit.RETRY);
      // A commit was asked for: the target is the truth from then on.
      if (step != Step.COMMIT) {
        exits.add(HoldExit.ROLL_BACK);
      }
      if (accept || step == Step.GATE) {
        exits.add(HoldExit.ACCEPT);
      }
      exits.add(HoldExit.ABANDON);
      return exits;
    }

    /**
     * The ways out when its undo holds. That the target is down or gone is observed, never taken
     * from a person: the source would come back beside it.
     *
     * @param reopening whether the journey only goes back to the seal: then it can still turn
     */
    List<HoldExit> undoExits(boolean reopening) {
      var exits = new ArrayList<HoldExit>();
      exits.add(HoldExit.RETRY);
      if (reopening) {
        exits.add(HoldExit.ROLL_BACK);
      }
      if (step != Step.START_TARGET && step != Step.DEFINE_TARGET) {
        exits.add(HoldExit.ACCEPT);
      }
      exits.add(HoldExit.ABANDON);
      return exits;
    }
  }

  /** All rows, in order. */
  public static List<Row> rows() {
    return ROWS;
  }

  static Row of(Step step) {
    return ROWS.get(step.ordinal());
  }

  /** The first step of a journey. */
  static Step first() {
    return Step.PREFLIGHT;
  }

  /** The step after {@code step} on this way. */
  static Step after(Step step, MigrationSpec spec) {
    int i = step.ordinal() + 1;
    while (!ROWS.get(i).onWay(spec)) {
      i++;
    }
    return ROWS.get(i).step();
  }

  /** How many steps this way has, and which one {@code step} is (from 1). */
  static int numberOf(Step step, MigrationSpec spec) {
    return (int) ROWS.stream().limit(step.ordinal() + 1L).filter(row -> row.onWay(spec)).count();
  }

  /**
   * The nearest step at or before {@code from} that has to be undone, null if none has. A journey
   * that only goes back to the seal owes nothing from there on.
   */
  static @Nullable Step owed(Journey journey, @Nullable Step from) {
    int last = journey.reopening() ? Step.SEAL.ordinal() + 1 : 0;
    for (int i = from == null ? -1 : from.ordinal(); i >= last; i--) {
      Row row = ROWS.get(i);
      if (row.undo() != Undo.NONE && row.owed().test(journey)) {
        return row.step();
      }
    }
    return null;
  }

  /** The step before {@code step} in the table, null before the first. */
  static @Nullable Step before(Step step) {
    return step.ordinal() == 0 ? null : Step.values()[step.ordinal() - 1];
  }

  private static EnsureSourceLocked lock(Journey journey) {
    return new EnsureSourceLocked(
        journey.spec(), journey.recorded(), fenced(journey), sealed(journey));
  }

  private static Evidence.SourceFenced fenced(Journey journey) {
    return need(journey.seen(Step.FENCE, Evidence.SourceFenced.class), Step.FENCE);
  }

  private static Evidence.@Nullable SourceState sealed(Journey journey) {
    Evidence.TargetSnapshotted taken =
        journey.seen(Step.SNAPSHOT_TARGET, Evidence.TargetSnapshotted.class);
    return taken == null ? null : taken.sealed();
  }

  private static Map<Integer, String> snapshotsOf(Journey journey) {
    Evidence.TargetSnapshotted taken =
        journey.seen(Step.SNAPSHOT_TARGET, Evidence.TargetSnapshotted.class);
    return taken == null ? Map.of() : taken.snapshots();
  }

  private static <T> T need(@Nullable T value, Step step) {
    if (value == null) {
      throw new IllegalStateException("Step " + step.label() + " has not been seen");
    }
    return value;
  }
}
