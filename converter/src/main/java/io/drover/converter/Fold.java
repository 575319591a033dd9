// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.converter.ConversionState.Answer;
import io.drover.converter.ConversionState.Copying;
import io.drover.converter.ConversionState.Halting;
import io.drover.converter.ConversionState.History;
import io.drover.converter.ConversionState.Idle;
import io.drover.converter.ConversionState.Lane;
import io.drover.converter.ConversionState.Pace;
import io.drover.converter.ConversionState.Removing;
import io.drover.converter.ConversionState.Round;
import io.drover.converter.ConversionState.Stage;
import io.drover.converter.ConversionState.Task;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionFact.CopyBegun;
import io.drover.schemas.ConversionFact.CopyEnded;
import io.drover.schemas.ConversionFact.CopyGivenUp;
import io.drover.schemas.ConversionFact.CopyHalted;
import io.drover.schemas.ConversionFact.CopyRefused;
import io.drover.schemas.ConversionFact.CopyStepBegun;
import io.drover.schemas.ConversionFact.CopyStepDelayed;
import io.drover.schemas.ConversionFact.CopyStepEnded;
import io.drover.schemas.ConversionFact.CopyStopBegun;
import io.drover.schemas.ConversionFact.DiskImported;
import io.drover.schemas.ConversionFact.PaceKept;
import io.drover.schemas.ConversionFact.PaceSet;
import io.drover.schemas.ConversionFact.RemovalBegun;
import io.drover.schemas.ConversionFact.RemovalEnded;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.CopyStep;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Folds facts into state. Total: a fact that does not fit changes nothing. */
final class Fold {
  private Fold() {}

  static ConversionState evolve(ConversionState state, ConversionFact fact) {
    return switch (fact) {
      case CopyBegun(CopyOrder order) ->
          new Copying(
              state.key(),
              // Nothing reads yet, and what begins to read is told by its order.
              kept(state.history().ordered(order)),
              Round.of(order),
              List.of());
      case CopyStepBegun(CopyId copy, CopyStep step, Integer disk, int attempt) ->
          task(state, copy, step, disk, task -> task.begun(attempt));
      case CopyStepEnded(CopyId copy, CopyStep step, Integer disk, CopyEvidence evidence) ->
          ended(task(state, copy, step, disk, task -> task.ended(evidence)), copy, step);
      case CopyStepDelayed delayed -> delayed(state, delayed);
      case DiskImported imported ->
          round(
              state,
              imported.copy(),
              round ->
                  round.withLane(
                      imported.receipt().diskKey(), lane -> lane.withReceipt(imported.receipt())));
      case CopyEnded(CopyId copy) -> completed(state, copy);
      case CopyGivenUp(CopyId copy, Problem problem) -> halting(state, copy, problem, false);
      case CopyStopBegun(CopyId copy) -> halting(state, copy, null, true);
      case CopyHalted(CopyId copy) -> halted(state, copy);
      case RemovalBegun(MigrationId migration) -> removing(state, migration);
      case RemovalEnded(MigrationId migration) -> removed(state, migration);
      case PaceSet(MigrationId migration, long bytesPerSecond) ->
          with(state, state.history().paced(pace(state, migration, bytesPerSecond)));
      case PaceKept(MigrationId migration, long bytesPerSecond) ->
          state.history().bytesPerSecond(migration) == bytesPerSecond
              ? with(state, kept(state.history()))
              : state;
      case CopyRefused _ -> state;
    };
  }

  private static Pace pace(ConversionState state, MigrationId migration, long bytesPerSecond) {
    Pace before = state.history().pace();
    // Where nothing is under way, nobody has to be told.
    return new Pace(
        migration,
        bytesPerSecond,
        before == null ? 1 : before.number() + 1,
        !(state instanceof Copying));
  }

  private static History kept(History history) {
    Pace pace = history.pace();
    return pace == null
        ? history
        : history.paced(new Pace(pace.migration(), pace.bytesPerSecond(), pace.number(), true));
  }

