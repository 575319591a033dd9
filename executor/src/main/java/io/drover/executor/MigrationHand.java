// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.Hand;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.StopSignal;
import io.drover.executor.MigrationEffect.*;
import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationSpec;
import java.util.ArrayList;

/** What moves the world for a journey: one switch from effect to port. */
public final class MigrationHand implements Hand<MigrationEffect, Evidence> {
  private final SourceSteps source;
  private final SourceReturn back;
  private final TargetSteps target;
  private final TargetReturn gone;
  private final TargetVm cluster;

  /** A hand on these two VMs; {@code patience} is how it waits. */
  public MigrationHand(SourceVm source, TargetVm target, Patience patience) {
    this.source = new SourceSteps(source, patience);
    this.back = new SourceReturn(source, patience);
    this.target = new TargetSteps(target, patience);
    this.gone = new TargetReturn(target, patience);
    this.cluster = target;
  }

  @Override
  public Outcome<Evidence> ensure(Order<MigrationEffect> order) {
    try {
      order.stop().check();
      return new Outcome.Done<>(done(order));
    } catch (Trouble trouble) {
      return new Outcome.Failed<>(trouble.problem());
    } catch (StopSignal.Stopped stopped) {
      return new Outcome.Stopped<>();
    }
  }

  private Evidence done(Order<MigrationEffect> order) {
    StopSignal stop = order.stop();
    MigrationSpec spec = order.effect().spec();
    return switch (order.effect()) {
      case EnsurePreflightPassed e -> {
        var checks = new ArrayList<>(source.preflight(spec));
        checks.addAll(cluster.preflight(spec, source.note(spec)));
        yield new Evidence.PreflightPassed(checks);
      }
      case EnsureSourceRecorded e -> source.record(e, stop);
      case EnsureSourceQuiesced e -> source.quiesce(e, stop);
      case EnsureSourceFenced e -> source.fence(e, stop);
      case EnsureTargetSnapshotted e -> target.snapshot(e, source.sealed(e, stop), stop);
      case EnsureGuestConverted e -> target.convert(e, stop);
      case EnsureTargetDefined e -> target.define(e, source.note(spec), order.token(), stop);
      case EnsureSourceLocked e -> source.lock(e, stop);
      case EnsureTargetStarted e -> {
        source.locked(e.behind(), stop);
        yield target.start(e, order.token(), stop);
      }
      case EnsureTargetHealthy e -> target.healthy(e, stop);
      case EnsureSoakWatched e -> {
        source.stillLocked(spec);
        yield target.watch(e);
      }
      case EnsureCommitted e -> target.commit(spec, stop);
      case EnsureTargetStopped e -> gone.stop(order, e.uid());
      case EnsureSourceUnlocked e -> back.unlock(e, stop);
      case EnsureTargetDeleted e -> gone.delete(order, e.uid());
      case EnsureConversionUndone e -> gone.unconvert(spec, stop);
      case EnsureSnapshotsDeleted e -> gone.unsnapshot(spec, stop);
      case EnsureSourceUnfenced e -> back.unfence(e, stop);
      case EnsureSourcePowered e -> back.power(e, stop);
      case EnsureSourceReleased e -> back.release(e, stop);
      case EnsureSwept e -> gone.sweep(spec, stop);
    };
  }
}
