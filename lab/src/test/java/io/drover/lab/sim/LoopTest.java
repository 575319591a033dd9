// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.lab.sim.MemoryLog.Fate;
import io.drover.runtime.Alarms;
import io.drover.runtime.Answering;
import io.drover.runtime.Codec;
import io.drover.runtime.Entry;
import io.drover.runtime.Inbox;
import io.drover.runtime.Lanes;
import io.drover.runtime.Limbs;
import io.drover.runtime.Outgoing;
import io.drover.runtime.PartitionLog.Ending;
import io.drover.runtime.PartitionLoop;
import io.drover.runtime.Vitals;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.Topics;
import io.drover.schemas.wire.Events;
import io.drover.schemas.wire.WireEvent;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/** One partition step by step: every fate of every commit, poison, owners one after the other. */
class LoopTest {
  private static final Actor ADA = Actor.person("ada");
  private static final String KEY = "vc/1";

  private Instant now = Instant.parse("2026-03-01T10:00:00Z");
  private final MemoryLog log = new MemoryLog(() -> now);
  private Toy toy = new Toy();
  private final Queue<Fate> fates = new ArrayDeque<>();
  private final List<String> begun = new ArrayList<>();
  private final Map<String, Consumer<Outcome<Toy.Observed>>> running = new LinkedHashMap<>();
  private final Map<String, Order<Toy.Effect>> orders = new LinkedHashMap<>();
  private final List<Runnable> rings = new ArrayList<>();
  private int owners;

  private PartitionLoop<Toy.State, MigrationMessage, Toy.Observed, MigrationFact, Toy.Effect>
      owner() {
    var spec = toy.spec(_ -> new Outcome.Stopped<>(), List.of());
    var answering =
        new Answering<>(
            Brain.MIGRATION,
            new Codec<>(spec.types()),
            (to, key, headers, value) ->
                log.append(new Outgoing(to.inbox(), 0, key, headers, value)),
            errand -> {
              try {
                errand.run();
              } catch (InterruptedException e) {
                throw new IllegalStateException(e);
              }
            });
    var lanes =
        new Lanes<Toy.Observed, Toy.Effect>(
            (order, ended) -> {
              begun.add(order.id().value());
              running.put(order.id().value(), ended);
              orders.put(order.id().value(), order);
            },
            answering);
    var alarms =
        new Alarms(
            new Alarms.Clockwork() {
              @Override
              public Instant now() {
                return now;
              }

              @Override
              public Runnable after(Duration delay, Runnable ring) {
                rings.add(ring);
                return () -> rings.remove(ring);
              }
            },
            answering);
    return new PartitionLoop<>(
        spec,
        new PartitionLoop.Place(0, 1, "owner-" + ++owners),
        log.owner(
            Brain.MIGRATION, 0, tx -> fates.isEmpty() ? Fate.WRITTEN : fates.remove(), tx -> {}),
        new Limbs<>(lanes, alarms),
        Vitals.NONE);
  }

  private static void taken(Ending ending) {
    assertThat(ending).isInstanceOf(Ending.Committed.class);
  }

  private void tell(MigrationMessage message) {
    tell(KEY, message);
  }

  private void tell(String key, MigrationMessage message) {
    log.append(new Outgoing(Brain.MIGRATION.inbox(), 0, key, Map.of(), Codec.told(message, ADA)));
  }

  private void control(String word) {
    log.append(
        new Outgoing(Brain.MIGRATION.inbox(), 0, KEY, Map.of(Inbox.CONTROL, word), new byte[0]));
  }

  private List<Entry> waiting(long from) {
    return log.read(Brain.MIGRATION.inbox(), 0, from, 100);
  }

  private Ending step(PartitionLoop<?, ?, ?, ?, ?> loop) {
    return loop.process(waiting(loop.next()));
  }

  private List<String> story(String key) {
    var story = new ArrayList<String>();
    for (Entry entry : log.all(Brain.MIGRATION.facts(), 0)) {
      if (key.equals(entry.key())) {
        var attributes = new LinkedHashMap<String, String>();
        entry
            .headers()
            .forEach((name, value) -> attributes.put(name.replaceFirst("^ce_", ""), value));
        var fact = Events.decode(new WireEvent(attributes, entry.value()));
        story.add(((MigrationFact.MigrationPaused) fact).reason());
      }
    }
    return story;
  }

  private List<Entry> quarantine() {
    return log.all(Topics.QUARANTINE, 0);
  }

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

  private Map<String, byte[]> states() {
    return log.compacted(Brain.MIGRATION.state(), 0);
  }

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

  @Test
  void inputsInAWrongPartitionAreNotDecided() {
    var wide =
        new PartitionLoop<>(
            toy.spec(_ -> new Outcome.Stopped<>(), List.of()),
            new PartitionLoop.Place(0, 64, "wide"),
            log.owner(Brain.MIGRATION, 0, tx -> Fate.WRITTEN, tx -> {}),
            new Limbs<>(
                new Lanes<>((order, ended) -> {}, (key, effect, outcome) -> {}),
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
