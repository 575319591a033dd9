// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.schemas.EffectId;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Token;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The target VM and what belongs to it in the cluster, as a journey needs them: look, and a few
 * guarded acts. What an act returns is a hint, only the next look counts. Every method throws
 * {@link Trouble}.
 */
public interface TargetVm {
  /**
   * Whether everything the target needs exists and every object would be accepted, by a dry run at
   * the server. Changes nothing. {@link Trouble} REFUSED names the first thing that is missing.
   *
   * @param note what people wrote on the source, empty where the plan does not ask for it
   * @return what was checked, in words
   */
  List<String> preflight(MigrationSpec spec, String note);

  /** The same, of a source without a note. */
  default List<String> preflight(MigrationSpec spec) {
    return preflight(spec, "");
  }

  /** How the target stands now. */
  Sight look(MigrationSpec spec);

  /**
   * Creates the VirtualMachine, halted, on the volumes of {@code generation}. One that is there
   * already is left alone: the next look tells whose it is.
   *
   * @param note what people wrote on the source, empty where the plan does not ask for it
   */
  void define(MigrationSpec spec, int generation, String note, Token token);

  /** The same, of a source without a note. */
  default void define(MigrationSpec spec, int generation, Token token) {
    define(spec, generation, "", token);
  }

  /**
   * Lets exactly this object run, only if nobody changed it since it was seen; {@link Trouble}
   * TRANSIENT {@code target-changed-meanwhile} otherwise. It never creates anything.
   */
  void start(MigrationSpec spec, String uid, String resourceVersion, Token token);

  /**
   * Halts exactly this object and raises its fence to {@code token}. What was halted already is
   * changed all the same, by the name of this stop, so that a start that is still under way finds
   * another object than it saw. Gone already is fine.
   */
  void stop(MigrationSpec spec, String uid, Token token, EffectId stop);

  /**
   * Pulls the plug of whatever runs the target, without asking its guest. For a target that was
   * told to halt and goes anyway; one that was not starts anew.
   */
  void kill(MigrationSpec spec);

  /** Deletes exactly this object. Gone already is fine. */
  void delete(MigrationSpec spec, String uid);

  /**
   * The rungs of the health ladder, lowest first, as far as they can be climbed now.
   *
   * @return one entry a rung; a rung that fails for good says so
   */
  List<Rung> health(MigrationSpec spec, String uid);

  /** An upper bound of what the instance that runs now wrote to the target's disks. */
  LossBound loss(MigrationSpec spec);

  /** The volume snapshots of this seal of the journey that exist, per disk device key. */
  Map<Integer, Snap> snapshots(MigrationSpec spec, int seal);

  /** Whether the storage of every disk can make snapshots. */
  boolean canSnapshot(MigrationSpec spec);

  /** Makes the snapshot of one disk's volume; one that exists is left alone. */
  void snapshot(MigrationSpec spec, int deviceKey, int seal);

  /** Deletes all volume snapshots of this journey, of whatever seal. */
  void deleteSnapshots(MigrationSpec spec);

  /** Whether the volume of a disk exists in this generation. */
  Presence volume(MigrationSpec spec, int deviceKey, int generation);

  /** Makes the volume of a disk in this generation out of the snapshot. */
  void restore(MigrationSpec spec, int deviceKey, int generation, String snapshot);

  /** Deletes the volumes of a disk in every generation before this one. */
  void deleteOlderVolumes(MigrationSpec spec, int deviceKey, int generation);

  /** How the conversion Job of a generation stands. */
  JobSight conversion(MigrationSpec spec, int generation);

  /** Makes the conversion Job of a generation; one that exists is left alone. */
  void convert(MigrationSpec spec, int generation);

  /** Deletes every conversion Job of this journey, with its pods. */
  void deleteConversions(MigrationSpec spec);

  /** The objects of this journey that are left, {@code kind/name}; conversion Jobs' pods too. */
  List<String> remains(MigrationSpec spec);

  /** Deletes all of them. */
  void sweep(MigrationSpec spec);

  /**
   * How the target stood when it was looked at.
   *
   * @param uid of the VirtualMachine, null when there is none
   * @param ours whether its labels say that this migration made it
   * @param halted whether it is told not to run
   * @param instance what exists to run it, in whatever phase, null when nothing does; another one,
   *     or one that moved to another node, counts what it writes from zero
   * @param running whether the instance runs
   * @param pods names of launcher pods that are not gone
   * @param token fencing token of the owner that wrote last, 0 if none did
   * @param status what KubeVirt prints for people
   */
  record Sight(
      @Nullable String uid,
      @Nullable String resourceVersion,
      boolean ours,
      boolean halted,
      @Nullable String instance,
      boolean running,
      List<String> pods,
      long token,
      String status) {
    public Sight {
      pods = List.copyOf(pods);
    }

    /** Nothing that could write to the volumes exists. */
    public boolean silent() {
      return instance == null && pods.isEmpty();
    }
  }

  /** A rung of the health ladder. */
  record Rung(String name, Holds holds, String observed) {}

  /** Whether a rung holds. */
  enum Holds {
    YES,
    NOT_YET,
    NEVER
  }

  /** A volume snapshot. */
  record Snap(String name, boolean ready, @Nullable String error) {}

  /** Whether something exists. */
  enum Presence {
    ABSENT,
    PRESENT,
    /** On its way out. */
    LEAVING
  }

  /** A conversion Job; {@code said} is its last word. */
  record JobSight(Stage stage, String said) {
    /** How far it is. */
    public enum Stage {
      ABSENT,
      RUNNING,
      SUCCEEDED,
      FAILED
    }
  }
}
