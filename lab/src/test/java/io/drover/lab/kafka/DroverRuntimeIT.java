// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static io.drover.lab.kafka.Town.eventually;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.engine.Eye;
import io.drover.engine.Outcome;
import io.drover.engine.StopSignal;
import io.drover.lab.sim.Toy;
import io.drover.runtime.body.DroverRuntime;
import io.drover.runtime.body.RuntimeConfig;
import io.drover.runtime.config.SettingsException;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaSetupException;
import io.drover.schemas.MigrationMessage;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A process of brains, as the platform and its metrics see it. */
class DroverRuntimeIT {
  @TempDir Path directory;

  /** Sees one job, then waits to be told to stop. */
  private record Lookout(AtomicBoolean stopped) implements Eye<MigrationMessage> {
    @Override
    public String name() {
      return "lookout";
    }

    @Override
    public void look(Sight<MigrationMessage> sight, StopSignal stop) throws Exception {
      try {
        sight.seen("vc/seen", Toy.begin("look"));
        Thread.sleep(Duration.ofMinutes(5));
      } finally {
        stopped.set(stop.raised());
      }
    }
  }

  private static HttpResponse<String> get(int port, String path) throws Exception {
    try (var client = HttpClient.newHttpClient()) {
      return client.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  @Test
  void aProcessTakesOverLooksActsTellsAndEndsInOrder() throws Exception {
    try (var kafka = EmbeddedKafka.start(directory, 0)) {
      // Given a process with one brain, one hand, one eye
      var settings = KafkaSettings.local(kafka.bootstrap()).withPartitions(2);
      var stopped = new AtomicBoolean();
      var toy = new Toy();
      var spec =
          toy.spec(
              order -> new Outcome.Done<>(new Toy.Observed.SeenDone("well")),
              List.of(new Lookout(stopped)));
      var runtime = DroverRuntime.start(List.of(spec), new RuntimeConfig(settings, "test-1", null));
      try (var town = new Town(settings)) {
        // Beside it, another one cannot serve its health at the same port, and says what to do
        var taken = new RuntimeConfig.Health("127.0.0.1", runtime.healthPort());
        assertThatThrownBy(
                () -> DroverRuntime.start(List.of(), new RuntimeConfig(settings, "test-2", taken)))
            .isInstanceOf(SettingsException.class)
            .hasMessageContaining("health.port")
            .hasMessageContaining(":" + taken.port())
            .hasMessageContaining("0 picks a free one");
        // Once it is ready it has all that there is, for nobody else is there
        assertThat(runtime.awaitReady(Duration.ofSeconds(30))).isTrue();
        assertThat(get(runtime.healthPort(), "/readyz").body()).contains("\"partitions\":[0,1]");
        // When its eye sees something
        eventually("done", () -> town.story("vc/seen").contains("done look"));
        // Then it says that it is well, and what it did
        assertThat(runtime.awaitReady(Duration.ofSeconds(30))).isTrue();
        assertThat(get(runtime.healthPort(), "/livez").statusCode()).isEqualTo(200);
        assertThat(get(runtime.healthPort(), "/readyz").body()).contains("\"migration\"");
        String metrics = get(runtime.healthPort(), "/metrics").body();
        assertThat(metrics)
            .contains("drover_inputs_total{brain=\"migration\",verdict=\"decided\"}")
            .contains("drover_commit_seconds_bucket{brain=\"migration\"")
            .contains("drover_effect_seconds_count")
            .contains("drover_takeover_seconds_count{brain=\"migration\"} 2");
      } finally {
        runtime.close();
      }
      assertThat(stopped).isTrue();
    }
  }

  @Test
  void aBrokerThatIsNotThereIsNamed() {
    var nowhere =
        new RuntimeConfig(
            new KafkaSettings(
                "localhost:1",
                null,
                1,
                1,
                null,
                null,
                java.util.Map.of("default.api.timeout.ms", "2000", "request.timeout.ms", "1000")),
            null,
            null);
    assertThatThrownBy(() -> DroverRuntime.start(List.of(), nowhere))
        .isInstanceOf(KafkaSetupException.class)
        .hasMessageContaining("kafka.bootstrap");
  }
}
