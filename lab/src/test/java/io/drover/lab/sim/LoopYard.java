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
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.function.Consumer;

/** One partition, its log and its owners one after the other, for suites to go through by steps. */
abstract class LoopYard {
  private static final Actor ADA = Actor.person("ada");
  static final String KEY = "vc/1";

  Instant now = Instant.parse("2026-03-01T10:00:00Z");
  final MemoryLog log = new MemoryLog(() -> now);
  Toy toy = new Toy();
  final Queue<Fate> fates = new ArrayDeque<>();
  final List<String> begun = new ArrayList<>();
  final Map<String, Consumer<Outcome<Toy.Observed>>> running = new LinkedHashMap<>();
  final Map<String, Order<Toy.Effect>> orders = new LinkedHashMap<>();
  final List<Runnable> rings = new ArrayList<>();
  private int owners;

  PartitionLoop<Toy.State, MigrationMessage, Toy.Observed, MigrationFact, Toy.Effect> owner() {
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

  static void taken(Ending ending) {
    assertThat(ending).isInstanceOf(Ending.Committed.class);
  }

  void tell(MigrationMessage message) {
    tell(KEY, message);
  }

  void tell(String key, MigrationMessage message) {
    log.append(new Outgoing(Brain.MIGRATION.inbox(), 0, key, Map.of(), Codec.told(message, ADA)));
  }

  void control(String word) {
    log.append(
        new Outgoing(Brain.MIGRATION.inbox(), 0, KEY, Map.of(Inbox.CONTROL, word), new byte[0]));
  }

  List<Entry> waiting(long from) {
    return log.read(Brain.MIGRATION.inbox(), 0, from, 100);
  }

  Ending step(PartitionLoop<?, ?, ?, ?, ?> loop) {
    return loop.process(waiting(loop.next()));
  }

  List<String> story(String key) {
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

  List<Entry> quarantine() {
    return log.all(Topics.QUARANTINE, 0);
  }

  Map<String, byte[]> states() {
    return log.compacted(Brain.MIGRATION.state(), 0);
  }
}
