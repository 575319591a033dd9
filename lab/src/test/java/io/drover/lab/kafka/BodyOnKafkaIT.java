// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static io.drover.lab.kafka.Town.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.lab.sim.Toy;
import io.drover.schemas.Topics;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The suite on the embedded broker. */
class BodyOnKafkaIT extends BodySuite {
  @TempDir static Path directory;
  private EmbeddedKafka kafka;

  @Override
  String broker() throws Exception {
    kafka = EmbeddedKafka.start(directory, 0);
    return kafka.bootstrap();
  }

  @Test
  void aBrokerThatStopsAndIsSlowCostsOnlyTime() throws Exception {
    try (var town = new Town(settings);
        var faults = KafkaFaults.of(kafka);
        var http = HttpClient.newHttpClient()) {
      // Given a brain with a hand at work
      var begun = new AtomicInteger();
      var go = new CountDownLatch(1);
      town.body(
          "through",
          new Toy(),
          order -> {
            begun.incrementAndGet();
            go.await();
            return new Outcome.Done<>(new Toy.Observed.SeenDone("well"));
          });
      town.tell("vc/through", Toy.begin("dig"));
      eventually("begun", () -> begun.get() == 1);

      // When the broker goes down, the hand ends meanwhile, and the broker is slow when it is back
      var back =
          CompletableFuture.supplyAsync(
              () -> post(http, faults, "{\"what\":\"STOPPED\",\"millis\":1500}"));
      eventually("down", () -> !answers());
      go.countDown();
      assertThat(back.join()).isEqualTo("{\"faults\":[]}");
      assertThat(post(http, faults, "{\"what\":\"SLOW\",\"bytesPerSecond\":2048}"))
          .isEqualTo("{\"faults\":[\"SLOW\"]}");
      assertThat(post(http, faults, "{\"what\":\"EARTHQUAKE\"}"))
          .contains("one of [STOPPED, SLOW]");
      eventually("throttled", () -> throttled() > 0);

      // Then all that was to be told is told, once
      eventually("done", () -> town.story("vc/through").contains("done dig"));
      assertThat(town.story("vc/through")).isEqualTo(List.of("begin dig", "done dig"));
      faults.clear();
    }
  }

  private static String post(HttpClient http, KafkaFaults faults, String json) {
    var request =
        HttpRequest.newBuilder(faults.url())
            .POST(HttpRequest.BodyPublishers.ofString(json))
            .build();
    return http.sendAsync(request, HttpResponse.BodyHandlers.ofString()).join().body();
  }

  private boolean answers() {
    try (var socket = new Socket()) {
      socket.connect(new InetSocketAddress("localhost", kafka.port()), 1000);
      return true;
    } catch (IOException down) {
      return false;
    }
  }

  /** A client of somebody else's. */
  private KafkaProducer<byte[], byte[]> stranger() {
    return new KafkaProducer<>(
        Map.of("bootstrap.servers", kafka.bootstrap(), "retries", "0", "acks", "all"),
        new ByteArraySerializer(),
        new ByteArraySerializer());
  }

  /** A topic that no brain reads. */
  private static ProducerRecord<byte[], byte[]> record(int size) {
    return new ProducerRecord<>(Topics.PROGRESS, new byte[] {1}, new byte[size]);
  }

  /** For how many milliseconds the broker had a producer wait. */
  private double throttled() {
    try (var producer = stranger()) {
      producer.send(record(64 << 10));
      producer.flush();
      return producer.metrics().entrySet().stream()
          .filter(metric -> metric.getKey().name().equals("produce-throttle-time-max"))
          .mapToDouble(metric -> (Double) metric.getValue().metricValue())
          .max()
          .orElse(0);
    }
  }

  @AfterAll
  void stop() {
    kafka.close();
  }
}
