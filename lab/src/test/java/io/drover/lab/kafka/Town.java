// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Eye;
import io.drover.engine.Hand;
import io.drover.lab.sim.Toy;
import io.drover.runtime.ProgressSink;
import io.drover.runtime.Vitals;
import io.drover.runtime.kafka.InboxWriter;
import io.drover.runtime.kafka.KafkaBrain;
import io.drover.runtime.kafka.KafkaInbox;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.TopicView;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.wire.Events;
import io.drover.schemas.wire.WireEvent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** A broker's clients for the tests of the body: toy brains, what they wrote, what they did. */
final class Town implements AutoCloseable {
  static final Duration SOON = Duration.ofSeconds(60);
  static final Actor ADA = Actor.person("ada");

  final KafkaSettings settings;
  final InboxWriter writer;
  final List<TopicView.Seen> facts = new CopyOnWriteArrayList<>();
  final List<TopicView.Seen> quarantine = new CopyOnWriteArrayList<>();
  final Map<String, TopicView.Seen> statuses = new ConcurrentHashMap<>();
  private final List<AutoCloseable> open = new ArrayList<>();

  /** A running toy brain. */
  record Body(KafkaBrain<?, ?, ?, ?, ?> brain, KafkaInbox inbox) implements AutoCloseable {
    @Override
    public void close() {
      brain.close();
      inbox.close();
    }
  }

  Town(KafkaSettings settings) {
    this.settings = settings;
    this.writer = new InboxWriter(settings);
    open.add(writer);
    watch(Brain.MIGRATION.facts(), facts::add);
    watch(io.drover.schemas.Topics.QUARANTINE, quarantine::add);
    watch(
        io.drover.schemas.Topics.MIGRATION_STATUS,
        seen -> statuses.put(String.valueOf(seen.key()), seen));
  }

  private void watch(String topic, TopicView.Reader reader) {
    open.add(TopicView.follow(settings, List.of(topic), reader));
  }

  Body body(String instance, Toy toy, Hand<Toy.Effect, Toy.Observed> hand) {
    return body(instance, toy, hand, List.of(), Vitals.NONE);
  }

  Body body(
      String instance,
      Toy toy,
      Hand<Toy.Effect, Toy.Observed> hand,
      List<Eye<MigrationMessage>> eyes,
      Vitals vitals) {
    var inbox = new KafkaInbox(settings);
    var brain =
        new KafkaBrain<>(
            toy.spec(hand, eyes), settings, instance, inbox, ProgressSink.none(), vitals);
    brain.start();
    var body = new Body(brain, inbox);
    open.add(body);
    return body;
  }

  void tell(String key, MigrationMessage message) throws InterruptedException {
    writer.tell(Brain.MIGRATION, key, message, ADA);
  }

  /** The toy's facts of a key, in order. */
  List<String> story(String key) {
    var story = new ArrayList<String>();
    for (var seen : facts) {
      if (key.equals(seen.key())) {
        var attributes = new LinkedHashMap<String, String>();
        seen.headers()
            .forEach((name, value) -> {
              if (name.startsWith("ce_")) {
                attributes.put(name.substring(3), value);
              }
            });
        var fact = Events.decode(new WireEvent(attributes, seen.value()));
        story.add(((io.drover.schemas.MigrationFact.MigrationPaused) fact).reason());
      }
    }
    return story;
  }

  static void eventually(String what, BooleanSupplier holds) throws InterruptedException {
    eventually(what, SOON, holds);
  }

  static void eventually(String what, Duration patience, BooleanSupplier holds)
      throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    while (!holds.getAsBoolean()) {
      assertThat(System.nanoTime()).as("not in time: " + what).isLessThan(until);
      Thread.sleep(20);
    }
  }

  @Override
  public void close() throws Exception {
    for (AutoCloseable each : open.reversed()) {
      each.close();
    }
  }
}
