// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.engine.Retry;
import io.drover.schemas.CopyStep;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The table of a copy's steps: who walks them, when they begin, what is ensured, what proves it,
 * and what a failure means. {@code docs/conversion.md} is rendered from it.
 */
public final class ConversionItinerary {
  /** Lane of the steps that concern the VM as a whole. */
  public static final String VM_LANE = "copy";

  /** Lane of what tells a copy under way how fast it may read. */
  static final String PACE = "pace";

  /** Whether a step is walked once a round or once a disk. */
  public enum Scope {
    VM,
    DISK
  }

  /** What happens when the tries of a step are used up, or the answer is no. */
  public enum OnFailure {
    /** The round is brought to rest and {@code CopyFailed} is said. */
    GIVE_UP,
    /** It is tried for ever: nothing may be left running, open or behind. */
    NEVER_GIVEN_UP
  }

  /**
   * One row.
   *
   * @param begins when it begins
   * @param ensures what the hand makes so
   * @param proof what is observed before it counts
   */
  public record Row(
      CopyStep step,
      Scope scope,
      Retry retry,
      OnFailure onFailure,
      String begins,
      String ensures,
      String proof) {}

  /** Retries of what only costs a call. */
  static final Retry LIGHT = new Retry(5, Duration.ofSeconds(1), Duration.ofMinutes(1));

  /** Retries of what keeps a VM switched off while it waits. */
  static final Retry SOON = new Retry(5, Duration.ofSeconds(1), Duration.ofSeconds(10));

  /** Pauses of what waits, its VM switched off, until others leave the staging folder. */
  static final Retry ROOM = new Retry(5, Duration.ofSeconds(2), Duration.ofSeconds(30));

  /** Retries of what moves a whole disk. */
  static final Retry HEAVY = new Retry(4, Duration.ofSeconds(2), Duration.ofMinutes(5));

  private static final List<Row> ROWS =
      List.of(
          new Row(
              CopyStep.PREPARE,
              Scope.DISK,
              LIGHT,
              OnFailure.GIVE_UP,
              "the round was accepted",
              "the way into the volume is chosen; the volume takes bytes, or its name is free",
              "storage fit to take it; DataVolume seen ready, where one is needed before the"
                  + " bytes"),
          new Row(
              CopyStep.OPEN_SOURCE,
              Scope.VM,
              SOON,
              OnFailure.GIVE_UP,
              "every volume is prepared; again after a lost lease was let go, and for a second"
                  + " read",
              "an export lease (stream, second read) or a snapshot with its change ids (vddk)",
              "lease seen ready, snapshot seen; recorded before it is used"),
          new Row(
              CopyStep.TRANSFER,
              Scope.DISK,
              HEAVY,
              OnFailure.GIVE_UP,
              "the source is open",
              "every guest-visible byte is in the volume, from zero or from the change id",
              "stream equal to the lease's manifest, DataVolume seen succeeded or paused"),
          new Row(
              CopyStep.CLOSE_SOURCE,
              Scope.VM,
              LIGHT,
              OnFailure.GIVE_UP,
              "every disk is transferred, or read a second time, or the lease was lost and nothing"
                  + " reads any more",
              "lease completed or aborted, our snapshot removed and consolidated",
              "vCenter seen to have let go of the VM"),
          new Row(
              CopyStep.READ_SOURCE,
              Scope.DISK,
              HEAVY,
              OnFailure.GIVE_UP,
              "vddk, final round, where a second read is asked for: CDI is done, its snapshot was"
                  + " let go, a lease is open",
              "the disk was read at its source once more, whole",
              "stream equal to the lease's manifest; its digest"),
          new Row(
              CopyStep.READ_BACK,
              Scope.DISK,
              LIGHT,
              OnFailure.GIVE_UP,
              "the disk is transferred (vddk: of the final round), and read a second time where"
                  + " that is asked for",
              "a worker Job digests the landed volume",
              "digest in the Job's termination message; equal to the source's, or CORRUPT"),
          new Row(
              CopyStep.STOP,
              Scope.VM,
              LIGHT,
              OnFailure.NEVER_GIVEN_UP,
              "told to stop, or given up; every running effect was seen to end",
              "no import, no worker, no lease, no snapshot of the round",
              "each seen gone"),
          new Row(
              CopyStep.REMOVE,
              Scope.VM,
              LIGHT,
              OnFailure.NEVER_GIVEN_UP,
              "told to remove, and nothing runs",
              "no volume, claim, Job, secret or snapshot of the migration; changed block tracking"
                  + " as it was found",
              "each seen gone"));

  private ConversionItinerary() {}

  /** All rows, in the order of {@link CopyStep}. */
  public static List<Row> rows() {
    return ROWS;
  }

  /** The row of a step. */
  public static Row row(CopyStep step) {
    for (Row row : ROWS) {
      if (row.step() == step) {
        return row;
      }
    }
    throw new IllegalStateException("The itinerary has no row for " + step);
  }

  /** The lane of a step; disks have one each. */
  public static String lane(@Nullable Integer disk) {
    return disk == null ? VM_LANE : "disk-" + disk;
  }

  /** The table as Markdown, for {@code docs/conversion.md}. */
  public static String markdown() {
    var text = new StringBuilder();
    text.append("# The copies of a VM\n\n");
    text.append(
        "Generated from `ConversionItinerary`; a stale copy fails the build. Render it anew"
            + " with\n");
    text.append("`mvn -pl converter test -Dtest=ConversionDocsTest -Ddrover.docs=write`.\n\n");
    text.append(
        "Steps of one lane run one at a time. The unavailability of another system is waited"
            + " out\n");
    text.append(
        "for ever, with a pause that grows up to the bound; other failures count as tries.\n"
            + "Room in the staging folder (`staging-full`) is looked for at least every "
            + ROOM.most().toSeconds()
            + " s.\n");
    text.append(
        "A host that answers for a disk with HTTP 401, 403 or 404, or shows a certificate that is"
            + " not\n");
    text.append(
        "the one that vCenter vouches for (`"
            + SourceDisks.HOST_UNTRUSTED
            + "`), does not heal by waiting:\n");
    text.append("each refusal counts as a try, so that the source goes back on after the last.\n");
    for (SourceDamage damage : SourceDamage.values()) {
      text.append("The same `")
          .append(damage.code())
          .append("` said of a disk ")
          .append(damage.readings())
          .append(" times in a row ends the round as `CORRUPT`: the source is damaged.\n");
    }
    text.append('\n');
    text.append("| step | lane | begins when | ensures | proof | tries | pause | then |\n");
    text.append("|---|---|---|---|---|---|---|---|\n");
    for (Row row : ROWS) {
      text.append("| `")
          .append(row.step())
          .append("` | ")
          .append(row.scope() == Scope.VM ? "`" + VM_LANE + "`" : "`disk-<key>`")
          .append(" | ")
          .append(row.begins())
          .append(" | ")
          .append(row.ensures())
          .append(" | ")
          .append(row.proof())
          .append(" | ")
          .append(row.onFailure() == OnFailure.GIVE_UP ? row.retry().attempts() : "for ever")
          .append(" | ")
          .append(row.retry().first().toSeconds())
          .append(" s to ")
          .append(row.retry().most().toSeconds())
          .append(" s | ")
          .append(
              row.onFailure() == OnFailure.GIVE_UP ? "`STOP`, then `CopyFailed`" : "tried again")
          .append(" |\n");
    }
    return text.toString();
  }
}
