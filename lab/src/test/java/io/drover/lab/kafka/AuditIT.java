// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.lab.kafka.Proxy.Commit;
import io.drover.runtime.AuditChain;
import io.drover.runtime.kafka.AuditWriter;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.runtime.kafka.TopicView;
import io.drover.schemas.Actor;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.AuditEntry.Act;
import io.drover.schemas.Topics;
import io.drover.schemas.wire.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/** The audit's chain on a real broker: several consoles, broken wires, and a forger. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class AuditIT {
  @TempDir static Path directory;
  private static Proxy proxy;
  private static EmbeddedKafka kafka;
  private static KafkaSettings settings;

  @BeforeAll
  static void start() throws Exception {
    proxy = new Proxy();
    kafka =
        EmbeddedKafka.start(
            directory, 0, Map.of("listener.advertised", "localhost:" + proxy.port()));
    proxy.to(kafka.port());
    settings =
        new KafkaSettings(
            "localhost:" + proxy.port(),
            null,
            3,
            1,
            null,
            null,
            Map.of("max.block.ms", "2000", "transaction.timeout.ms", "2000"));
    new KafkaTopics(settings).ensure();
  }

  @AfterAll
  static void stop() throws Exception {
    kafka.close();
    proxy.close();
  }

  private static AuditEntry line(String actor, String instance, String key) {
    return new AuditEntry(
        0,
        "",
        Instant.now(),
        instance,
        Actor.person(actor),
        Act.ASKED,
        "ApproveWave",
        "plan",
        key,
        "{}",
        null,
        List.of(),
        null);
  }

  private static List<AuditChain.Line> lines() throws InterruptedException {
    var found = new CopyOnWriteArrayList<AuditChain.Line>();
    try (var view =
        TopicView.follow(
            settings,
            List.of(Topics.AUDIT),
            seen -> found.add(new AuditChain.Line(seen.key(), seen.value())))) {
      assertThat(view.awaitCaughtUp(Duration.ofMinutes(1))).isTrue();
    }
    return found;
  }

  private static AuditChain.Verdict verdict(List<AuditChain.Line> lines, String... kept) {
    var chain = new AuditChain();
    lines.forEach(chain::add);
    return chain.verdict(List.of(kept));
  }

  @Test
  @Order(1)
  void severalConsolesWriteOneChain() throws Exception {
    // Given two consoles
    try (var one = new AuditWriter(settings);
        var two = new AuditWriter(settings);
        var pool = Executors.newFixedThreadPool(2)) {
      // When people ask both at the same time
      var written = new ArrayList<Future<?>>();
      for (int i = 0; i < 6; i++) {
        int at = i;
        written.add(pool.submit(() -> one.write(line("ada", "one", "a/" + at))));
        written.add(pool.submit(() -> two.write(line("bob", "two", "b/" + at))));
      }
      for (var each : written) {
        each.get();
      }
    }
    // Then no line follows the same one as another, and none is missing
    var verdict = verdict(lines());
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.entries()).hasSize(12);
    assertThat(verdict.entries()).extracting(e -> e.actor().name()).contains("ada", "bob");
  }

  @Test
  @Order(2)
  void aLineWhoseCommitIsInDoubtIsWrittenOnce() throws Exception {
    for (Commit fate : List.of(Commit.ANSWER_LOST, Commit.LOST)) {
      // Given a console that wrote before
      try (var writer = new AuditWriter(settings)) {
        writer.write(line("ada", "one", fate + "/before"));
        // When the commit of a line, or its answer, is lost
        proxy.commit(fate);
        var mended = Thread.ofVirtual().start(AuditIT::mend);
        writer.write(line("ada", "one", fate + "/doubt"));
        mended.join();
      }
      // Then it is there once
      var verdict = verdict(lines());
      assertThat(verdict.problems()).isEmpty();
      assertThat(verdict.entries()).filteredOn(e -> e.key().equals(fate + "/doubt")).hasSize(1);
    }
  }

  @Test
  @Order(2)
  void aLineInDoubtIsFoundBehindThoseOfOtherConsoles() throws Exception {
    try (var one = new AuditWriter(settings);
        var two = new AuditWriter(settings)) {
      // Given a line that stands in the chain, and another console's behind it
      var line = line("ada", "one", "overtaken");
      one.write(line);
      two.write(line("bob", "two", "overtakes"));
      // When its console does not know that it does, being fenced
      one.write(line);
    }
    // Then it is not written again
    var verdict = verdict(lines());
    assertThat(verdict.problems()).isEmpty();
    assertThat(verdict.entries()).filteredOn(e -> e.key().equals("overtaken")).hasSize(1);
  }

  private static void mend() {
    try {
      Thread.sleep(3000);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    proxy.mute(false);
  }

  @Test
  @Order(3)
  void whatWasDoneToTheChainIsNamed() throws Exception {
    var whole = new ArrayList<>(lines());
    whole.sort(
        java.util.Comparator.comparingLong(l -> verdict(List.of(l)).entries().getFirst().number()));
    String head = verdict(whole).head();
    assertThat(verdict(whole, head).problems()).isEmpty();
    // A line was removed
    var removed = new ArrayList<>(whole);
    removed.remove(3);
    assertThat(verdict(removed).problems()).containsExactly("Line 4 is missing");
    // A line was changed
    var changed = new ArrayList<>(whole);
    var line = changed.get(3);
    changed.set(
        3,
        new AuditChain.Line(
            line.key(), new String(line.value()).replace("ApproveWave", "PauseWave").getBytes()));
    assertThat(verdict(changed).problems())
        .containsExactly("Line 4 is not the one that line 5 follows: one of them was changed");
    // The end was cut off
    assertThat(verdict(whole.subList(0, 5), head).problems())
        .containsExactly("No line has the head " + head + ": the end was cut off or written anew");
    // Somebody wrote beside the console
    byte[] forged = Json.write(line("ada", "forged", "x").chained(2, head));
    try (var forger =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", settings.bootstrap()),
            new StringSerializer(),
            new ByteArraySerializer())) {
      forger.send(new ProducerRecord<>(Topics.AUDIT, "ada", forged)).get();
    }
    assertThat(verdict(lines()).problems())
        .containsExactly(
            "There are two lines 2: somebody wrote beside the console, or two audits were mixed");
  }

  @Test
  @Order(4)
  void whatNoConsoleWroteStopsNone() throws Exception {
    // Given what is no line at the end of the partition of the last one
    long number = verdict(lines()).entries().getLast().number();
    try (var stranger =
        new KafkaProducer<>(
            Map.<String, Object>of("bootstrap.servers", settings.bootstrap()),
            new StringSerializer(),
            new ByteArraySerializer())) {
      for (byte[] value : new byte[][] {"no line".getBytes(), "{}".getBytes(), null}) {
        for (int partition = 0; partition < settings.partitions(); partition++) {
          stranger.send(new ProducerRecord<>(Topics.AUDIT, partition, "ada", value)).get();
        }
      }
    }
    // When the next console writes
    try (var writer = new AuditWriter(settings)) {
      var written = writer.write(line("bob", "next", "after"));
      // Then its line follows the last one
      assertThat(written.number()).isEqualTo(number + 1);
    }
    assertThat(verdict(lines()).entries()).extracting(AuditEntry::key).last().isEqualTo("after");
    assertThat(verdict(lines()).problems()).anyMatch(each -> each.contains("cannot be read"));
  }
}
