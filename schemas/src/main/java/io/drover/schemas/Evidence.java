// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What was observed when a step of the journey, or its undo, was satisfied. */
public sealed interface Evidence {
  /** Every object passed a server-side dry run and everything named exists. */
  record PreflightPassed(List<String> checks) implements Evidence {
    public PreflightPassed {
      checks = List.copyOf(checks);
    }
  }

  /** The window is open, the approval given, the slot ours. */
  record GatePassed() implements Evidence {}

  /**
   * The gate passed, and this is how the source stood right before anything was done to it: what a
   * rollback restores.
   *
   * @param startConnected per NIC device key, whether it connects at power on
   * @param host managed object id, if the VM is placed on one
   */
  record SourceRecorded(
      Inventory.Power power,
      Map<Integer, Boolean> startConnected,
      String resourcePool,
      @Nullable String host,
      String changeVersion,
      Instant at)
      implements Evidence {
    public SourceRecorded {
      startConnected = Map.copyOf(startConnected);
    }
  }

  /** Disks landed; see the receipts. */
  record DisksLanded(CopyId copy, List<Receipt> receipts) implements Evidence {
    public DisksLanded {
      receipts = List.copyOf(receipts);
    }
  }

  /** Source observed powered off; {@code before} is what a rollback restores. */
  record SourceQuiesced(Inventory.Power before, boolean hard, Instant offAt) implements Evidence {}

  /**
   * Source fenced by compare-and-set; the NICs' start flags are what an unfence restores.
   *
   * @param at vCenter's clock, not later than the fence; null in journals before it was noted
   */
  record SourceFenced(
      String changeVersion,
      Map<Integer, Boolean> startConnected,
      boolean wasTemplate,
      @Nullable Instant at)
      implements Evidence {
    public SourceFenced {
      startConnected = Map.copyOf(startConnected);
    }
  }

  /**
   * Volume snapshots ready to use; name per disk device key.
   *
   * @param sealed how the source stood when its final copy had ended: what changed since is found
   *     before it is locked; null in journals before it was noted
   */
  record TargetSnapshotted(Map<Integer, String> snapshots, @Nullable SourceState sealed)
      implements Evidence {
    public TargetSnapshotted {
      snapshots = Map.copyOf(snapshots);
    }
  }

  /**
   * By what a change of a source that is off shows.
   *
   * @param changeIds change id per disk device key, of disks whose changes are tracked
   */
  record SourceState(String changeVersion, Map<Integer, String> changeIds) {
    public SourceState {
      changeIds = Map.copyOf(changeIds);
    }
  }

  /** Guest converted by the named Job, or no conversion was needed. */
  record GuestConverted(@Nullable String job) implements Evidence {}

  /** Target defined, halted. */
  record TargetDefined(String uid) implements Evidence {}

  /** Source locked as a template; where it ran is what an unlock restores. */
  record SourceLocked(String resourcePool, @Nullable String host, String changeVersion)
      implements Evidence {}

  /**
   * Target observed running.
   *
   * @param instance uid of the instance that ran first; null in journals before it was noted
   */
  record TargetStarted(String uid, Instant at, @Nullable String instance) implements Evidence {}

  /** Every rung of the health ladder held. */
  record TargetHealthy(List<String> rungs, Instant at) implements Evidence {
    public TargetHealthy {
      rungs = List.copyOf(rungs);
    }
  }

  /**
   * The soak ended; bytes the target wrote meanwhile.
   *
   * @param problem what looked out of place then, which is for a person to judge
   */
  record Soaked(LossBound diverged, @Nullable Problem problem) implements Evidence {}

  /** Our scratch is gone; the source stays fenced. */
  record Committed() implements Evidence {}

  /** An undo was observed complete. */
  record Undone(Step step, String observed) implements Evidence {}

  /**
   * A look at the soaking target, which runs.
   *
   * @param loss what this instance of the target wrote
   * @param instance its uid; null in journals before it was noted
   * @param problem what held when the soak began and holds no more; null where all does
   */
  record LossMeasured(LossBound loss, @Nullable String instance, @Nullable Problem problem)
      implements Evidence {}
}
