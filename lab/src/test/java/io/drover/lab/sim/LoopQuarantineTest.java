// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.runtime.Entry;
import io.drover.runtime.Inbox;
import io.drover.runtime.Outgoing;
import io.drover.schemas.Brain;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What cannot be decided, read or written keeps its key waiting, and nobody else. */
class LoopQuarantineTest extends LoopYard {
  @Test
  void aKeyThatCannotBeDecidedWaitsAndOthersGoOn() {
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("poison-decide"));
    tell(Toy.begin("after"));
    tell("vc/2", Toy.begin("well"));
    taken(step(loop));
    assertThat(story(KEY)).isEmpty();
    assertThat(story("vc/2")).containsExactly("begin well");
    assertThat(loop.quarantined().get(KEY)).contains("cannot decide this");
    assertThat(quarantine())
        .extracting(e -> e.headers().get("drover-offset") + " " + e.headers().get("drover-reason"))
        .containsExactly("0 IllegalStateException: cannot decide this", "1 parked");
  }

  @Test
  void aPoisonousFactIsNeverWritten() {
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("poison-evolve"));
    taken(step(loop));
    assertThat(story(KEY)).isEmpty();
    assertThat(loop.quarantined().get(KEY)).contains("cannot fold this");
  }

  @Test
  void quarantineOutlivesItsOwnerAndARetryDecidesAllThatWaitedInOrder() {
    var sick = owner();
    taken(sick.takeOver(now));
    tell(Toy.begin("before"));
    tell(Toy.begin("poison-decide"));
    tell(Toy.begin("after"));
    taken(step(sick));
    var loop = owner();
    taken(loop.takeOver(now));
    assertThat(loop.quarantined()).containsKey(KEY);
    toy.cured = true;
    control(Inbox.RETRY_QUARANTINED);
    taken(step(loop));
    assertThat(story(KEY)).containsExactly("begin before", "begin poison-decide", "begin after");
    assertThat(loop.quarantined()).isEmpty();
    assertThat(begun).contains("after#1");
  }

  @Test
  void aRetryOfWhatIsStillPoisonousKeepsTheKeyWaiting() {
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("poison-decide"));
    tell(Toy.begin("after"));
    control(Inbox.RETRY_QUARANTINED);
    taken(step(loop));
    assertThat(loop.quarantined()).containsKey(KEY);
    toy.cured = true;
    control(Inbox.RETRY_QUARANTINED);
    taken(step(loop));
    assertThat(story(KEY)).containsExactly("begin poison-decide", "begin after");
  }

  @Test
  void aSkipLeavesTheUndecodableInputOut() {
    var loop = owner();
    taken(loop.takeOver(now));
    log.append(
        new Outgoing(
            Brain.MIGRATION.inbox(),
            0,
            KEY,
            Map.of(),
            "{no json".getBytes(StandardCharsets.UTF_8)));
    tell(Toy.begin("after"));
    taken(step(loop));
    assertThat(loop.quarantined()).containsKey(KEY);
    assertThat(new String(quarantine().getFirst().value(), StandardCharsets.UTF_8))
        .isEqualTo("{no json");
    control(Inbox.SKIP_QUARANTINED);
    taken(step(loop));
    assertThat(story(KEY)).containsExactly("begin after");
  }

  @Test
  void aStateThatCannotBeReadStopsItsKeyOnly() {
    var before = owner();
    taken(before.takeOver(now));
    tell("vc/2", Toy.begin("well"));
    taken(step(before));
    byte[] broken =
        "{\"state\":{\"jobs\":7},\"offset\":3,\"sequence\":5}".getBytes(StandardCharsets.UTF_8);
    log.append(new Outgoing(Brain.MIGRATION.state(), 0, KEY, Map.of(), broken));
    log.append(
        new Outgoing(
            Brain.MIGRATION.state(), 0, "vc/3", Map.of(), "junk".getBytes(StandardCharsets.UTF_8)));
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("more"));
    tell("vc/3", Toy.begin("more"));
    tell("vc/2", Toy.begin("better"));
    taken(step(loop));
    assertThat(loop.quarantined()).containsOnlyKeys(KEY, "vc/3");
    assertThat(story("vc/2")).containsExactly("begin well", "begin better");
    // And what could not be read is still there, for a version that can
    byte[] kept = log.compacted(Brain.MIGRATION.state(), 0).get(KEY);
    assertThat(new String(kept, StandardCharsets.UTF_8)).contains("\"jobs\":7");
    var next = owner();
    taken(next.takeOver(now));
    control(Inbox.RETRY_QUARANTINED);
    taken(step(next));
    assertThat(next.quarantined()).containsOnlyKeys(KEY, "vc/3");
  }

  @Test
  void aLargeStateThatCannotBeReadKeepsNobodyFromTakingOver() {
    byte[] junk = "x".repeat(7 << 20).getBytes(StandardCharsets.UTF_8);
    log.append(new Outgoing(Brain.MIGRATION.state(), 0, KEY, Map.of(), junk));
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("more"));
    tell("vc/2", Toy.begin("well"));
    taken(step(loop));
    byte[] kept = states().get(KEY);

    var next = owner();
    taken(next.takeOver(now));

    assertThat(kept).isEqualTo(junk);
    assertThat(next.quarantined()).containsOnlyKeys(KEY);
    assertThat(story("vc/2")).containsExactly("begin well");
    // What waits is known from its beginning, once a version can read the state.
    byte[] mended = "{\"offset\":0,\"sequence\":5}".getBytes(StandardCharsets.UTF_8);
    log.append(new Outgoing(Brain.MIGRATION.state(), 0, KEY, Map.of(), mended));
    var third = owner();
    taken(third.takeOver(now));
    control(Inbox.RETRY_QUARANTINED);
    taken(step(third));
    assertThat(third.quarantined()).isEmpty();
    assertThat(story(KEY)).containsExactly("begin more");
    var last = owner();
    taken(last.takeOver(now));
    assertThat(last.quarantined()).isEmpty();
  }

  @Test
  void aRecordLargerThanTheLogTakesIsPoisonOfItsKey() {
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("x".repeat(9 * 1024 * 1024)));
    tell("vc/2", Toy.begin("well"));
    taken(step(loop));
    assertThat(loop.quarantined().get(KEY)).contains("the log takes");
    assertThat(story("vc/2")).containsExactly("begin well");
  }

  @Test
  void theCopyOfAnInputLargerThanTheLogTakesIsCutAndSaysSo() {
    var loop = owner();
    taken(loop.takeOver(now));
    var headers = Map.of("large", "h".repeat(9 << 20), "small", "kept");
    var large = new byte[1 << 20];
    log.append(new Outgoing(Brain.MIGRATION.inbox(), 0, KEY, headers, large));
    taken(step(loop));

    Entry copy = quarantine().getFirst();

    assertThat(copy.headers().keySet())
        .contains("input-small", "drover-reason", "drover-offset", "drover-cut-bytes")
        .doesNotContain("input-large");
    assertThat(copy.headers().get("drover-cut-bytes")).hasSize("10485760".length());
    assertThat(copy.value()).isEmpty();
    assertThat(loop.quarantined()).containsKey(KEY);
  }

  @Test
  void aPartThatCannotBeReadIsPoisonOfItsKeyAndIsNotLost() {
    toy = new Toy.InParts();
    var loop = owner();
    taken(loop.takeOver(now));
    tell(Toy.begin("a"));
    tell("vc/2", Toy.begin("well"));
    taken(step(loop));
    byte[] good = states().get("~part/4/vc/1/a");
    part("no JSON".getBytes(StandardCharsets.UTF_8));

    var next = owner();
    taken(next.takeOver(now));

    assertThat(next.quarantined()).containsOnlyKeys(KEY);
    part(good);
    var mended = owner();
    taken(mended.takeOver(now));
    control(Inbox.RETRY_QUARANTINED);
    taken(step(mended));
    assertThat(mended.quarantined()).isEmpty();
    assertThat(mended.state(KEY)).isEqualTo(loop.state(KEY));
  }

  private void part(byte[] value) {
    log.append(new Outgoing(Brain.MIGRATION.state(), 0, "~part/4/vc/1/a", Map.of(), value));
  }

  @Test
  void aKeyThatIsNobodysTouchesNoStateAndNoLaterTakeOver() {
    // Given inputs under keys of the body's own records, and under one of absurd length
    var loop = owner();
    taken(loop.takeOver(now));
    var keys = List.of("~part/x", "~part/1/k/a", "~meta/0", "~meta/1", "k".repeat(100_000));
    for (String key : keys) {
      tell(key, Toy.begin("a"));
      log.append(
          new Outgoing(
              Brain.MIGRATION.inbox(),
              0,
              key,
              Map.of(),
              "garbage".getBytes(StandardCharsets.UTF_8)));
    }
    // When they are dealt with
    taken(step(loop));
    // Then they are shown, and the next owner finds what it would without them
    assertThat(quarantine()).hasSize(2 * keys.size());
    assertThat(loop.quarantined()).isEmpty();
    assertThat(states()).containsOnlyKeys("~meta/0");
    var next = owner();
    taken(next.takeOver(now));
    assertThat(next.next()).isEqualTo(loop.next());
  }
}
