// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.runtime.kafka.KafkaSetupException;
import io.drover.schemas.Actor;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.Brain;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.WaveId;
import io.drover.schemas.Way;
import io.drover.schemas.wire.Envelope;
import io.drover.schemas.wire.Events;
import io.vertx.core.Vertx;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** A console on a port of its own, with brains that answer what a test says. */
abstract class ConsoleFixture {
  static final String TOKEN = Access.newToken();
  static final PlanSettings DEFAULTS =
      new PlanSettings(
          Way.COLD,
          Transfer.STREAM,
          Sink.UPLOAD,
          "herd",
          Map.of(),
          Map.of("*", "pod"),
          false,
          true,
          false,
          5,
          Duration.ofMinutes(1),
          false,
          Duration.ofMinutes(1),
          Duration.ofHours(1),
          SoakEnd.HOLD,
          null,
          "app",
          "dependsOn",
          Map.of(),
          null);

  private final Vertx vertx = Vertx.vertx();
  final HttpClient http = HttpClient.newHttpClient();
  final Herd herd = new Herd(5);
  final JsonNode document = OpenApi.document();
  final AtomicLong offsets = new AtomicLong();
  final List<Message> told = new CopyOnWriteArrayList<>();
  String deaf = "";
  final List<AuditEntry> audit = new CopyOnWriteArrayList<>();
  final List<String> released = new ArrayList<>();
  boolean auditWell = true;
  volatile boolean caughtUp = true;
  volatile @Nullable String trouble;
  Fact answer = new PlanFact.WaveApproved(new WaveId("p/1"), 1, Actor.person("ada"));
  Console console;

  @BeforeEach
  void open() throws Exception {
    var commands =
        new Commands() {
          @Override
          public String send(Brain brain, String key, Message command, Actor by) {
            if (key.equals(deaf)) {
              throw new KafkaSetupException("Kafka did not take the record for " + key + ".");
            }
            told.add(command);
            String at = brain.inbox() + "-0-" + offsets.incrementAndGet();
            feed(brain, key, answer, at);
            return at;
          }

          @Override
          public void release(Brain brain, String key, boolean skip, Actor by) {
            released.add(brain.entity() + " " + key + (skip ? " skip" : " retry"));
          }
        };
    console =
        Console.start(
            vertx,
            new ConsoleSettings("127.0.0.1", 0, null, null, DEFAULTS),
            Access.single(TOKEN, "ada"),
            new Console.Model(herd, documents),
            new Answers(commands, herd, this::audited, "test-1"),
            new Console.Condition(() -> caughtUp, () -> true, () -> trouble),
            "not/built");
  }

  /** What the console asked for; the answers are checked where they are made. */
  private final PlanDocuments documents =
      new PlanDocuments() {
        @Override
        public String html(Asked plan) {
          return "<p>" + plan.id() + " " + plan.version() + "</p>";
        }

        @Override
        public byte[] xlsx(Asked plan) {
          return new byte[] {'P', 'K'};
        }

        @Override
        public String csv(Asked plan, String table) {
          if (!TABLES.contains(table)) {
            throw new IllegalArgumentException("There is no table '" + table + "'");
          }
          return "Id\r\n" + table + "\r\n";
        }

        @Override
        public List<String> why(Asked plan, String vm) {
          return List.of(vm + " of " + plan.request().waveSize() + " a wave");
        }

        @Override
        public Comparison whatIf(Asked plan, Circumstances other) {
          return new Comparison(
              Map.of("hosts", "0"), Map.of("hosts", "" + other.addHosts()), List.of());
        }
      };

  private void audited(AuditEntry line) {
    if (!auditWell) {
      throw new KafkaSetupException("The audit cannot be written, so nothing was done.");
    }
    audit.add(line);
  }

  @AfterEach
  void close() throws Exception {
    console.close();
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  HttpResponse<String> send(String method, String path, String body, String token)
      throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(console.url() + path)).timeout(Duration.ofSeconds(30));
    if (token != null) {
      request.header("authorization", "Bearer " + token);
    }
    request.method(
        method,
        body == null
            ? HttpRequest.BodyPublishers.noBody()
            : HttpRequest.BodyPublishers.ofString(body));
    HttpResponse<String> response =
        http.send(request.build(), HttpResponse.BodyHandlers.ofString(StandardCharsets.UTF_8));
    documented(method, path.replaceAll("\\?.*", ""), response);
    return response;
  }

  /** Whatever is answered has to be in the document: its status, and the kind of its content. */
  private void documented(String method, String path, HttpResponse<String> response) {
    for (var route : document.path("paths").properties()) {
      if (path.matches(route.getKey().replaceAll("\\{[a-z]+}", "[^/]+"))) {
        JsonNode answers = route.getValue().path(method.toLowerCase(Locale.ROOT)).path("responses");
        JsonNode answer = answers.path(Integer.toString(response.statusCode()));
        if (answer.has("$ref")) {
          answer = document.at(answer.path("$ref").asText().substring(1));
        }
        assertThat(answer.path("content").properties())
            .extracting(Map.Entry::getKey)
            .as(method + " " + path + " " + response.statusCode())
            .contains(
                response.headers().firstValue("content-type").orElse("").replaceAll(";.*", ""));
      }
    }
  }

  void feed(Brain brain, String key, Fact fact, String causation) {
    var event =
        Events.encode(
            fact,
            new Envelope(
                brain,
                key,
                offsets.incrementAndGet(),
                Instant.EPOCH,
                "i",
                Actor.person("ada"),
                null,
                causation,
                null));
    Map<String, String> headers = new HashMap<>();
    event.attributes().forEach((name, value) -> headers.put("ce_" + name, value));
    herd.apply(new Read(brain.facts(), key, headers, event.data(), 0, 0));
  }
}
