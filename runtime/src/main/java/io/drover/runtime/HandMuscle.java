// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import io.drover.engine.Hand;
import io.drover.engine.Obstacle;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.StopSignal;
import io.drover.schemas.Brain;
import io.drover.schemas.Problem;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs the hands of a brain, each effect on a virtual thread of its own. */
public final class HandMuscle<O, E> implements Lanes.Muscle<O, E> {
  private static final Logger LOG = LoggerFactory.getLogger(HandMuscle.class);
  private static final Duration GATE_PAUSE = Duration.ofMillis(100);

  private final Brain brain;
  private final Hand<E, O> hand;
  private final ProgressSink<E> progress;
  private final BooleanSupplier gate;
  private final Vitals vitals;
  private final Set<Thread> threads = ConcurrentHashMap.newKeySet();

  /**
   * @param gate whether an effect may begin: closed while this process does not know that it is
   *     still an owner
   */
  public HandMuscle(
      Brain brain, Hand<E, O> hand, ProgressSink<E> progress, BooleanSupplier gate, Vitals vitals) {
    this.brain = brain;
    this.hand = hand;
    this.progress = progress;
    this.gate = gate;
    this.vitals = vitals;
  }

  @Override
  public void begin(Order<E> order, Consumer<Outcome<O>> ended) {
    Thread.ofVirtual()
        .name("hand-" + brain.entity() + "-" + order.id())
        .start(() -> run(order, ended));
  }

  /** Interrupts what still runs: the last resort of a shutdown. */
  public void interrupt() {
    threads.forEach(Thread::interrupt);
  }

  private void run(Order<E> order, Consumer<Outcome<O>> ended) {
    threads.add(Thread.currentThread());
    String kind = order.effect().getClass().getSimpleName();
    long began = System.nanoTime();
    // An effect that ends without a word would hold its lane for ever.
    Outcome<O> outcome = new Outcome.Stopped<>();
    try {
      vitals.effectBegan(brain, kind);
      outcome = outcome(order, kind);
      vitals.effectEnded(
          brain,
          kind,
          outcome.getClass().getSimpleName(),
          Duration.ofNanos(System.nanoTime() - began));
    } finally {
      threads.remove(Thread.currentThread());
      ended.accept(outcome);
    }
  }

  @SuppressWarnings("ConstantValue")
  private Outcome<O> outcome(Order<E> order, String kind) {
    try {
      while (!gate.getAsBoolean()) {
        order.stop().check();
        Thread.sleep(GATE_PAUSE);
      }
      order.stop().check();
      var told =
          new Order<>(
              order.id(),
              order.key(),
              order.token(),
              order.effect(),
              order.stop(),
              ProgressSink.throttled(order, progress));
      Outcome<O> outcome = hand.ensure(told);
      if (outcome == null) {
        throw new IllegalStateException("A hand came back without an outcome");
      }
      return told(order, kind, outcome);
    } catch (StopSignal.Stopped e) {
      return new Outcome.Stopped<>();
    } catch (Obstacle e) {
      return order.stop().raised()
          ? new Outcome.Stopped<>()
          : told(order, kind, new Outcome.Failed<>(e.problem()));
    } catch (InterruptedException e) {
      return order.stop().raised() ? new Outcome.Stopped<>() : failed(order, kind, e);
    } catch (Throwable e) {
      return failed(order, kind, e);
    }
  }

  private Outcome<O> told(Order<E> order, String kind, Outcome<O> outcome) {
    if (outcome instanceof Outcome.Failed<O> failed) {
      LOG.info(
          "An effect failed brain={} key={} effect={} kind={} code={}: {}",
          brain.entity(),
          order.key(),
          order.id(),
          kind,
          failed.problem().code(),
          failed.problem());
    }
    return outcome;
  }

  private Outcome<O> failed(Order<E> order, String kind, Throwable e) {
    LOG.warn(
        "A hand failed without an outcome brain={} key={} effect={} kind={}",
        brain.entity(),
        order.key(),
        order.id(),
        kind,
        Reasons.trace(e));
    return new Outcome.Failed<>(
        new Problem(
            Problem.Kind.TRANSIENT,
            "hand-failed",
            kind + " broke off (" + Reasons.types(e) + ").",
            "It is tried again; if it stays so, look for effect "
                + order.id()
                + " in the log of the service."));
  }
}
