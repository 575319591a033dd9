// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One document a VM on {@link Topics#MIGRATION_STATUS}: all a reader needs to show the journey.
 *
 * @param sequence sequence of the last fact that is folded in
 * @param waitingFor what keeps the next step from beginning, in words, for example {@code approval}
 * @param receipts what is proved of each copied disk
 * @param copy how far the copy is; null in documents of older builds
 * @param forecastDowntimeSeconds how long the source would be off by what was measured: for a warm
 *     VM as long as its last delta took, for a cold one until its copy has ended; the boot comes on
 *     top. Null while nothing was measured
 * @param health whether something is out of place; null in documents of older builds
 * @param turnedAt when it began to go back, if it did; null in documents of older builds
 * @param sourceBackAt when a source that ran before was observed running again, if it was
 */
public record MigrationStatus(
    VmKey vm,
    String name,
    MigrationId migration,
    WaveId wave,
    Way way,
    Phase phase,
    @Nullable Step step,
    int stepNumber,
    int stepCount,
    Checkpoint checkpoint,
    List<Reached> checkpoints,
    List<Receipt> receipts,
    @Nullable Problem problem,
    List<HoldExit> exits,
    @Nullable Instant sourceOffAt,
    @Nullable Instant targetUpAt,
    @Nullable Instant soakUntil,
    @Nullable Result result,
    @Nullable String reason,
    String namespace,
    String targetName,
    Instant startedAt,
    @Nullable Instant endedAt,
    Instant updatedAt,
    long sequence,
    List<String> waitingFor,
    @Nullable CopyProgress copy,
    @Nullable Long forecastDowntimeSeconds,
    @Nullable Health health,
    @Nullable Instant turnedAt,
    @Nullable Instant sourceBackAt) {
  public MigrationStatus {
    checkpoints = List.copyOf(checkpoints);
    receipts = List.copyOf(receipts);
    exits = List.copyOf(exits);
    waitingFor = List.copyOf(waitingFor);
  }

  /** A rung of the ladder that was reached, and what going back to it costs. */
  public record Reached(
      Checkpoint checkpoint, int number, Instant at, LossBound loss, @Nullable Instant expires) {}

  /**
   * Whether something is out of place.
   *
   * @param rungs what held when the target was last judged: the rungs of its health ladder; empty
   *     while it has not passed it
   */
  public record Health(Sign sign, List<String> rungs) {
    public Health {
      rungs = List.copyOf(rungs);
    }
  }

  /** Health in a word, from well to worst. */
  public enum Sign {
    /** Nothing is out of place. */
    WELL,
    /** Something did not come out and is tried again by itself. */
    RETRYING,
    /** The target runs, and the last look at it found something out of place. */
    AILING,
    /** Waits for a person. */
    HELD
  }

  /** As {@link #downtimeSeconds(Instant, Instant, Instant, Instant)}. */
  public @Nullable Double downtimeSeconds() {
    return downtimeSeconds(sourceOffAt, targetUpAt, turnedAt, sourceBackAt);
  }

  /**
   * How long neither source nor target served; null where it did not begin or did not end. Of a
   * journey that went forward from source off to target healthy; of one that went back until the
   * source ran again, without the time that a healthy target served in between.
   */
  public static @Nullable Double downtimeSeconds(
      @Nullable Instant off,
      @Nullable Instant up,
      @Nullable Instant turned,
      @Nullable Instant back) {
    if (off == null) {
      return null;
    }
    if (turned == null) {
      return up == null ? null : seconds(off, up);
    }
    if (back == null) {
      return null;
    }
    return up == null ? seconds(off, back) : seconds(off, up) + seconds(turned, back);
  }

  private static double seconds(Instant from, Instant to) {
    return Duration.between(from, to).toMillis() / 1000.0;
  }
}
