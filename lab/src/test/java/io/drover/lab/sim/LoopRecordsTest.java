// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.runtime.Outgoing;
import io.drover.schemas.Brain;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What a loop keeps in its state topic: states in parts, and how far it is. */
class LoopRecordsTest extends LoopYard {
  @Test
  void aStateInPartsIsWrittenPartByPartAndReadAsOne() {
    toy = new Toy.InParts();
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("a"));
    tell(Toy.begin("b"));
    taken(step(loop));
    long before = log.end(Brain.MIGRATION.state(), 0);

    tell(Toy.stop("b"));
    taken(step(loop));

    assertThat(log.read(Brain.MIGRATION.state(), 0, before, 100))
        .as("the part of b, the rest and the position")
        .hasSize(3);
    assertThat(states()).containsKeys("~part/4/vc/1/a", "~part/4/vc/1/b");
    var next = owner();
    taken(next.takeOver(now));
    assertThat(next.state(KEY)).isEqualTo(loop.state(KEY));
  }

  @Test
  void aPartThatIsNotThereAnyMoreIsRemoved() {
    toy = new Toy.InParts();
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(loop));

    running.get("a#1").accept(new Outcome.Done<>(new Toy.Observed.SeenDone("ok")));
    taken(step(loop));

    assertThat(states()).doesNotContainKey("~part/4/vc/1/a");
    var next = owner();
    taken(next.takeOver(now));
    assertThat(next.state(KEY)).isEqualTo(loop.state(KEY));
  }

  @Test
  void aStateOfBeforeThereWerePartsIsKeptInPartsFromTheTakeOverOn() {
    var old = owner();
    taken(old.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(old));
    assertThat(states()).doesNotContainKey("~part/4/vc/1/a");
    toy = new Toy.InParts();

    var next = owner();
    taken(next.takeOver(now));

    assertThat(next.state(KEY)).isEqualTo(old.state(KEY));
    assertThat(states()).containsKey("~part/4/vc/1/a");
    tell(Toy.begin("b"));
    taken(step(next));
    var third = owner();
    taken(third.takeOver(now));
    assertThat(third.state(KEY)).isEqualTo(next.state(KEY));
  }

  @Test
  void aPositionThatCannotBeReadIsThatBehindTheLastMark() {
    lostPosition("no JSON".getBytes(StandardCharsets.UTF_8));
  }

  @Test
  void aPositionThatIsMissingIsThatBehindTheLastMark() {
    lostPosition(null);
  }

  @SuppressWarnings("NullAway")
  private void lostPosition(byte[] record) {
    // Given an owner that dealt with two inputs and left a third
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("a"));
    tell("vc/2", Toy.begin("b"));
    taken(step(loop));
    tell(Toy.begin("c"));
    long last = loop.next();
    log.append(new Outgoing(Brain.MIGRATION.state(), 0, "~meta/0", Map.of(), record));
    // When the next owner cannot read how far it was
    var next = owner();
    taken(next.takeOver(now));
    // Then nothing is left out, and nothing is done twice
    assertThat(next.next()).isEqualTo(last);
    taken(step(next));
    assertThat(story(KEY)).containsExactly("begin a", "begin c");
    assertThat(story("vc/2")).containsExactly("begin b");
  }

  @Test
  void aRecordOfTheStateTopicThatIsNobodysIsPassedOver() {
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("a"));
    taken(step(loop));
    for (String key : List.of("~part/x", "~part/99/k/a", "~part/", "~meta/7", "~later/1")) {
      log.append(
          new Outgoing(
              Brain.MIGRATION.state(), 0, key, Map.of(), "{}".getBytes(StandardCharsets.UTF_8)));
    }
    var next = owner();
    taken(next.takeOver(now));
    assertThat(next.next()).isEqualTo(loop.next());
    assertThat(next.state(KEY)).isEqualTo(loop.state(KEY));
    assertThat(next.quarantined()).isEmpty();
  }
}
