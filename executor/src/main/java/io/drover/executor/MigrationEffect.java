// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationSpec;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a journey changes in the world, one at a time: every row of {@link MigrationItinerary} names
 * the effect that ensures its step and the one that undoes it. Each is safe to repeat and carries
 * all that a hand needs.
 */
public sealed interface MigrationEffect {
  /** The journey this belongs to: names, labels and limits come from here. */
  MigrationSpec spec();

  /** Everything the target needs exists and the source is as planned. Changes nothing. */
  record EnsurePreflightPassed(MigrationSpec spec) implements MigrationEffect {}

  /**
   * How the source stands right before the cutover is known, and the source carries our mark. Only
   * a marked source is shut down, fenced or locked: what an owner that was replaced still sends
   * after a rollback meets no mark of its own, and is refused.
   */
  record EnsureSourceRecorded(MigrationSpec spec) implements MigrationEffect {}

  /** The source is powered off: asked first, after the grace powered off where the plan allows. */
  record EnsureSourceQuiesced(MigrationSpec spec, Evidence.SourceRecorded recorded)
      implements MigrationEffect {}

  /** The source is off, no NIC of it connects at power on, and it carries our marker. */
  record EnsureSourceFenced(MigrationSpec spec) implements MigrationEffect {}

  /**
   * A volume snapshot of every target disk is ready to use, and how the source stood after its
   * final copy is known.
   *
   * @param seal times that the source was sealed before
   */
  record EnsureTargetSnapshotted(
      MigrationSpec spec, Evidence.SourceRecorded recorded, Evidence.SourceFenced fenced, int seal)
      implements MigrationEffect {}

  /**
   * The guest is converted in place. From generation 1 on, new volumes are first made from the
   * snapshots, because an earlier conversion may have left the ones before half converted.
   *
   * @param snapshots name of the volume snapshot per disk device key
   */
  record EnsureGuestConverted(MigrationSpec spec, int generation, Map<Integer, String> snapshots)
      implements MigrationEffect {
    public EnsureGuestConverted {
      snapshots = Collections.unmodifiableMap(new TreeMap<>(snapshots));
    }
  }

  /** The target VirtualMachine exists, complete and halted, on the volumes of this generation. */
  record EnsureTargetDefined(MigrationSpec spec, int generation) implements MigrationEffect {}

  /** Nobody touched the source since the fence, and it is a template: it cannot be powered on. */
  record EnsureSourceLocked(
      MigrationSpec spec,
      Evidence.SourceRecorded recorded,
      Evidence.SourceFenced fenced,
      Evidence.@Nullable SourceState sealed)
      implements MigrationEffect {}

  /**
   * The target runs.
   *
   * @param uid the object that may be started, and no other
   * @param behind the lock that its source must still be behind: between the two a person may have
   *     been waited for, for days
   */
  record EnsureTargetStarted(MigrationSpec spec, String uid, EnsureSourceLocked behind)
      implements MigrationEffect {}

  /** Every rung of the health ladder holds within the boot budget. */
  record EnsureTargetHealthy(MigrationSpec spec, String uid) implements MigrationEffect {}

  /**
   * A look at a soaking target and its locked source: what would a rollback lose, and is all well?
   *
   * @param rungs what held when the soak began, each with the name of its rung and a colon first
   */
  record EnsureSoakWatched(MigrationSpec spec, String uid, List<String> rungs)
      implements MigrationEffect {}

  /** Snapshots and Jobs of ours are gone; the source stays fenced and locked. */
  record EnsureCommitted(MigrationSpec spec) implements MigrationEffect {}

  /**
   * No instance of the target runs, none can start, and its volumes are let go.
   *
   * @param uid of the VirtualMachine if it was ever observed: that one is ours whatever became of
   *     its annotations
   */
  record EnsureTargetStopped(MigrationSpec spec, @Nullable String uid) implements MigrationEffect {}

  /** The source is a virtual machine again, where it was. */
  record EnsureSourceUnlocked(MigrationSpec spec, Evidence.SourceRecorded recorded)
      implements MigrationEffect {}

  /** The target VirtualMachine is gone; {@code uid} if it was ever observed. */
  record EnsureTargetDeleted(MigrationSpec spec, @Nullable String uid) implements MigrationEffect {}

  /** No conversion Job runs or is left. */
  record EnsureConversionUndone(MigrationSpec spec) implements MigrationEffect {}

  /** Nothing of this journey's is left in the cluster, whatever made it. */
  record EnsureSwept(MigrationSpec spec) implements MigrationEffect {}

  /** Our volume snapshots are gone. */
  record EnsureSnapshotsDeleted(MigrationSpec spec) implements MigrationEffect {}

  /** NICs connect at power on as recorded, our marker is gone. */
  record EnsureSourceUnfenced(MigrationSpec spec, Evidence.SourceRecorded recorded)
      implements MigrationEffect {}

  /** Nothing of this journey is left on the source. */
  record EnsureSourceReleased(MigrationSpec spec) implements MigrationEffect {}

  /**
   * The source has the power state that was recorded.
   *
   * @param wasOff whether the source was observed off; if not, our request to shut down may still
   *     be on its way to the guest and has to be waited out
   */
  record EnsureSourcePowered(MigrationSpec spec, Evidence.SourceRecorded recorded, boolean wasOff)
      implements MigrationEffect {}
}
