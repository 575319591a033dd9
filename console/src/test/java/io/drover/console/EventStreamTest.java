// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.CopyId;
import io.drover.schemas.DiskProgress;
import io.drover.schemas.MigrationId;
import io.drover.schemas.PlanFact;
import io.drover.schemas.Topics;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.wire.Json;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Instant;
import java.util.Iterator;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the stream of events brings, and from where on. */
class EventStreamTest extends ConsoleFixture {
  @Test
  void whileKafkaDoesNotAnswerThatIsSaidAndNoCommandIsBegun() throws Exception {
    trouble = "Kafka at k:9092 has not answered since noon: see that the brokers are up.";

    HttpResponse<String> read = send("GET", "/api/v1/waves", null, TOKEN);
    HttpResponse<String> command =
        send("POST", "/api/v1/waves/p/1/approve", "{\"planVersion\":1}", TOKEN);

    assertThat(read.statusCode()).isEqualTo(200);
    assertThat(read.headers().firstValue("drover-trouble")).contains(trouble);
    assertThat(command.statusCode()).isEqualTo(503);
    assertThat(command.body()).contains("Kafka at k:9092", "see that the brokers are up");
    assertThat(told).isEmpty();
    assertThat(send("GET", "/readyz", null, null).body()).contains("Kafka at k:9092");
    try (Stream<String> lines = stream(null)) {
      assertThat(next(lines.iterator(), "data: {\"what")).contains("Kafka at k:9092");
    }
  }

  @Test
  void aStreamGoesOnWhereAListEndedAndLosesNoFact() throws Exception {
    fact(1);
    HttpResponse<String> list = send("GET", "/api/v1/facts", null, TOKEN);
    fact(2);
    fact(3);

    String last;
    try (Stream<String> lines = stream(list.headers().firstValue("last-event-id").orElseThrow())) {
      var read = lines.iterator();
      next(read, "event: fact");
      assertThat(next(read, "data: ")).contains("\"version\":2");
      last = next(read, "id: ").substring(4);
      assertThat(next(read, "data: ")).contains("\"version\":3");
    }
    fact(4);

    assertThat(list.body()).contains("\"version\":1").doesNotContain("\"version\":2");
    try (Stream<String> lines = stream(last)) {
      var read = lines.iterator();
      next(read, "event: fact");
      assertThat(next(read, "data: ")).contains("\"version\":4");
    }
  }

  @Test
  void aListSaysHowManyFactsItLeavesOut() throws Exception {
    fact(1);
    String none =
        send("GET", "/api/v1/facts", null, TOKEN).headers().firstValue("drover-older").orElse("");
    for (int version = 2; version <= 7; version++) {
      fact(version);
    }

    HttpResponse<String> list = send("GET", "/api/v1/facts", null, TOKEN);

    assertThat(none).isEqualTo("0");
    assertThat(list.headers().firstValue("drover-older")).contains("2");
  }

  @Test
  void whoComesFromAnotherConsoleGetsAllThatIsKeptAndHearsOfTheRest() throws Exception {
    for (int version = 1; version <= 7; version++) {
      fact(version);
    }

    try (Stream<String> lines = stream("another-1")) {
      var read = lines.iterator();
      next(read, "event: missed");
      assertThat(next(read, "data: ")).contains("\"facts\":2");
      for (int version = 3; version <= 7; version++) {
        next(read, "event: fact");
        assertThat(next(read, "data: ")).contains("\"version\":" + version);
      }
    }
  }

  private void fact(int version) {
    feed(
        Brain.PLAN,
        "p",
        new PlanFact.WaveApproved(new WaveId("p/1"), version, Actor.person("ada")),
        null);
  }

  private Stream<String> stream(@Nullable String lastId) throws Exception {
    var request =
        HttpRequest.newBuilder(URI.create(console.url() + "/api/v1/stream"))
            .header("authorization", "Bearer " + TOKEN);
    if (lastId != null) {
      request.header("Last-Event-ID", lastId);
    }
    return http.send(request.build(), HttpResponse.BodyHandlers.ofLines()).body();
  }

  /** The next line that begins so. */
  private static String next(Iterator<String> lines, String beginning) {
    while (lines.hasNext()) {
      String line = lines.next();
      if (line.startsWith(beginning)) {
        return line;
      }
    }
    throw new AssertionError("The stream ended before " + beginning);
  }

  @Test
  void theProgressOfADiskIsShownWithItsJourneyAndOnTheStream() throws Exception {
    for (long done : new long[] {10, 20}) {
      var report =
          new DiskProgress(
              new VmKey("vc", "vm"),
              new MigrationId("m-1"),
              new CopyId("m-1-final"),
              2000,
              "copying",
              done,
              100,
              Instant.EPOCH);
      herd.apply(
          new Read(Topics.PROGRESS, "vc/vm", Map.of(), Json.write(report), 0, offsets.get()));
    }

    assertThat(herd.progress("vc/vm")).extracting(DiskProgress::done).containsExactly(20L);
    try (Stream<String> lines = stream(null)) {
      var read = lines.iterator();
      next(read, "event: progress");
      assertThat(next(read, "data: ")).contains("\"diskKey\":2000", "\"done\":20");
    }
  }
}
