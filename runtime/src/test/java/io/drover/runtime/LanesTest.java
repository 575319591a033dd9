// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.engine.Intent;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.schemas.EffectId;
import io.drover.schemas.Token;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** What runs agrees with what the state wants; one at a time in a lane. */
class LanesTest {
  private static final Token TOKEN = new Token(7);

  private final Map<String, Consumer<Outcome<String>>> running = new LinkedHashMap<>();
  private final Map<String, Order<String>> orders = new LinkedHashMap<>();
  private final List<String> begun = new ArrayList<>();
  private final List<String> answers = new ArrayList<>();
  private final Lanes<String, String> lanes =
      new Lanes<>(
          (order, ended) -> {
            begun.add(order.id().value());
            running.put(order.id().value(), ended);
            orders.put(order.id().value(), order);
          },
          (key, effect, token, outcome) ->
              answers.add(effect + " " + outcome.getClass().getSimpleName()));

  private static Intent<String> run(String id, String lane) {
    return Intent.run(new EffectId(id), lane, id);
  }

  private static Intent<String> stop(String id, String lane) {
    return Intent.stop(new EffectId(id), lane, id);
  }

  @SafeVarargs
  private void want(Intent<String>... intents) {
    lanes.want(0, "k", TOKEN, List.of(intents));
  }

  private void end(String id, Outcome<String> outcome) {
    var ended = running.remove(id);
    assertThat(ended).as("runs: " + id).isNotNull();
    ended.accept(outcome);
  }

  @Test
  void effectsOfALaneRunOneAtATimeInOrderAndLanesSideBySide() {
    want(run("a", "disk-1"), run("b", "disk-1"), run("c", "disk-2"));
    assertThat(begun).containsExactly("a", "c");
    end("a", new Outcome.Done<>("ok"));
    assertThat(begun).containsExactly("a", "c", "b");
    assertThat(answers).containsExactly("a Done");
  }

  @Test
  void whatRunsIsNotBegunAgain() {
    want(run("a", "l"));
    want(run("a", "l"));
    assertThat(begun).containsExactly("a");
  }

  @Test
  void whatWasAnsweredIsNotBegunAgainWhileItsOutcomeTravels() {
    want(run("a", "l"));
    end("a", new Outcome.Done<>("ok"));
    want(run("a", "l"));
    assertThat(begun).containsExactly("a");
    assertThat(lanes.running()).isZero();
  }

  @Test
  void aStopIsRaisedAndAnsweredByTheHandItself() {
    want(run("a", "l"));
    want(stop("a", "l"));
    assertThat(orders.get("a").stop().raised()).isTrue();
    assertThat(answers).isEmpty();
    end("a", new Outcome.Stopped<>());
    assertThat(answers).containsExactly("a Stopped");
  }

  @Test
  void aStopOfWhatWaitsIsAnsweredAtOnceAndItNeverBegins() {
    want(run("a", "l"), run("b", "l"));
    want(run("a", "l"), stop("b", "l"));
    assertThat(answers).containsExactly("b Stopped");
    end("a", new Outcome.Done<>("ok"));
    assertThat(begun).containsExactly("a");
  }

  @Test
  void aStopOfWhatDoesNotRunHereIsAnsweredOnce() {
    want(stop("a", "l"));
    want(stop("a", "l"));
    assertThat(begun).isEmpty();
    assertThat(answers).containsExactly("a Stopped");
  }

  @Test
  void whatVanishedFromTheStateEndsQuietlyAndKeepsItsLaneUntilThen() {
    want(run("a", "l"));
    want(run("undo", "l"));
    assertThat(orders.get("a").stop().raised()).isTrue();
    assertThat(begun).containsExactly("a");
    end("a", new Outcome.Stopped<>());
    assertThat(begun).containsExactly("a", "undo");
    assertThat(answers).isEmpty();
  }

  @Test
  void anEffectWantedAgainByANewOwnershipWaitsForItsOldRun() {
    want(run("a", "l"));
    lanes.halt(0);
    assertThat(orders.get("a").stop().raised()).isTrue();
    want(run("a", "l"));
    assertThat(begun).containsExactly("a");
    end("a", new Outcome.Stopped<>());
    assertThat(begun).containsExactly("a", "a");
    assertThat(answers).isEmpty();
  }

  @Test
  void aStopWantedByANewOwnershipIsAnsweredOnceTheOldRunHasEnded() {
    want(run("a", "l"));
    lanes.halt(0);
    want(stop("a", "l"));
    assertThat(answers).isEmpty();
    end("a", new Outcome.Stopped<>());
    assertThat(answers).containsExactly("a Stopped");
  }

  @Test
  void keysThatAreGoneFromThePartitionEnd() {
    want(run("a", "l"));
    lanes.keep(0, Set.of("other"));
    assertThat(orders.get("a").stop().raised()).isTrue();
  }

  @Test
  void aHandThatEndsTwiceIsABug() {
    want(run("a", "l"));
    var ended = running.get("a");
    ended.accept(new Outcome.Done<>("ok"));
    assertThatThrownBy(() -> ended.accept(new Outcome.Done<>("ok")))
        .hasMessageContaining("ended twice");
  }
}
