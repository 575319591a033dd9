// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a person at a terminal reads of a wave and of its end. */
class WaveWatchTest {
  private final WaveWatch watch =
      new WaveWatch(new ConsoleClient(URI.create("http://127.0.0.1:1"), "token"), System.out);

  @Test
  void noLineIsWiderThanTheTerminalAndThereAreNoMoreThanItShows() throws Exception {
    for (int i = 0; i < 30; i++) {
      watch.heard("demo/1", "migration", retrying("a-vm-with-quite-a-long-name-" + i));
    }
    watch.heard("demo/1", "wave", wave(30, "{\"RUNNING\": 30}", "\"2100-01-01T05:10:00Z\""));

    List<String> lines = watch.lines(new Screen(80, 24));

    assertThat(lines)
        .hasSizeLessThan(24)
        .allSatisfy(l -> assertThat(l.length()).isLessThanOrEqualTo(80));
    assertThat(lines.getFirst()).contains("verifying", "It did not").endsWith("…");
    assertThat(lines).anyMatch(line -> line.startsWith("… and 10 more"));
  }

  @Test
  void aForecastNamesOneTimeWhereBothAreTheSameAndItsZone() throws Exception {
    String day = LocalDate.now(ZoneOffset.UTC).plusDays(2).toString();
    assertThat(CopyWords.wave(wave(8, "{\"COPYING\": 8}", "\"" + day + "T05:10:20Z\"")))
        .isEqualTo("Wave copied 1.00 GiB of 2.00 GiB of disks; ends by " + day + " 05:10 UTC");
  }

  @Test
  void whereNothingIsLeftToDoNothingIsForecast() throws Exception {
    assertThat(
            CopyWords.wave(
                wave(8, "{\"COMMITTED\": 7, \"ROLLED_BACK\": 1}", "\"2100-01-01T05:10:00Z\"")))
        .isEqualTo("Wave over: 7 committed, 1 rolled back");
  }

  @Test
  void whatIsRolledBackShowsItsDowntimeAndNoCopyNorHealth() throws Exception {
    var said = new ByteArrayOutputStream();
    VmCommand.journeys(Json.mapper().createArrayNode().add(rolledBack()))
        .print(new PrintStream(said, true, StandardCharsets.UTF_8));

    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("98.5 s")
        .doesNotContain("WELL", "86%");
    watch.heard("demo/1", "migration", rolledBack());
    assertThat(watch.lines(Screen.USUAL).getFirst()).contains("[..........] rolled back");
  }

  @Test
  void anImporterThatCrashesIsShownWhileItMayYetComeBack() throws Exception {
    watch.heard(
        "demo/1",
        "migration",
        Json.mapper()
            .readTree(
                """
                {"name": "web", "vm": {"vcenter": "vc", "vm": "u-1"}, "wave": "demo/1", "phase": "COPYING", "step": "SEED",
                 "stepNumber": 4, "stepCount": 18}
                """));
    watch.heard(
        "demo/1",
        "progress",
        Json.mapper()
            .readTree(
                """
                {"vm": {"vcenter": "vc", "vm": "u-1"}, "diskKey": 2000, "done": 0, "total": 1073741824,
                 "what": "importing, crashed 3 times: Cannot log in"}
                """));

    assertThat(watch.lines(new Screen(160, 24)).getFirst())
        .contains("0 B of 1.00 GiB, importing, crashed 3 times: Cannot log in");
  }

  @Test
  void theLongKeyIsShownOnlyOfVmsThatShareTheirName() throws Exception {
    JsonNode two =
        Json.mapper()
            .readTree(
                """
                [{"name": "db", "vm": {"vcenter": "vc", "vm": "u-1"}},
                 {"name": "db", "vm": {"vcenter": "vc", "vm": "u-2"}},
                 {"name": "web", "vm": {"vcenter": "vc", "vm": "u-3"}}]
                """);
    var said = new ByteArrayOutputStream();

    VmCommand.journeys(two).print(new PrintStream(said, true, StandardCharsets.UTF_8));

    assertThat(said.toString(StandardCharsets.UTF_8))
        .contains("vc/u-1", "vc/u-2")
        .doesNotContain("vc/u-3");
  }

