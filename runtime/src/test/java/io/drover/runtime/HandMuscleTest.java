// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.drover.engine.Hand;
import io.drover.engine.Obstacle;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.schemas.Brain;
import io.drover.schemas.EffectId;
import io.drover.schemas.Problem;
import io.drover.schemas.Token;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.slf4j.LoggerFactory;

/** Whatever a hand does, its effect has exactly one outcome, and no secret leaves it. */
class HandMuscleTest {
  private static Order<String> order(StopSignal stop) {
    return new Order<>(new EffectId("e-1"), "k", new Token(1), "Ensure", stop, Progress.NONE);
  }

  private static Outcome<String> ensure(Hand<String, String> hand, StopSignal stop)
      throws Exception {
    var outcome = new CompletableFuture<Outcome<String>>();
    new HandMuscle<String, String>(
            Brain.MIGRATION, hand, ProgressSink.none(), () -> true, Vitals.NONE)
        .begin(order(stop), outcome::complete);
    return outcome.get(10, TimeUnit.SECONDS);
  }

  @Test
  void anOutcomeIsPassedOn() throws Exception {
    assertThat(ensure(o -> new Outcome.Done<>("seen"), StopSignal.NEVER))
        .isEqualTo(new Outcome.Done<>("seen"));
  }

  /** What a port of some room throws. */
  private static final class Blocked extends Obstacle {
    private static final long serialVersionUID = 1;

    Blocked(Problem problem) {
      super(problem);
    }
  }

  @Test
  void anObstacleThatAHandLetsThroughIsItsProblem() throws Exception {
    var problem = new Problem(Problem.Kind.REFUSED, "no-room", "There is no room.", "Make some.");

    var outcome =
        ensure(
            o -> {
              throw new Blocked(problem);
            },
            StopSignal.NEVER);

    assertThat(outcome).isEqualTo(new Outcome.Failed<String>(problem));
  }

  @Test
  void whatFailedIsInTheLog() throws Exception {
    var log = (Logger) LoggerFactory.getLogger(HandMuscle.class);
    var lines = new ListAppender<ILoggingEvent>();
    Level before = log.getLevel();
    log.setLevel(Level.INFO);
    lines.start();
    log.addAppender(lines);
    try {
      ensure(
          o ->
              new Outcome.Failed<>(
                  new Problem(Problem.Kind.TRANSIENT, "broke", "It broke.", "Look at it.")),
          StopSignal.NEVER);
    } finally {
      log.detachAppender(lines);
      log.setLevel(before);
    }

    assertThat(lines.list)
        .extracting(ILoggingEvent::getFormattedMessage)
        .contains(
            "An effect failed brain=migration key=k effect=e-1 kind=String code=broke:"
                + " It broke. Look at it.");
  }

  @Test
  void anExceptionIsATransientProblemWithoutItsMessage() throws Exception {
    var outcome =
        ensure(
            o -> {
              throw new IllegalStateException("https://admin:hunter2@vcenter/ refused");
            },
            StopSignal.NEVER);
    assertThat(outcome).isInstanceOf(Outcome.Failed.class);
    Problem problem = ((Outcome.Failed<String>) outcome).problem();
    assertThat(problem.kind()).isEqualTo(Problem.Kind.TRANSIENT);
    assertThat(problem.toString()).contains("IllegalStateException").doesNotContain("hunter2");
  }

  @ParameterizedTest
  @ValueSource(classes = {OutOfMemoryError.class, InternalError.class, NoClassDefFoundError.class})
  void noErrorLeavesAnEffectWithoutAnOutcome(Class<? extends Error> error) throws Exception {
    Error thrown = error.getDeclaredConstructor(String.class).newInstance("hunter2");

    var outcome =
        ensure(
            o -> {
              throw thrown;
            },
            StopSignal.NEVER);

    assertThat(outcome).isInstanceOf(Outcome.Failed.class);
    assertThat(outcome.toString()).contains(error.getSimpleName()).doesNotContain("hunter2");
  }

  @Test
  void aRaisedStopIsStopped() throws Exception {
    assertThat(
            ensure(
                o -> {
                  o.stop().check();
                  return new Outcome.Done<>("never");
                },
                () -> true))
        .isEqualTo(new Outcome.Stopped<>());
  }

  @Test
  void noEffectBeginsWhileTheGateIsClosed() throws Exception {
    var open = new AtomicBoolean();
    var begun = new AtomicBoolean();
    var outcome = new CompletableFuture<Outcome<String>>();
    new HandMuscle<String, String>(
            Brain.MIGRATION,
            o -> {
              begun.set(open.get());
              return new Outcome.Done<>("seen");
            },
            ProgressSink.none(),
            open::get,
            Vitals.NONE)
        .begin(order(StopSignal.NEVER), outcome::complete);
    Thread.sleep(50);
    assertThat(outcome).isNotDone();
    open.set(true);
    assertThat(outcome.get(10, TimeUnit.SECONDS)).isEqualTo(new Outcome.Done<>("seen"));
    assertThat(begun).isTrue();
  }

  @Test
  void progressIsThrottledButTheLastReportGetsThrough() {
    List<Long> heard = new CopyOnWriteArrayList<>();
    Progress progress =
        ProgressSink.throttled(
            order(StopSignal.NEVER), (o, subject, what, done, total) -> heard.add(done));
    for (long done = 0; done <= 1000; done++) {
      progress.report("2000", "copying", done, 1000);
    }
    assertThat(heard).startsWith(0L).endsWith(1000L).hasSizeLessThan(10);
  }
}
