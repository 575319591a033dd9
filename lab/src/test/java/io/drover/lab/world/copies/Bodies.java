// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Letter;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.Progress;
import io.drover.engine.ServiceSpec;
import io.drover.engine.StopSignal;
import io.drover.engine.Timer;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.EffectId;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import io.drover.schemas.Problem;
import io.drover.schemas.Token;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * The least process that can run several brains with their real hands: one inbox in memory, effects
 * on virtual threads, no Kafka. What the brains say to each other arrives.
 */
final class Bodies implements AutoCloseable {
  private final Map<Brain, Body<?, ?, ?, ?, ?>> bodies = new EnumMap<>(Brain.class);
  private final LinkedBlockingQueue<Runnable> inbox = new LinkedBlockingQueue<>();

  <S, M extends Message, O, F extends Fact, E> void run(ServiceSpec<S, M, O, F, E> spec) {
    bodies.put(spec.brain(), new Body<>(spec));
  }

  void tell(Brain to, String key, Message message, Actor by) {
    Body<?, ?, ?, ?, ?> body = bodies.get(to);
    if (body != null) {
      inbox.add(() -> body.told(key, message, by));
    }
  }

  <S> S state(Brain brain, String key, Class<S> type) {
    return type.cast(of(brain).state(key));
  }

  /** The facts of a brain so far, in order. */
  List<Fact> facts(Brain brain) {
    return of(brain).facts;
  }

  private Body<?, ?, ?, ?, ?> of(Brain brain) {
    Body<?, ?, ?, ?, ?> body = bodies.get(brain);
    if (body == null) {
      throw new IllegalArgumentException("No brain " + brain);
    }
    return body;
  }

  /** Runs until it is so. */
  void until(BooleanSupplier so, Duration most) throws InterruptedException {
    long end = System.nanoTime() + most.toNanos();
    while (!so.getAsBoolean()) {
      if (System.nanoTime() > end) {
        var last = new StringBuilder("not within " + most + ":");
        bodies.forEach((brain, body) -> last.append('\n').append(brain).append(' ').append(body));
        throw new AssertionError(last);
      }
      bodies.values().forEach(Body::ring);
      Runnable input = inbox.poll(20, TimeUnit.MILLISECONDS);
      if (input != null) {
        input.run();
      }
    }
  }

  @Override
  public void close() {
    bodies.values().forEach(Body::stop);
  }

  /** One brain. */
  private final class Body<S, M extends Message, O, F extends Fact, E> {
    private final ServiceSpec<S, M, O, F, E> spec;
    private final Map<String, S> states = new HashMap<>();
    private final Map<EffectId, AtomicBoolean> begun = new HashMap<>();
    private final HashSet<String> rung = new HashSet<>();
    private final List<Fact> facts = new ArrayList<>();

    Body(ServiceSpec<S, M, O, F, E> spec) {
      this.spec = spec;
    }

    S state(String key) {
      return states.computeIfAbsent(key, spec.decider()::initial);
    }

    void told(String key, Message message, Actor by) {
      take(key, new Input.Told<>(spec.types().message().cast(message), by));
    }

    private void take(String key, Input<M, O> input) {
      Decision<F> decision = spec.decider().decide(state(key), input, Instant.now());
      S state = state(key);
      for (F fact : decision.facts()) {
        state = spec.decider().evolve(state, fact);
        facts.add(fact);
      }
      states.put(key, state);
      for (Letter letter : decision.letters()) {
        tell(letter.to(), letter.key(), letter.message(), Actor.service(spec.brain().entity()));
      }
      for (Intent<E> intent : spec.decider().resume(state)) {
        AtomicBoolean stop = begun.get(intent.id());
        if (stop == null) {
          begin(key, intent);
        } else if (intent.stopping()) {
          stop.set(true);
        }
      }
    }

    private void begin(String key, Intent<E> intent) {
      var stop = new AtomicBoolean(intent.stopping());
      begun.put(intent.id(), stop);
      var order =
          new Order<>(
              intent.id(),
              key,
              new Token(1),
              intent.effect(),
              (StopSignal) stop::get,
              Progress.NONE);
      Thread.ofVirtual()
          .start(() -> {
            Outcome<O> outcome = ensure(order);
            inbox.add(() -> take(key, new Input.Seen<>(order.id(), outcome)));
          });
    }

    private Outcome<O> ensure(Order<E> order) {
      try {
        return spec.hand().ensure(order);
      } catch (StopSignal.Stopped e) {
        return new Outcome.Stopped<>();
      } catch (Exception e) {
        return new Outcome.Failed<>(
            new Problem(Problem.Kind.TRANSIENT, "effect-broke", e.toString(), "See the log."));
      }
    }

    void ring() {
      for (Map.Entry<String, S> entry : List.copyOf(states.entrySet())) {
        for (Timer timer : spec.decider().timers(entry.getValue())) {
          if (!timer.due().isAfter(Instant.now()) && rung.add(entry.getKey() + timer)) {
            take(entry.getKey(), new Input.Rang<>(timer.id(), timer.due()));
          }
        }
      }
    }

    /** The last facts and what is in flight, for a test that waited in vain. */
    @Override
    public String toString() {
      var running = new ArrayList<String>();
      states.values().forEach(s -> spec.decider().resume(s).forEach(i -> running.add("" + i.id())));
      return running + " after " + facts.subList(Math.max(0, facts.size() - 6), facts.size());
    }

    void stop() {
      begun.values().forEach(stop -> stop.set(true));
    }
  }
}