  @Test
  void thatAVolumeWasReadBackThroughACacheStandsBesideItsLevel() throws Exception {
    assertThat(VmCommand.proof(Json.mapper().readTree("{\"level\": \"BOTH\"}"))).isEqualTo("BOTH");
    assertThat(VmCommand.proof(Json.mapper().readTree("{\"level\": \"BOTH\", \"cached\": true}")))
        .isEqualTo("BOTH, read back through its node's cache");
  }

  @Test
  void fromACommittedVmNothingGoesBack() throws Exception {
    JsonNode loss = Json.mapper().readTree("{\"kind\": \"TARGET_WRITES\", \"bytes\": 23040}");

    assertThat(VmCommand.loss(Json.mapper().readTree("{\"result\": \"COMMITTED\"}"), loss))
        .isEqualTo("committed: Drover cannot go back");
    assertThat(VmCommand.loss(Json.mapper().readTree("{}"), loss))
        .isEqualTo("up to 22.5 KiB written at the target");
  }

  @Test
  void theTableAtTheEndFitsAnUsualTerminal() throws Exception {
    JsonNode report =
        Json.mapper()
            .readTree(
                """
                {"rows": [{"name": "shop-queue-01", "way": "COLD", "bytesRead": 13200000,
                  "bytesWritten": 13200000, "bytesPerSecond": 1320000, "downtimeSeconds": 118.25,
                  "checkpoint": "SNAPSHOTTED", "proof": "both", "result": "ROLLED_BACK"}]}
                """);

    assertThat(ReportCommand.table(report, 80).width()).isLessThanOrEqualTo(80);
    assertThat(ReportCommand.table(report, Integer.MAX_VALUE).width()).isGreaterThan(80);
  }

  @Test
  void theTerminalSaysHowWideItIs() {
    assertThat(Screen.read("50 132\n")).isEqualTo(new Screen(132, 50));
    assertThat(Screen.read("0 0\n")).isEqualTo(Screen.USUAL);
    assertThat(Screen.read("")).isEqualTo(Screen.USUAL);
  }

  @Test
  void aSentenceIsBrokenBetweenWords() {
    assertThat(new Screen(12, 5).wrap("seven of eight VMs committed"))
        .containsExactly("seven of", "eight VMs", "committed");
  }

  private static JsonNode retrying(String name) throws Exception {
    return Json.mapper()
        .readTree(
            """
            {"vm": {"vcenter": "vc", "vm": "vm"}, "name": "%s", "wave": "demo/1", "phase": "VERIFYING",
             "step": "VERIFY", "stepNumber": 11, "stepCount": 13,
             "problem": {"what": "%s"}}
            """
                .formatted(name, "It did not become healthy within 60 s: agent. ".repeat(4)));
  }

  private static JsonNode rolledBack() throws Exception {
    return Json.mapper()
        .readTree(
            """
            {"vm": {"vcenter": "vc", "vm": "vm"}, "name": "shop-web-02", "wave": "demo/1", "way": "COLD",
             "phase": "ROLLED_BACK", "result": "ROLLED_BACK", "stepNumber": 13, "stepCount": 13,
             "checkpoint": "SNAPSHOTTED", "health": {"sign": "WELL"},
             "copy": {"done": 86, "total": 100, "bytesPerSecond": 0},
             "sourceOffAt": "2026-11-28T04:00:00Z", "turnedAt": "2026-11-28T04:01:00Z",
             "sourceBackAt": "2026-11-28T04:01:38.500Z"}
            """);
  }

  private static JsonNode wave(int vms, String byPhase, String end) throws Exception {
    return Json.mapper()
        .readTree(
            """
            {"wave": "demo/1", "vms": %d, "byPhase": %s, "etaP50": %s, "etaP95": %s,
             "copy": {"done": 1073741824, "total": 2147483648, "bytesPerSecond": 0}}
            """
                .formatted(vms, byPhase, end, end));
  }
}
