// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import io.drover.engine.Hand;
import io.drover.engine.Obstacle;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.StopSignal;
import io.drover.schemas.Problem;
import java.util.function.Consumer;

/** A hand in simulated time: begins at once, acts and ends by events of the simulation. */
@FunctionalInterface
public interface SimHand<E, O> {
  /**
   * Begins. The hand's process may die or pause at any moment: what is scheduled with {@code
   * process} dies and pauses with it, what is scheduled with the simulation happens all the same.
   *
   * @param ended to be called once, when nothing of the effect runs any more
   */
  void begin(Order<E> order, Simulation.Process process, Consumer<Outcome<O>> ended);

  /**
   * A plain hand on ports that answer at once (models): it is asked at a random moment after it
   * began, and its outcome is known at a random moment after that. Sometimes what it sent lands
   * although its process has died.
   */
  static <E, O> SimHand<E, O> of(Hand<E, O> hand) {
    return (order, process, ended) -> {
      var sim = process.simulation();
      if (sim.luck(sim.faults().lateAct() * 0.2)) {
        // On its way when the process dies, and nobody hears the answer.
        sim.after(
            sim.span(60_000),
            () -> {
              if (!process.alive()) {
                var unheard = ask(hand, order);
                sim.trace("late " + order.id() + " " + unheard);
              }
            });
      }
      process.after(
          sim.span(2_000),
          () -> {
            Outcome<O> outcome = order.stop().raised() ? new Outcome.Stopped<>() : ask(hand, order);
            process.after(sim.span(500), () -> ended.accept(outcome));
          });
    };
  }

  private static <E, O> Outcome<O> ask(Hand<E, O> hand, Order<E> order) {
    try {
      return hand.ensure(order);
    } catch (StopSignal.Stopped e) {
      return new Outcome.Stopped<>();
    } catch (Obstacle e) {
      return new Outcome.Failed<>(e.problem());
    } catch (Simulation.Failure e) {
      throw e;
    } catch (Exception e) {
      return new Outcome.Failed<>(
          new Problem(
              Problem.Kind.TRANSIENT,
              "hand-failed",
              "The hand broke off (" + e.getClass().getSimpleName() + ").",
              "It is tried again."));
    }
  }
}
