// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.converter.ConversionState.Answer;
import io.drover.converter.ConversionState.Copying;
import io.drover.converter.ConversionState.Halting;
import io.drover.converter.ConversionState.History;
import io.drover.converter.ConversionState.Idle;
import io.drover.converter.ConversionState.Removing;
import io.drover.converter.ConversionState.Round;
import io.drover.converter.ConversionState.Stage;
import io.drover.converter.Walk.Ref;
import io.drover.engine.Decider;
import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Letter;
import io.drover.engine.Outcome;
import io.drover.engine.Retry;
import io.drover.engine.Timer;
import io.drover.schemas.Brain;
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
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.ConversionMessage.CopyDisks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.RemoveCopies;
import io.drover.schemas.ConversionMessage.SetPace;
import io.drover.schemas.ConversionMessage.StopCopy;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.CopyStep;
import io.drover.schemas.EffectId;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.Problem;
import io.drover.schemas.Receipt;
import java.time.Instant;
import java.util.List;

/**
 * The brain of the copies of one source VM: walks {@link ConversionItinerary}, one lane a disk, and
 * answers the journey's copy protocol.
 */
public final class ConversionDecider
    implements Decider<
        ConversionState, ConversionMessage, CopyEvidence, ConversionFact, ConversionEffect> {
  /**
   * Code of a {@link Problem} of a transfer that says: the lease is gone, or is not held by this
   * process. What was read under it counts only for disks that were whole by then.
   */
  public static final String LEASE_LOST = "lease-lost";

  /** Code of a lease that we let go of ourselves as nobody read: no trouble, only the next one. */
  public static final String LEASE_IDLE = "lease-idle";

  /** Code of a transfer that goes on once other images have left the staging folder. */
  public static final String STAGING_FULL = "staging-full";

  /** So often a stop or a removal is tried before the journey hears that it does not come about. */
  private static final int LINGERING = 3;

  @Override
  public ConversionState initial(String key) {
    return new Idle(key, History.EMPTY);
  }

  @Override
  public ConversionState evolve(ConversionState state, ConversionFact fact) {
    return Fold.evolve(state, fact);
  }

  @Override
  public List<Intent<ConversionEffect>> resume(ConversionState state) {
    return Walk.intents(state);
  }

  @Override
  public List<Timer> timers(ConversionState state) {
    return Walk.timers(state);
  }

  @Override
  public Decision<ConversionFact> decide(
      ConversionState state, Input<ConversionMessage, CopyEvidence> input, Instant at) {
    return switch (input) {
      case Input.Told<ConversionMessage, CopyEvidence>(ConversionMessage message, _) ->
          onward(state, told(state, message), at);
      case Input.Seen<ConversionMessage, CopyEvidence>(
              EffectId effect,
              Outcome<CopyEvidence> outcome) ->
          Walk.running(state).stream()
              .filter(ref -> ref.effect().equals(effect))
              .findFirst()
              .map(ref -> onward(state, seen(state, ref, outcome, at), at))
              .orElseGet(() -> paced(state, effect, outcome));
      case Input.Rang<ConversionMessage, CopyEvidence>(String id, Instant due) ->
          timers(state).contains(new Timer(id, due))
              ? onward(state, Decision.nothing(), due.isAfter(at) ? due : at)
              : Decision.nothing();
    };
  }

  /** Only a copy that heard of its pace keeps to it. */
  private static Decision<ConversionFact> paced(
      ConversionState state, EffectId effect, Outcome<CopyEvidence> outcome) {
    ConversionState.Pace pace = Walk.unkept(state);
    return pace != null
            && Walk.effect(pace).equals(effect)
            && outcome instanceof Outcome.Done<CopyEvidence>
        ? Decision.of(new PaceKept(pace.migration(), pace.bytesPerSecond()))
        : Decision.nothing();
  }

  /** The decision with everything that may begin, or is over, after its facts. */
  private Decision<ConversionFact> onward(
      ConversionState before, Decision<ConversionFact> first, Instant at) {
    ConversionState state = before;
    Decision<ConversionFact> all = first;
    Decision<ConversionFact> last = first;
    while (true) {
      for (ConversionFact fact : last.facts()) {
        state = evolve(state, fact);
      }
      last = next(state, at);
      if (last.facts().isEmpty()) {
        return all;
      }
      all = all.then(last);
    }
  }

  private static Decision<ConversionFact> next(ConversionState state, Instant at) {
    List<Ref> begin = Walk.ready(state, at);
    if (!begin.isEmpty()) {
      Ref ref = begin.getFirst();
      return Decision.of(
          new CopyStepBegun(ref.copy(), ref.step(), ref.disk(), ref.task().attempt() + 1));
    }
    if (state instanceof Copying copying
        && copying.round().close().is(Stage.DONE)
        && copying.round().landed()) {
      CopyOrder order = copying.round().order();
      return Decision.<ConversionFact>of(new CopyEnded(order.copy()))
          .tell(
              letter(
                  state,
                  new MigrationMessage.CopyCompleted(order.copy(), copying.round().receipts())));
    }
    return Decision.nothing();
  }

  private static Decision<ConversionFact> told(ConversionState state, ConversionMessage message) {
    return switch (message) {
      case CopyDisks(CopyOrder order) -> copy(state, order);
      case StopCopy(CopyId copy) -> stop(state, copy);
      case RemoveCopies(MigrationId migration) -> remove(state, migration);
      case SetPace(MigrationId migration, long bytesPerSecond) ->
          state.history().bytesPerSecond(migration) == bytesPerSecond
              ? Decision.nothing()
              : Decision.of(new PaceSet(migration, bytesPerSecond));
    };
  }

  private static Decision<ConversionFact> copy(ConversionState state, CopyOrder asked) {
    Round current = Walk.round(state);
    if (current != null && current.order().copy().equals(asked.copy())) {
      return Decision.nothing();
    }
    Answer answer = state.history().answer(asked.copy());
    if (answer != null) {
      return Decision.<ConversionFact>nothing().tell(letter(state, words(asked.copy(), answer)));
    }
    CopyOrder order = Orders.from(asked, state.history().changeIds(asked.migration()));
    if (state.history().removed().contains(order.migration())) {
      return refuse(
          state,
          order,
          "copy for a migration that goes on",
          Orders.refused(
              "copies-were-removed",
              "The copies of migration " + order.migration() + " were removed.",
              "Start a new migration of the VM."));
    }
    Problem problem = Orders.problem(order);
    if (problem != null) {
      return refuse(state, order, "copy all disks of the VM", problem);
    }
    return switch (state) {
      case Idle _ -> Decision.of(new CopyBegun(order));
      case Copying(_, _, Round round, _) -> busy(state, order, "copy " + round.order().copy());
      case Halting(_, _, Round round, _, _, _, _) ->
          busy(state, order, "the end of copy " + round.order().copy());
      case Removing(_, _, List<MigrationId> migrations, _) ->
          busy(state, order, "the removal of the copies of " + migrations.getFirst());
    };
  }

  private static Decision<ConversionFact> busy(
      ConversionState state, CopyOrder order, String what) {
    return refuse(
        state,
        order,
        "begin a copy of a VM whose copies are at rest",
        new Problem(
            Problem.Kind.TRANSIENT,
            "copies-busy",
            "The copies of VM " + order.vmName() + " are busy with " + what + ".",
            "Ask again when it ended."));
  }

  private static Decision<ConversionFact> refuse(
      ConversionState state, CopyOrder order, String expected, Problem problem) {
    return Decision.<ConversionFact>of(new CopyRefused(order.copy(), expected, problem.what()))
        .tell(letter(state, new MigrationMessage.CopyFailed(order.copy(), problem)));
  }

  private static Decision<ConversionFact> stop(ConversionState state, CopyId copy) {
    if (state instanceof Copying copying && copying.round().order().copy().equals(copy)) {
      return Decision.of(new CopyStopBegun(copy));
    }
    if (state instanceof Halting halting && halting.round().order().copy().equals(copy)) {
      return halting.stopAsked() ? Decision.nothing() : Decision.of(new CopyStopBegun(copy));
    }
    Letter stopped = letter(state, new MigrationMessage.CopyStopped(copy));
    return state.history().answer(copy) == null
        ? Decision.<ConversionFact>of(new CopyHalted(copy)).tell(stopped)
        : Decision.<ConversionFact>nothing().tell(stopped);
  }

  private static Decision<ConversionFact> remove(ConversionState state, MigrationId migration) {
    if (state.history().removed().contains(migration)) {
      return Decision.<ConversionFact>nothing()
          .tell(letter(state, new MigrationMessage.CopiesRemoved(migration)));
    }
    RemovalBegun begun = new RemovalBegun(migration);
    return switch (state) {
      case Idle _ -> Decision.of(begun);
      case Copying(_, _, Round round, List<MigrationId> pending) -> {
        if (pending.contains(migration)) {
          yield Decision.nothing();
        }
        if (!round.order().migration().equals(migration)) {
          yield Decision.of(begun);
        }
        yield Decision.of(
            new CopyGivenUp(
                round.order().copy(),
                Orders.refused(
                    "copies-removed",
                    "The copies of VM " + round.order().vmName() + " are being removed.",
                    "Nothing: whoever asked for the copy asked for its removal.")),
            begun);
      }
      case Halting(_, _, _, _, _, List<MigrationId> pending, _) ->
          pending.contains(migration) ? Decision.nothing() : Decision.of(begun);
      case Removing(_, _, List<MigrationId> pending, _) ->
          pending.contains(migration) ? Decision.nothing() : Decision.of(begun);
    };
  }

  private static Decision<ConversionFact> seen(
      ConversionState state, Ref ref, Outcome<CopyEvidence> outcome, Instant at) {
    return switch (state) {
      case Idle _ -> Decision.nothing();
      case Copying(_, _, Round round, _) ->
          switch (outcome) {
            case Outcome.Done<CopyEvidence>(CopyEvidence evidence) -> {
              var done = satisfied(state, round, ref, evidence);
              yield ref.task().attempt() == 1
                  ? done
                  : done.tell(
                      letter(state, new MigrationMessage.CopyDelayed(round.order().copy(), null)));
            }
            case Outcome.Failed<CopyEvidence>(Problem problem) ->
                failed(state, round, ref, problem, at);
            case Outcome.Stopped<CopyEvidence> _ ->
                failed(state, round, ref, interrupted(round), at);
          };
      case Halting(_, _, Round round, _, _, _, _) -> {
        if (ref.step() == CopyStep.STOP) {
          yield atRest(state, ref, outcome, at);
        }
        yield Decision.of(
            new CopyStepEnded(
                round.order().copy(),
                ref.step(),
                ref.disk(),
                outcome instanceof Outcome.Done<CopyEvidence>(CopyEvidence evidence)
                    ? evidence
                    : new CopyEvidence.Stopped()));
      }
      case Removing _ -> atRest(state, ref, outcome, at);
    };
  }

  /** A step of a round was observed satisfied. */
  private static Decision<ConversionFact> satisfied(
      ConversionState state, Round round, Ref ref, CopyEvidence evidence) {
    CopyOrder order = round.order();
    var ended = new CopyStepEnded(order.copy(), ref.step(), ref.disk(), evidence);
    Integer disk = ref.disk();
    if (disk == null) {
      return Decision.of(ended);
    }
    if (ref.step() == CopyStep.TRANSFER && !Orders.readBack(order)) {
      return landed(state, order, ended, Receipts.unread(order, disk, Walk.transferred(evidence)));
    }
    if (ref.step() == CopyStep.READ_BACK
        && evidence instanceof CopyEvidence.VolumeDigested digested) {
      CopyEvidence.DiskTransferred transferred = Walk.transferred(round, disk);
      Problem difference = Receipts.difference(order, disk, transferred, digested);
      return difference == null
          ? landed(state, order, ended, Receipts.readBack(order, disk, transferred, digested))
          : Decision.of(ended, new CopyGivenUp(order.copy(), difference));
    }
    return Decision.of(ended);
  }

  private static Decision<ConversionFact> landed(
      ConversionState state, CopyOrder order, ConversionFact ended, Receipt receipt) {
    return Decision.<ConversionFact>of(ended, new DiskImported(order.copy(), receipt))
        .tell(letter(state, new MigrationMessage.DiskCopied(order.copy(), receipt)));
  }

  /** A step of a round did not come out; the journey hears of it where it is tried again. */
  private static Decision<ConversionFact> failed(
      ConversionState state, Round round, Ref ref, Problem said, Instant at) {
    CopyId copy = round.order().copy();
    int failures = ref.task().failures() + 1;
    var retry = ConversionItinerary.row(ref.step()).retry();
    Problem problem = judged(ref, said, !retry.again(failures));
    boolean again =
        switch (problem.kind()) {
          case UNAVAILABLE -> true;
          case TRANSIENT -> retry.again(failures);
          case REFUSED, CORRUPT, UNKNOWN -> false;
        };
    if (!again) {
      return Decision.of(
          new CopyStepDelayed(copy, ref.step(), ref.disk(), ref.task().attempt(), problem, at),
          new CopyGivenUp(copy, problem));
    }
    int counted = problem.kind() == Problem.Kind.TRANSIENT ? failures : ref.task().attempt();
    // What the disk waited for stays what is told; the next lease is taken at once.
    boolean idle = problem.code().equals(LEASE_IDLE);
    Retry pauses = problem.code().equals(STAGING_FULL) ? ConversionItinerary.ROOM : retry;
    Decision<ConversionFact> delayed =
        Decision.of(
            new CopyStepDelayed(
                copy,
                ref.step(),
                ref.disk(),
                ref.task().attempt(),
                problem,
                idle ? at : at.plus(pauses.pause(counted))));
    return idle
        ? delayed
        : delayed.tell(letter(state, new MigrationMessage.CopyDelayed(copy, problem)));
  }

  /** A source that comes damaged in the same way again, or to the last try, is damaged. */
  private static Problem judged(Ref ref, Problem said, boolean last) {
    SourceDamage damage = SourceDamage.ofCode(said.code());
    if (damage == null) {
      return said;
    }
    int heard = ref.task().hearing(said).times();
    return last || heard >= damage.readings()
        ? SourceDamage.believed(said, ref.task().failures() + 1)
        : said;
  }

  /** The outcome of what is never given up: the stop of a round, the removal of copies. */
  private static Decision<ConversionFact> atRest(
      ConversionState state, Ref ref, Outcome<CopyEvidence> outcome, Instant at) {
    return switch (outcome) {
      case Outcome.Done<CopyEvidence>(CopyEvidence evidence) -> {
        var ended = new CopyStepEnded(ref.copy(), ref.step(), ref.disk(), evidence);
        yield switch (state) {
          case Halting halting ->
              Decision.<ConversionFact>of(ended, new CopyHalted(ref.copy()))
                  .tell(letter(state, words(ref.copy(), Fold.answer(halting))));
          case Removing(_, _, List<MigrationId> migrations, _) ->
              Decision.<ConversionFact>of(ended, new RemovalEnded(migrations.getFirst()))
                  .tell(letter(state, new MigrationMessage.CopiesRemoved(migrations.getFirst())));
          case Idle _, Copying _ -> Decision.nothing();
        };
      }
      case Outcome.Failed<CopyEvidence>(Problem problem) -> delayed(state, ref, problem, at);
      case Outcome.Stopped<CopyEvidence> _ ->
          delayed(
              state,
              ref,
              new Problem(
                  Problem.Kind.UNAVAILABLE,
                  "interrupted",
                  "The effect ended before it was observed complete.",
                  "Nothing: it is ensured again."),
              at);
    };
  }

  /** Tries again; the journey hears of it where that does not help by itself. */
  private static Decision<ConversionFact> delayed(
      ConversionState state, Ref ref, Problem problem, Instant at) {
    var retry = ConversionItinerary.row(ref.step()).retry();
    Decision<ConversionFact> delayed =
        Decision.of(
            new CopyStepDelayed(
                ref.copy(),
                ref.step(),
                ref.disk(),
                ref.task().attempt(),
                problem,
                at.plus(retry.pause(ref.task().attempt()))));
    boolean passing =
        switch (problem.kind()) {
          case UNAVAILABLE, TRANSIENT -> ref.task().attempt() < LINGERING;
          case REFUSED, CORRUPT, UNKNOWN -> false;
        };
    if (passing) {
      return delayed;
    }
    return switch (state) {
      case Halting _ ->
          delayed.tell(letter(state, new MigrationMessage.CopyLingers(ref.copy(), null, problem)));
      case Removing(_, _, List<MigrationId> migrations, _) ->
          delayed.tell(
              letter(
                  state, new MigrationMessage.CopyLingers(null, migrations.getFirst(), problem)));
      case Idle _, Copying _ -> delayed;
    };
  }

  /** What a forward effect that ended without being asked, or for a lost lease, is taken as. */
  private static Problem interrupted(Round round) {
    return round.open().is(Stage.LOST)
        ? new Problem(
            Problem.Kind.UNAVAILABLE,
            LEASE_LOST,
            "The export of VM " + round.order().vmName() + " ended under this disk.",
            "Nothing: the disk is read again under a new lease.")
        : new Problem(
            Problem.Kind.UNAVAILABLE,
            "interrupted",
            "The effect ended before it was observed complete.",
            "Nothing: it is ensured again.");
  }

  private static MigrationMessage words(CopyId copy, Answer answer) {
    return switch (answer) {
      case Answer.Completed(List<Receipt> receipts) ->
          new MigrationMessage.CopyCompleted(copy, receipts);
      case Answer.Failed(Problem problem) -> new MigrationMessage.CopyFailed(copy, problem);
      case Answer.Stopped _ -> new MigrationMessage.CopyStopped(copy);
    };
  }

  private static Letter letter(ConversionState state, MigrationMessage message) {
    return new Letter(Brain.MIGRATION, state.key(), message);
  }
}