  private static ConversionState with(ConversionState state, History history) {
    return switch (state) {
      case Idle s -> new Idle(s.key(), history);
      case Copying s -> new Copying(s.key(), history, s.round(), s.remove());
      case Halting s ->
          new Halting(
              s.key(), history, s.round(), s.problem(), s.stopAsked(), s.remove(), s.stop());
      case Removing s -> new Removing(s.key(), history, s.migrations(), s.remove());
    };
  }

  /** How a round that comes to rest ended. */
  static Answer answer(Halting halting) {
    return halting.stopAsked() || halting.problem() == null
        ? new Answer.Stopped()
        : new Answer.Failed(halting.problem());
  }

  private static ConversionState round(
      ConversionState state, CopyId copy, UnaryOperator<Round> change) {
    return switch (state) {
      case Copying(String key, History history, Round round, List<MigrationId> remove)
          when round.order().copy().equals(copy) ->
          new Copying(key, history, change.apply(round), remove);
      case Halting(
              String key,
              History history,
              Round round,
              Problem problem,
              boolean asked,
              List<MigrationId> remove,
              Task stop)
          when round.order().copy().equals(copy) ->
          new Halting(key, history, change.apply(round), problem, asked, remove, stop);
      case Idle _, Copying _, Halting _, Removing _ -> state;
    };
  }

  private static ConversionState task(
      ConversionState state,
      CopyId copy,
      CopyStep step,
      @Nullable Integer disk,
      UnaryOperator<Task> change) {
    return switch (step) {
      case OPEN_SOURCE -> round(state, copy, r -> r.withOpen(change.apply(r.open())));
      case CLOSE_SOURCE -> round(state, copy, r -> r.withClose(change.apply(r.close())));
      case PREPARE ->
          lane(state, copy, disk, lane -> lane.withPrepare(change.apply(lane.prepare())));
      case TRANSFER ->
          lane(state, copy, disk, lane -> lane.withTransfer(change.apply(lane.transfer())));
      case READ_SOURCE ->
          lane(state, copy, disk, lane -> lane.withReadSource(change.apply(lane.readSource())));
      case READ_BACK ->
          lane(state, copy, disk, lane -> lane.withReadBack(change.apply(lane.readBack())));
      case STOP ->
          state instanceof Halting h && h.round().order().copy().equals(copy)
              ? new Halting(
                  h.key(),
                  h.history(),
                  h.round(),
                  h.problem(),
                  h.stopAsked(),
                  h.remove(),
                  change.apply(h.stop()))
              : state;
      case REMOVE ->
          state instanceof Removing r && Walk.removal(r.migrations().getFirst()).equals(copy)
              ? new Removing(r.key(), r.history(), r.migrations(), change.apply(r.remove()))
              : state;
    };
  }

  private static ConversionState lane(
      ConversionState state, CopyId copy, @Nullable Integer disk, UnaryOperator<Lane> change) {
    return disk == null ? state : round(state, copy, round -> round.withLane(disk, change));
  }

  /**
   * A source that was let go while disks are missing is to be opened again; one that CDI copied,
   * for its second read if one was asked for.
   */
  private static ConversionState ended(ConversionState state, CopyId copy, CopyStep step) {
    if (step != CopyStep.CLOSE_SOURCE || !(state instanceof Copying)) {
      return state;
    }
    return round(
        state,
        copy,
        round -> {
          if (!round.read()) {
            return round
                .withClose(round.close().again())
                .withOpen(round.open().againAt(round.open().retryAt()));
          }
          return Orders.secondRead(round.order())
                  && round.open().evidence() instanceof CopyEvidence.SnapshotTaken taken
              ? round.toReadAgain(taken)
              : round;
        });
  }

