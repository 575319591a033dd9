// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Letter;
import io.drover.engine.Outcome;
import io.drover.engine.Timer;
import io.drover.schemas.Actor;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A brain with a well-behaved world around it, to drive a journey to where a test begins. */
final class Trip {
  static final Actor ANNA = Actor.person("anna");

  final MigrationDecider decider = new MigrationDecider();
  final MigrationSpec spec;
  final List<MigrationFact> facts = new ArrayList<>();
  final List<Letter> letters = new ArrayList<>();
  MigrationState state;
  Instant now = Samples.NOON;

  /** Letters that the world has not answered. */
  final List<Letter> unanswered = new ArrayList<>();

  Trip(MigrationSpec spec) {
    this.spec = spec;
    this.state = decider.initial(spec.vm().toString());
  }

  /** A journey that began and was driven until {@code step} is under way. */
  static Trip at(MigrationSpec spec, Step step) {
    var trip = new Trip(spec);
    trip.tell(new MigrationMessage.StartMigration(spec));
    trip.until(step);
    return trip;
  }

  /** One input; gives the facts it made. */
  List<MigrationFact> input(Input<MigrationMessage, Evidence> input) {
    Decision<MigrationFact> decision = decider.decide(state, input, now);
    MigrationState next = state;
    for (MigrationFact fact : decision.facts()) {
      next = decider.evolve(next, fact);
    }
    state = next;
    facts.addAll(decision.facts());
    letters.addAll(decision.letters());
    unanswered.addAll(decision.letters());
    return decision.facts();
  }

  List<MigrationFact> tell(MigrationMessage message) {
    return tell(message, ANNA);
  }

  List<MigrationFact> tell(MigrationMessage message, Actor by) {
    return input(new Input.Told<>(message, by));
  }

  List<MigrationFact> outcome(Outcome<Evidence> outcome) {
    return input(new Input.Seen<>(intent().id(), outcome));
  }

  List<MigrationFact> fails(Problem.Kind kind) {
    return outcome(new Outcome.Failed<>(problem(kind)));
  }

  /** Time goes on to the named timer, which rings. */
  List<MigrationFact> ring(String timer) {
    Timer found =
        decider.timers(state).stream()
            .filter(t -> t.id().startsWith(timer))
            .findFirst()
            .orElseThrow(
                () -> new AssertionError("No timer " + timer + " in " + decider.timers(state)));
    if (found.due().isAfter(now)) {
      now = found.due();
    }
    return input(new Input.Rang<>(found.id(), found.due()));
  }

  Intent<MigrationEffect> intent() {
    List<Intent<MigrationEffect>> intents = decider.resume(state);
    if (intents.isEmpty()) {
      throw new AssertionError("Nothing is in flight in " + state);
    }
    return intents.getFirst();
  }

  static Problem problem(Problem.Kind kind) {
    return new Problem(
        kind, "test-" + kind.name().toLowerCase(), "It is " + kind + ".", "Mend it.");
  }

  /** The well-behaved world answers until {@code step} is being ensured. */
  void until(Step step) {
    for (int i = 0; i < 200; i++) {
      boolean there =
          MigrationState.stepOf(state) == step
              && (state instanceof MigrationState.Stepping
                  || state instanceof MigrationState.Soaking);
      if (there) {
        return;
      }
      if (!answer()) {
        throw new AssertionError("Cannot get to " + step + " from " + state);
      }
    }
    throw new AssertionError("Never got to " + step);
  }

  /** The well-behaved world answers all there is to answer. */
  void run() {
    for (int i = 0; i < 400; i++) {
      if (!answer()) {
        return;
      }
    }
    throw new AssertionError("Never comes to rest: " + state);
  }

  /** One answer of a well-behaved world, false if it has nothing to say. */
  boolean answer() {
    now = now.plusSeconds(1);
    while (!unanswered.isEmpty()) {
      Letter letter = unanswered.removeFirst();
      MigrationMessage reply = reply(letter);
      if (reply != null) {
        tell(reply, Actor.service(letter.to().entity()));
        return true;
      }
    }
    List<Intent<MigrationEffect>> intents = decider.resume(state);
    if (intents.isEmpty()) {
      return false;
    }
    Intent<MigrationEffect> intent = intents.getFirst();
    input(
        new Input.Seen<>(
            intent.id(),
            intent.stopping() ? new Outcome.Stopped<>() : new Outcome.Done<>(evidence(intent))));
    return true;
  }

