// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.lab.sim.MemoryLog.Fate;
import io.drover.runtime.Alarms;
import io.drover.runtime.Inbox;
import io.drover.runtime.Lanes;
import io.drover.runtime.Limbs;
import io.drover.runtime.Outgoing;
import io.drover.runtime.PartitionLog.Ending;
import io.drover.runtime.PartitionLoop;
import io.drover.runtime.Vitals;
import io.drover.schemas.Brain;
import io.drover.schemas.Topics;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** One partition step by step: every fate of every commit, owners one after the other. */
class LoopTest extends LoopYard {
  @Test
  void theOffsetOfTheClaimIsTheTokenAndItGrows() {
    var first = owner();
    taken(first.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(first));
    var second = owner();
    taken(second.takeOver(now));
    assertThat(second.token()).isGreaterThan(first.token());
    assertThat(orders.get("a#1").token()).isEqualTo(second.token());
    var claim = log.read(Brain.MIGRATION.facts(), 0, second.token().value(), 1).getFirst();
    assertThat(claim.headers()).containsEntry("ce_type", "io.drover.migration.ownerClaimed.v1");
  }

  @Test
  void effectsBeginOnlyAfterTheCommit() {
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("a"));
    fates.add(Fate.POSTPONED);
    assertThat(step(loop)).isInstanceOf(Ending.Postponed.class);
    assertThat(begun).isEmpty();
    taken(step(loop));
    assertThat(begun).containsExactly("a#1");
  }

  @Test
  void whatAFormerOwnerSaidIsHeardBeforeAnythingIsBegunAgain() {
    // Given an effect whose outcome is told, but not dealt with
    var former = owner();
    taken(former.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(former));
    running.get("a#1").accept(new Outcome.Done<>(new Toy.Observed.SeenDone("ok")));
    // When another takes over
    var owner = owner();
    taken(owner.takeOver(now));
    taken(step(owner));
    // Then it is not begun once more
    assertThat(begun).containsExactly("a#1");
    assertThat(story(KEY)).contains("done a");
  }

  @Test
  void aTakeOverWhoseInboxEndsWithoutAnInputBeginsWhenThatIsTold() {
    var former = owner();
    taken(former.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(former));
    tell("vc/2", Toy.begin("b"));
    var owner = owner();
    taken(owner.takeOver(now));
    assertThat(begun).containsExactly("a#1");
    owner.heard(owner.next());
    assertThat(begun).containsExactly("a#1");
    owner.heard(owner.next() + 1);
    assertThat(begun).containsExactly("a#1", "a#1");
  }

  @Test
  void whatAFormerOwnerSaysTooLateIsNotOfTheRunBegunAnew() {
    // Given an effect that a former owner still runs, begun anew by its successor
    var former = owner();
    taken(former.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(former));
    var late = running.get("a#1");
    var owner = owner();
    taken(owner.takeOver(now));
    assertThat(begun).containsExactly("a#1", "a#1");
    // When the former tells its outcome
    late.accept(new Outcome.Done<>(new Toy.Observed.SeenDone("late")));
    taken(step(owner));
    // Then the run of the successor is what counts
    assertThat(story(KEY)).doesNotContain("done a");
    running.get("a#1").accept(new Outcome.Done<>(new Toy.Observed.SeenDone("ok")));
    taken(step(owner));
    assertThat(story(KEY)).containsOnlyOnce("done a");
  }

  @Test
  void theOwnerAfterTheNextKnowsWhatWasSaidTooLate() {
    // Given an outcome that is told after a successor began the effect anew, and a third owner
    var former = owner();
    taken(former.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(former));
    var late = running.get("a#1");
    taken(owner().takeOver(now));
    late.accept(new Outcome.Done<>(new Toy.Observed.SeenDone("late")));
    var third = owner();
    taken(third.takeOver(now));
    // When it hears what was said before its claim
    taken(step(third));
    // Then the late outcome does not count, and the effect is begun
    assertThat(story(KEY)).doesNotContain("done a");
    assertThat(begun).containsExactly("a#1", "a#1", "a#1");
    running.get("a#1").accept(new Outcome.Done<>(new Toy.Observed.SeenDone("ok")));
    taken(step(third));
    assertThat(story(KEY)).containsOnlyOnce("done a");
  }

  @Test
  void whatWaitedInQuarantineIsJudgedByWhoOwnedThePartitionThen() {
    // Given a key that is poisoned, its effect begun anew by a successor, and told late by the
    // former
    var former = owner();
    taken(former.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(former));
    var late = running.get("a#1");
    log.append(new Outgoing(Brain.MIGRATION.inbox(), 0, KEY, Map.of(), new byte[] {'?'}));
    taken(step(former));
    var second = owner();
    taken(second.takeOver(now));
    late.accept(new Outcome.Done<>(new Toy.Observed.SeenDone("late")));
    taken(step(second));
    // When a third owner lets the key out
    var third = owner();
    taken(third.takeOver(now));
    taken(step(third));
    control(Inbox.SKIP_QUARANTINED);
    taken(step(third));
    // Then what was told late does not count
    assertThat(third.quarantined()).isEmpty();
    assertThat(story(KEY)).doesNotContain("done a");
  }

  @Test
  void whatGoesOnInAProcessThatClaimsAnewCounts() {
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(loop));
    taken(loop.takeOver(now));
    running.get("a#1").accept(new Outcome.Done<>(new Toy.Observed.SeenDone("ok")));
    taken(step(loop));
    assertThat(begun).containsExactly("a#1");
    assertThat(story(KEY)).containsOnlyOnce("done a");
  }

  @Test
  void aFormerOwnerIsFencedAndWritesNothing() {
    var zombie = owner();
    taken(zombie.takeOver(now));
    var rightful = owner();
    taken(rightful.takeOver(now));
    tell(Toy.begin("a"));
    assertThat(step(zombie)).isInstanceOf(Ending.Fenced.class);
    assertThat(story(KEY)).isEmpty();
    assertThat(begun).isEmpty();
    taken(step(rightful));
    assertThat(story(KEY)).containsExactly("begin a");
  }

  @Test
  void whateverBecomesOfACommitTheStoryIsTheSame() {
    // Given the story without faults, and every fate at every one of its commits
    int commits = tellTheStory(List.of());
    List<String> expected = story(KEY);
    assertThat(expected).contains("done a", "stopped b", "done lane:c", "done lane:d");
    for (Fate fate : List.of(Fate.POSTPONED, Fate.UNKNOWN_LOST, Fate.UNKNOWN_KEPT, Fate.FENCED)) {
      for (int at = 0; at < commits; at++) {
        for (boolean restart : new boolean[] {false, true}) {
          var plan = new ArrayList<Fate>();
          for (int i = 0; i < at; i++) {
            plan.add(Fate.WRITTEN);
          }
          plan.add(fate);
          var other = new LoopTest();
          // When it goes wrong there, in the same process or with a new one
          other.restart = restart;
          other.tellTheStory(plan);
          // Then nothing is missing, and nothing twice
          assertThat(other.story(KEY))
              .as("%s at commit %d, restart %s", fate, at, restart)
              .containsExactlyInAnyOrderElementsOf(expected);
        }
      }
    }
  }

  private boolean restart;

  /** Begins, stops and ends jobs, each input twice; says how many commits it took. */
  private int tellTheStory(List<Fate> plan) {
    fates.addAll(plan);
    int commits = 0;
    var loop = owner();
    var told =
        List.of(
            Toy.begin("a"),
            Toy.begin("b"),
            Toy.begin("lane:c"),
            Toy.begin("lane:d"),
            Toy.stop("b"));
    var pending = new ArrayDeque<>(told);
    boolean mine = false;
    for (int round = 0; round < 200; round++) {
      commits++;
      Ending ending = mine ? step(loop) : loop.takeOver(now);
      switch (ending) {
        case Ending.Committed _ -> mine = true;
        case Ending.Postponed _ -> {}
        case Ending.Unknown _ -> {
          mine = false;
          if (restart) {
            running.clear();
            loop = owner();
          }
        }
        case Ending.Fenced _ -> {
          mine = false;
          running.clear();
          loop = owner();
        }
      }
      if (!mine) {
        continue;
      }
      if (!pending.isEmpty()) {
        tell(pending.peek());
        tell(pending.remove());
      } else if (!running.isEmpty()) {
        String id = running.keySet().iterator().next();
        boolean stopped = orders.get(id).stop().raised();
        running
            .remove(id)
            .accept(
                stopped
                    ? new Outcome.Stopped<>()
                    : new Outcome.Done<>(new Toy.Observed.SeenDone("ok")));
      } else if (waiting(loop.next()).isEmpty()) {
        return commits;
      }
    }
    throw new AssertionError("The story does not end");
  }

  @Test
  void outcomesAndTimersThatDoNotMatterAnyMoreAreNotHeard() {
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(loop));
    var ended = running.get("a#1");
    ended.accept(new Outcome.Done<>(new Toy.Observed.SeenDone("ok")));
    var outcome = waiting(loop.next()).getFirst();
    taken(step(loop));
    log.append(new Outgoing(Brain.MIGRATION.inbox(), 0, KEY, outcome.headers(), outcome.value()));
    taken(step(loop));
    assertThat(story(KEY)).containsExactly("begin a", "done a");
  }

  @Test
  void aTimerThatRingsTooEarlyByTheBrokersClockRingsAgain() {
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(loop));
    running
        .get("a#1")
        .accept(
            new Outcome.Failed<>(
                new io.drover.schemas.Problem(
                    io.drover.schemas.Problem.Kind.TRANSIENT, "x", "It.", "Do.")));
    taken(step(loop));
    assertThat(rings).hasSize(1);
    rings.getFirst().run();
    taken(step(loop));
    assertThat(story(KEY)).hasSize(2);
    now = now.plus(Toy.PAUSE);
    rings.get(1).run();
    taken(step(loop));
    assertThat(story(KEY)).last().isEqualTo("again a");
    assertThat(begun).containsExactly("a#1", "a#2");
  }

  @Test
  void lettersAndStatusesAreOfTheSameTransaction() {
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.write("vc"));
    fates.add(Fate.UNKNOWN_LOST);
    assertThat(step(loop)).isInstanceOf(Ending.Unknown.class);
    assertThat(log.all(Brain.DISPATCH.inbox(), 0)).isEmpty();
    assertThat(log.all(Topics.MIGRATION_STATUS, 0)).isEmpty();
    taken(loop.takeOver(now));
    taken(step(loop));
    assertThat(log.all(Brain.DISPATCH.inbox(), 0)).hasSize(1);
    assertThat(log.compacted(Topics.MIGRATION_STATUS, 0)).containsKey("toy");
  }

  @Test
  void inputsInAWrongPartitionAreNotDecided() {
    var wide =
        new PartitionLoop<>(
            toy.spec(_ -> new Outcome.Stopped<>(), List.of()),
            new PartitionLoop.Place(0, 64, "wide"),
            log.owner(Brain.MIGRATION, 0, tx -> Fate.WRITTEN, tx -> {}),
            new Limbs<>(
                new Lanes<>((order, ended) -> {}, (key, effect, token, outcome) -> {}),
                new Alarms(
                    new Alarms.Clockwork() {
                      @Override
                      public Instant now() {
                        return now;
                      }

                      @Override
                      public Runnable after(Duration delay, Runnable ring) {
                        return () -> {};
                      }
                    },
                    (key, timer) -> {})),
            Vitals.NONE);
    taken(wide.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(wide));
    assertThat(story(KEY)).isEmpty();
    assertThat(wide.quarantined()).isEmpty();
  }
}