  private static ConversionState delayed(ConversionState state, CopyStepDelayed delayed) {
    ConversionState next =
        task(
            state,
            delayed.copy(),
            delayed.step(),
            delayed.diskKey(),
            task -> task.delayed(delayed.problem(), delayed.retryAt()));
    boolean reads =
        switch (delayed.step()) {
          case TRANSFER, READ_SOURCE -> true;
          case PREPARE, OPEN_SOURCE, CLOSE_SOURCE, READ_BACK, STOP, REMOVE -> false;
        };
    String code = delayed.problem().code();
    boolean lost =
        code.equals(ConversionDecider.LEASE_LOST) || code.equals(ConversionDecider.LEASE_IDLE);
    if (!reads || !lost) {
      return next;
    }
    // The pause belongs to the next lease, not to the disk: the disk begins as soon as it is open.
    ConversionState again =
        task(next, delayed.copy(), delayed.step(), delayed.diskKey(), Task::again);
    return round(
        again,
        delayed.copy(),
        round ->
            round.open().is(Stage.DONE)
                ? round.withOpen(round.open().lost(delayed.retryAt()))
                : round);
  }

  private static ConversionState completed(ConversionState state, CopyId copy) {
    if (!(state
            instanceof Copying(String key, History history, Round round, List<MigrationId> remove))
        || !round.order().copy().equals(copy)) {
      return state;
    }
    MigrationId migration = round.order().migration();
    CopyEvidence from = round.copied() == null ? round.open().evidence() : round.copied();
    Map<Integer, String> ids =
        from instanceof CopyEvidence.SnapshotTaken taken ? taken.changeIds() : Map.of();
    return rest(
        key,
        history.ended(copy, migration, new Answer.Completed(round.receipts())).at(migration, ids),
        remove);
  }

  private static ConversionState halting(
      ConversionState state, CopyId copy, @Nullable Problem problem, boolean asked) {
    return switch (state) {
      case Copying(String key, History history, Round round, List<MigrationId> remove)
          when round.order().copy().equals(copy) ->
          new Halting(key, history, round, problem, asked, remove, Task.NEW);
      case Halting h when h.round().order().copy().equals(copy) ->
          new Halting(
              h.key(),
              h.history(),
              h.round(),
              h.problem() == null ? problem : h.problem(),
              h.stopAsked() || asked,
              h.remove(),
              h.stop());
      case Idle _, Copying _, Halting _, Removing _ -> state;
    };
  }

  private static ConversionState halted(ConversionState state, CopyId copy) {
    if (state instanceof Halting h && h.round().order().copy().equals(copy)) {
      return rest(
          h.key(), h.history().ended(copy, h.round().order().migration(), answer(h)), h.remove());
    }
    History stopped = state.history().ended(copy, null, new Answer.Stopped());
    return switch (state) {
      case Idle idle -> new Idle(idle.key(), stopped);
      case Copying c -> new Copying(c.key(), stopped, c.round(), c.remove());
      case Halting h ->
          new Halting(
              h.key(), stopped, h.round(), h.problem(), h.stopAsked(), h.remove(), h.stop());
      case Removing r -> new Removing(r.key(), stopped, r.migrations(), r.remove());
    };
  }

  private static ConversionState removing(ConversionState state, MigrationId migration) {
    return switch (state) {
      case Idle idle -> new Removing(idle.key(), idle.history(), List.of(migration), Task.NEW);
      case Copying c -> new Copying(c.key(), c.history(), c.round(), with(c.remove(), migration));
      case Halting h ->
          new Halting(
              h.key(),
              h.history(),
              h.round(),
              h.problem(),
              h.stopAsked(),
              with(h.remove(), migration),
              h.stop());
      case Removing r ->
          new Removing(r.key(), r.history(), with(r.migrations(), migration), r.remove());
    };
  }

  private static ConversionState removed(ConversionState state, MigrationId migration) {
    return state instanceof Removing r && r.migrations().getFirst().equals(migration)
        ? rest(
            r.key(),
            r.history().removed(migration),
            r.migrations().subList(1, r.migrations().size()))
        : state;
  }

  private static ConversionState rest(String key, History history, List<MigrationId> remove) {
    return remove.isEmpty() ? new Idle(key, history) : new Removing(key, history, remove, Task.NEW);
  }

  private static List<MigrationId> with(List<MigrationId> all, MigrationId one) {
    var more = new ArrayList<>(all);
    more.add(one);
    return more;
  }
}