  private @org.jspecify.annotations.Nullable MigrationMessage reply(Letter letter) {
    return switch (letter.message()) {
      case DispatchMessage.SlotWanted m ->
          new MigrationMessage.SlotGranted(m.migration(), m.slot());
      case ConversionMessage.CopyDisks m ->
          new MigrationMessage.CopyCompleted(
              m.order().copy(), Samples.receipts(spec, now, Duration.ofSeconds(30)));
      case ConversionMessage.StopCopy m -> new MigrationMessage.CopyStopped(m.copy());
      case ConversionMessage.RemoveCopies m -> new MigrationMessage.CopiesRemoved(m.migration());
      default -> null;
    };
  }

  /** What a well-behaved world shows for an effect. */
  Evidence evidence(Intent<MigrationEffect> intent) {
    return evidence(intent.effect(), now);
  }

  static Evidence evidence(MigrationEffect effect, Instant now) {
    return switch (effect) {
      case MigrationEffect.EnsurePreflightPassed e -> new Evidence.PreflightPassed(List.of("all"));
      case MigrationEffect.EnsureSourceRecorded e ->
          new Evidence.SourceRecorded(
              Inventory.Power.ON, Map.of(4000, true), "resgroup-8", "host-9", "v1", now);
      case MigrationEffect.EnsureSourceQuiesced e ->
          new Evidence.SourceQuiesced(Inventory.Power.ON, false, now);
      case MigrationEffect.EnsureSourceFenced e ->
          new Evidence.SourceFenced("v2", Map.of(4000, true), false, now);
      case MigrationEffect.EnsureTargetSnapshotted e -> {
        var names = new TreeMap<Integer, String>();
        e.spec()
            .source()
            .disks()
            .forEach(d ->
                names.put(d.deviceKey(), VolumeNames.snapshot(e.spec(), d.deviceKey(), e.seal())));
        yield new Evidence.TargetSnapshotted(
            names, new Evidence.SourceState("v2", Map.of(2000, "52 de/1")));
      }
      case MigrationEffect.EnsureGuestConverted e ->
          new Evidence.GuestConverted(VolumeNames.job(e.spec(), e.generation()));
      case MigrationEffect.EnsureTargetDefined e -> new Evidence.TargetDefined("uid-1");
      case MigrationEffect.EnsureSourceLocked e ->
          new Evidence.SourceLocked("resgroup-8", "host-9", "v3");
      case MigrationEffect.EnsureTargetStarted e ->
          new Evidence.TargetStarted(e.uid(), now, "vmi-1");
      case MigrationEffect.EnsureTargetHealthy e ->
          new Evidence.TargetHealthy(List.of("running"), now);
      case MigrationEffect.EnsureSoakWatched e ->
          new Evidence.LossMeasured(LossBound.targetWrites(4096), "vmi-1", null);
      case MigrationEffect.EnsureCommitted e -> new Evidence.Committed();
      case MigrationEffect.EnsureTargetStopped e -> undone(Step.START_TARGET);
      case MigrationEffect.EnsureSourceUnlocked e -> undone(Step.LOCK_SOURCE);
      case MigrationEffect.EnsureTargetDeleted e -> undone(Step.DEFINE_TARGET);
      case MigrationEffect.EnsureConversionUndone e -> undone(Step.CONVERT_GUEST);
      case MigrationEffect.EnsureSnapshotsDeleted e -> undone(Step.SNAPSHOT_TARGET);
      case MigrationEffect.EnsureSourceUnfenced e -> undone(Step.FENCE);
      case MigrationEffect.EnsureSourcePowered e -> undone(Step.QUIESCE);
      case MigrationEffect.EnsureSourceReleased e -> undone(Step.GATE);
      case MigrationEffect.EnsureSwept e -> undone(Step.PREFLIGHT);
    };
  }

  private static Evidence undone(Step step) {
    return new Evidence.Undone(step, "as recorded");
  }

  /** The undos that were begun, in order. */
  List<Step> undos() {
    return facts.stream()
        .filter(MigrationFact.UndoBegun.class::isInstance)
        .map(f -> ((MigrationFact.UndoBegun) f).step())
        .toList();
  }

  /** The steps that were begun, in order. */
  List<Step> steps() {
    return facts.stream()
        .filter(MigrationFact.StepBegun.class::isInstance)
        .map(f -> ((MigrationFact.StepBegun) f).step())
        .toList();
  }

  /** Messages of a kind, in the order they were written. */
  <M> List<M> told(Class<M> kind) {
    return letters.stream().map(Letter::message).filter(kind::isInstance).map(kind::cast).toList();
  }
}
