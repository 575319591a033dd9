// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.ConversionDecider;
import io.drover.converter.ConversionEffect;
import io.drover.converter.ConversionHand;
import io.drover.converter.ConversionState;
import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Letter;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.engine.Timer;
import io.drover.schemas.Actor;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.EffectId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.Problem;
import io.drover.schemas.Token;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * The least body that can run the conversion brain of one VM: one inbox, virtual threads, no Kafka.
 */
final class CopyRoad implements AutoCloseable {
  private final ConversionDecider brain = new ConversionDecider();
  private final ConversionHand hand;
  private final long token;
  private final LinkedBlockingQueue<Input<ConversionMessage, CopyEvidence>> inbox =
      new LinkedBlockingQueue<>();
  private final Consumer<ConversionState> commit;
  private final Progress progress;
  private final Map<EffectId, AtomicBoolean> running = new HashMap<>();
  private final HashSet<Timer> set = new HashSet<>();
  ConversionState state;
  final List<ConversionFact> facts = new ArrayList<>();
  final List<MigrationMessage> letters = new ArrayList<>();

  /** A process that takes over at this state. */
  CopyRoad(ConversionState state, ConversionHand hand, long token) {
    this(state, hand, token, committed -> {}, Progress.NONE);
  }

  /**
   * The same for a process that can be killed.
   *
   * @param commit keeps each state before anything is done about it
   */
  CopyRoad(
      ConversionState state,
      ConversionHand hand,
      long token,
      Consumer<ConversionState> commit,
      Progress progress) {
    this.state = state;
    this.hand = hand;
    this.token = token;
    this.commit = commit;
    this.progress = progress;
  }

  static CopyRoad begin(String key, ConversionHand hand) {
    return new CopyRoad(new ConversionDecider().initial(key), hand, 1);
  }

  /** Whether a letter says how a copy ended. */
  static boolean ended(MigrationMessage letter) {
    return letter instanceof MigrationMessage.CopyCompleted
        || letter instanceof MigrationMessage.CopyFailed;
  }

  void tell(ConversionMessage message) {
    inbox.add(new Input.Told<>(message, Actor.service("executor")));
  }

  /** Runs until such a letter was written. */
  MigrationMessage until(Predicate<MigrationMessage> wanted) throws InterruptedException {
    runUntil(() -> letters.stream().anyMatch(wanted));
    return letters.stream().filter(wanted).findFirst().orElseThrow();
  }

  /** Runs until an effect of this kind is in flight. */
  void untilRuns(Class<? extends ConversionEffect> effect) throws InterruptedException {
    runUntil(
        () -> brain.resume(state).stream().anyMatch(intent -> effect.isInstance(intent.effect())));
  }

  private void runUntil(java.util.function.BooleanSupplier done) throws InterruptedException {
    long end = System.nanoTime() + Duration.ofMinutes(4).toNanos();
    apply();
    while (!done.getAsBoolean()) {
      if (System.nanoTime() > end) {
        throw new AssertionError("not in four minutes: " + facts);
      }
      ring();
      var input = inbox.poll(20, TimeUnit.MILLISECONDS);
      if (input != null) {
        take(input);
      }
    }
  }

  private void take(Input<ConversionMessage, CopyEvidence> input) {
    Decision<ConversionFact> decision = brain.decide(state, input, Instant.now());
    for (ConversionFact fact : decision.facts()) {
      facts.add(fact);
      state = brain.evolve(state, fact);
    }
    for (Letter letter : decision.letters()) {
      letters.add((MigrationMessage) letter.message());
    }
    commit.accept(state);
    apply();
  }

  private void apply() {
    for (Intent<ConversionEffect> intent : brain.resume(state)) {
      AtomicBoolean stop = running.get(intent.id());
      if (stop == null && intent.stopping()) {
        running.put(intent.id(), new AtomicBoolean(true));
        inbox.add(new Input.Seen<>(intent.id(), new Outcome.Stopped<>()));
      } else if (stop == null) {
        start(intent);
      } else if (intent.stopping()) {
        stop.set(true);
      }
    }
  }

  private void start(Intent<ConversionEffect> intent) {
    var stop = new AtomicBoolean();
    running.put(intent.id(), stop);
    var order =
        new Order<>(
            intent.id(),
            state.key(),
            new Token(token),
            intent.effect(),
            (StopSignal) stop::get,
            progress);
    Thread.ofVirtual()
        .start(() -> {
          Outcome<CopyEvidence> outcome;
          try {
            outcome = hand.ensure(order);
          } catch (StopSignal.Stopped e) {
            outcome = new Outcome.Stopped<>();
          } catch (RuntimeException e) {
            outcome =
                new Outcome.Failed<>(
                    new Problem(
                        Problem.Kind.TRANSIENT, "effect-broke", e.toString(), "See the log."));
          }
          inbox.add(new Input.Seen<>(intent.id(), outcome));
        });
  }

  private void ring() {
    for (Timer timer : brain.timers(state)) {
      if (!timer.due().isAfter(Instant.now()) && set.add(timer)) {
        inbox.add(new Input.Rang<>(timer.id(), timer.due()));
      }
    }
  }

  /** The process is killed: what runs is cut off, nothing of it is heard of any more. */
  @Override
  public void close() {
    running.values().forEach(stop -> stop.set(true));
  }
}
