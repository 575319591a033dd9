// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.schemas.Actor;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.Evidence;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationStatus.Reached;
import io.drover.schemas.Problem;
import io.drover.schemas.Receipt;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import io.drover.schemas.WriteCount;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What every state of a live journey remembers: its order, what was seen on the way, what was
 * permitted, and how often things were tried.
 *
 * @param turn why it goes back, once it does; it never turns again
 */
public record Journey(
    MigrationSpec spec,
    Origin origin,
    Trail trail,
    Permits permits,
    Tally tally,
    @Nullable Turn turn) {

  /** Who began it, when, and which journeys of this VM came before. */
  public record Origin(Actor by, Instant at, List<MigrationId> past) {
    public Origin {
      past = List.copyOf(past);
    }
  }

  /**
   * What was observed.
   *
   * @param seen evidence of every step that ended, the latest
   * @param loss what a rollback would lose by now
   * @param offAt since when the source does not serve, whatever was done to it since
   * @param count the last reading of what the target wrote
   * @param copied how far the whole copy is; null in states of before it was noted
   * @param backAt when a source that ran before was observed running again
   */
  public record Trail(
      Map<Step, Evidence> seen,
      List<Receipt> receipts,
      List<Reached> reached,
      LossBound loss,
      @Nullable Instant offAt,
      @Nullable WriteCount count,
      @Nullable Copied copied,
      @Nullable Instant backAt) {
    /** Rungs of one kind that are kept: the latest. */
    static final int MOST_RUNGS = 10;

    public Trail {
      seen = sorted(seen);
      receipts = List.copyOf(receipts);
      reached = List.copyOf(reached);
    }

    Trail seeing(Step step, Evidence evidence) {
      Instant off =
          offAt == null && evidence instanceof Evidence.SourceQuiesced quiesced
              ? quiesced.offAt()
              : offAt;
      return new Trail(
          put(seen, step, evidence), receipts, reached, loss, off, count, copied, backAt);
    }

    /** Without what a step once showed: it was undone. */
    Trail forgetting(Step step) {
      var left = new TreeMap<>(seen);
      left.remove(step);
      return new Trail(left, receipts, reached, loss, offAt, count, copied, backAt);
    }

    /** Back before the cutover's copy: its rungs and receipts hold no more. */
    Trail reopened() {
      return new Trail(
          forgetting(Step.QUIESCE).seen,
          List.of(),
          reached.stream()
              .filter(rung -> rung.checkpoint().compareTo(Checkpoint.QUIESCED) < 0)
              .toList(),
          loss,
          offAt,
          count,
          copied,
          backAt);
    }

    /** With the latest receipt of a disk in the place of an earlier one. */
    Trail landing(Receipt receipt) {
      var next = new ArrayList<>(receipts);
      next.removeIf(r -> r.diskKey() == receipt.diskKey());
      next.add(receipt);
      return new Trail(seen, next, reached, loss, offAt, count, copied, backAt);
    }

    /** Deltas all lead back to the same place, and one that waits takes some hundred a day. */
    Trail reaching(Reached checkpoint) {
      var rungs = new ArrayList<>(reached);
      List<Reached> same =
          rungs.stream().filter(rung -> rung.checkpoint() == checkpoint.checkpoint()).toList();
      same.stream().limit(Math.max(0, same.size() - MOST_RUNGS + 1L)).forEach(rungs::remove);
      rungs.add(checkpoint);
      return new Trail(seen, receipts, rungs, loss, offAt, count, copied, backAt);
    }

    Trail copying(Copied next) {
      return new Trail(seen, receipts, reached, loss, offAt, count, next, backAt);
    }

    Trail losing(LossBound now, @Nullable WriteCount reading) {
      return new Trail(
          seen, receipts, reached, now, offAt, reading == null ? count : reading, copied, backAt);
    }

    Trail back(@Nullable Instant at) {
      return new Trail(seen, receipts, reached, loss, offAt, count, copied, at);
    }
  }

  /**
   * What lets the next step begin.
   *
   * @param waived a person said that window and downtime budget do not count
   * @param paused why a person paused it
   * @param stopped why its vCenter was stopped
   */
  public record Permits(
      List<Slot> asked,
      List<Slot> held,
      @Nullable Actor approvedBy,
      boolean waived,
      @Nullable String paused,
      @Nullable String stopped) {
    public Permits {
      asked = List.copyOf(asked);
      held = List.copyOf(held);
    }

    boolean braked() {
      return paused != null || stopped != null;
    }

    Permits asking(Slot slot) {
      return new Permits(plus(asked, slot), held, approvedBy, waived, paused, stopped);
    }

    Permits taking(Slot slot) {
      return new Permits(minus(asked, slot), plus(held, slot), approvedBy, waived, paused, stopped);
    }

    Permits returning(Slot slot) {
      return new Permits(
          minus(asked, slot), minus(held, slot), approvedBy, waived, paused, stopped);
    }

    Permits approved(Actor by) {
      return new Permits(asked, held, by, waived, paused, stopped);
    }

    Permits waiving() {
      return new Permits(asked, held, approvedBy, true, paused, stopped);
    }

    Permits pausing(@Nullable String reason) {
      return new Permits(asked, held, approvedBy, waived, reason, stopped);
    }

    Permits stopping(@Nullable String reason) {
      return new Permits(asked, held, approvedBy, waived, paused, reason);
    }
  }

  /**
   * How often.
   *
   * @param begun times each step was begun, in all: names its effects
   * @param undone times each undo was begun, in all: names its effects
   * @param failures of the step at hand that count towards giving up
   * @param outages of the step at hand, that never count
   * @param generation of the target volumes: grows when a guest conversion may have spoiled them
   * @param touched times somebody touched the fenced source, each of which cost a copy
   */
  public record Tally(
      Map<Step, Integer> begun,
      Map<Step, Integer> undone,
      int failures,
      int outages,
      int generation,
      int touched) {
    public Tally {
      begun = sorted(begun);
      undone = sorted(undone);
    }

    /** Another step or another chance: nothing failed yet. */
    Tally fresh() {
      return new Tally(begun, undone, 0, 0, generation, touched);
    }

    Tally beginning(Step step, int attempt) {
      return new Tally(put(begun, step, attempt), undone, failures, outages, generation, touched);
    }

    Tally undoing(Step step, int attempt) {
      return new Tally(begun, put(undone, step, attempt), failures, outages, generation, touched);
    }

    /** An outage of another system is noted, but only a failure counts. */
    Tally failing(Problem problem) {
      return problem.kind() == Problem.Kind.UNAVAILABLE
          ? new Tally(begun, undone, failures, outages + 1, generation, touched)
          : new Tally(begun, undone, failures + 1, outages, generation, touched);
    }

    Tally regenerating() {
      return new Tally(begun, undone, failures, outages, generation + 1, touched);
    }

    /** The last generation was not spoiled after all. */
    Tally settling() {
      return new Tally(begun, undone, failures, outages, Math.max(0, generation - 1), touched);
    }

    Tally touching() {
      return new Tally(begun, undone, 0, 0, generation, touched + 1);
    }
  }

  /**
   * Why a journey goes back.
   *
   * @param at since when; null in states of before it was noted
   */
  public record Turn(Actor by, String reason, @Nullable Problem problem, @Nullable Instant at) {}

  /** A journey that just began. */
  static Journey begin(MigrationSpec spec, Actor by, Instant at, List<MigrationId> past) {
    return new Journey(
        spec,
        new Origin(by, at, past),
        new Trail(Map.of(), List.of(), List.of(), LossBound.NONE, null, null, null, null),
        new Permits(List.of(), List.of(), null, false, null, null),
        new Tally(Map.of(), Map.of(), 0, 0, 0, 0),
        null);
  }

  MigrationId id() {
    return spec.id();
  }

  int begun(Step step) {
    return tally.begun.getOrDefault(step, 0);
  }

  int undone(Step step) {
    return tally.undone.getOrDefault(step, 0);
  }

  /** What was seen when {@code step} ended, if it was this. */
  <E extends Evidence> @Nullable E seen(Step step, Class<E> kind) {
    Evidence evidence = trail.seen.get(step);
    return kind.isInstance(evidence) ? kind.cast(evidence) : null;
  }

  /** How the source stood before the cutover; only from the gate on. */
  Evidence.SourceRecorded recorded() {
    Evidence.SourceRecorded recorded = seen(Step.GATE, Evidence.SourceRecorded.class);
    if (recorded == null) {
      throw new IllegalStateException("Journey " + id() + " has not passed the gate");
    }
    return recorded;
  }

  /** How far its whole copy is. */
  Copied copied() {
    Copied copied = trail.copied;
    return copied == null ? Copied.NOTHING : copied;
  }

  /** What held of the target's health when its soak began; nothing before that. */
  List<String> rungs() {
    Evidence.TargetHealthy up = seen(Step.VERIFY, Evidence.TargetHealthy.class);
    return up == null ? List.of() : up.rungs();
  }

  /** The uid of the target, once it was defined. */
  @Nullable String uid() {
    Evidence.TargetDefined defined = seen(Step.DEFINE_TARGET, Evidence.TargetDefined.class);
    return defined == null ? null : defined.uid();
  }

  /** A reading of what the target wrote, as it goes on from the readings before. */
  WriteCount counted(String instance, long bytes) {
    WriteCount before = trail.count;
    if (before == null) {
      Evidence.TargetStarted first = seen(Step.START_TARGET, Evidence.TargetStarted.class);
      return new WriteCount(instance, bytes, first != null && instance.equals(first.instance()));
    }
    return new WriteCount(
        instance,
        bytes,
        before.whole() && instance.equals(before.instance()) && bytes >= before.bytes());
  }

  /** The number that a checkpoint gets when it is reached next. */
  int next(Checkpoint checkpoint) {
    int before =
        trail.reached.stream()
            .filter(r -> r.checkpoint() == checkpoint)
            .mapToInt(Reached::number)
            .max()
            .orElse(0);
    // Each time the source was touched took one of these rungs away.
    return 1 + Math.max(before, checkpoint.compareTo(Checkpoint.QUIESCED) < 0 ? 0 : tally.touched);
  }

  /** When the last delta landed; null where none did. */
  @Nullable Instant syncedAt() {
    Instant last = null;
    for (Reached rung : trail.reached) {
      last = rung.checkpoint() == Checkpoint.SYNCED ? rung.at() : last;
    }
    return last;
  }

  /** Whether it undoes only what was made of a stale copy, to go on from the seal. */
  boolean reopening() {
    return turn == null;
  }

  Journey with(Trail next) {
    return new Journey(spec, origin, next, permits, tally, turn);
  }

  Journey with(Permits next) {
    return new Journey(spec, origin, trail, next, tally, turn);
  }

  Journey with(Tally next) {
    return new Journey(spec, origin, trail, permits, next, turn);
  }

  Journey with(Turn next) {
    return new Journey(spec, origin, trail, permits, tally.fresh(), next);
  }

  static <V> Map<Step, V> sorted(Map<Step, V> map) {
    return Collections.unmodifiableMap(new TreeMap<>(map));
  }

  static <V> Map<Step, V> put(Map<Step, V> map, Step step, V value) {
    var next = new TreeMap<>(map);
    next.put(step, value);
    return next;
  }

  static <T> List<T> plus(List<T> list, T more) {
    var next = new ArrayList<>(list);
    next.add(more);
    return next;
  }

  static <T> List<T> minus(List<T> list, T less) {
    var next = new ArrayList<>(list);
    next.remove(less);
    return next;
  }
}
