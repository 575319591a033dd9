// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import io.drover.engine.Input;
import io.drover.engine.Outcome;
import io.drover.engine.Timer;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.EffectId;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import io.drover.schemas.Problem;
import io.drover.schemas.Token;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Writes what a body has to say into the brain's own inbox: outcomes, timers, sights. */
public final class Answering<S, M extends Message, O, F extends Fact>
    implements Lanes.Answers<O>, Alarms.Bell {
  private static final Logger LOG = LoggerFactory.getLogger(Answering.class);

  private final Brain brain;
  private final Codec<S, M, O, F> codec;
  private final Inbox inbox;
  private final Errands errands;

  /** Runs what may wait for the log: on a virtual thread, or at once in the simulation. */
  @FunctionalInterface
  public interface Errands {
    void run(Errand errand);
  }

  /** Something that may wait. */
  @FunctionalInterface
  public interface Errand {
    void run() throws InterruptedException;
  }

  public Answering(Brain brain, Codec<S, M, O, F> codec, Inbox inbox, Errands errands) {
    this.brain = brain;
    this.codec = codec;
    this.inbox = inbox;
    this.errands = errands;
  }

  /** Errands on virtual threads; an interrupt means that the process ends. */
  public static Errands onVirtualThreads() {
    return errand ->
        Thread.startVirtualThread(() -> {
          try {
            errand.run();
          } catch (InterruptedException e) {
            LOG.debug("An errand was given up, the process ends");
          }
        });
  }

  @Override
  public void answer(String key, EffectId effect, Token token, Outcome<O> outcome) {
    var headers = Map.of(Inbox.TOKEN, Long.toString(token.value()));
    errands.run(() -> {
      try {
        inbox.append(brain, key, headers, codec.write(new Input.Seen<>(effect, outcome)));
      } catch (RuntimeException e) {
        // It cannot be written as it is, and the brain must not wait for ever.
        LOG.error(
            "An outcome cannot be written brain={} key={} effect={} reason={}",
            brain.entity(),
            key,
            effect,
            Reasons.types(e));
        var problem =
            new Problem(
                Problem.Kind.TRANSIENT,
                "outcome-unwritable",
                "The outcome of " + effect + " cannot be written (" + Reasons.types(e) + ").",
                "A step is tried again, a plan has to be proposed anew; report it with the log"
                    + " of the service.");
        inbox.append(
            brain,
            key,
            headers,
            codec.write(new Input.Seen<>(effect, new Outcome.Failed<>(problem))));
      }
    });
  }

  @Override
  public void ring(String key, Timer timer) {
    errands.run(() ->
        inbox.append(brain, key, Map.of(), codec.write(new Input.Rang<>(timer.id(), timer.due()))));
  }

  /** Writes what an eye saw; returns once the inbox holds it. */
  public void seen(String eye, String key, M message) throws InterruptedException {
    inbox.append(brain, key, Map.of(), codec.write(new Input.Told<>(message, Actor.service(eye))));
  }
}
