// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.drover.app.cli.Exit;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What commands make of answers that a console gives which the other tests do not have. */
class ForeignConsoleTest {
  @TempDir private Path folder;
  private HttpServer server;
  private String token = "";

  @BeforeEach
  void start() throws Exception {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.start();
    token = Files.writeString(folder.resolve("token"), "a-token\n").toString();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  private String[] to(String... arguments) {
    String[] all = Arrays.copyOf(arguments, arguments.length + 4);
    all[arguments.length] = "--server";
    all[arguments.length + 1] = "http://127.0.0.1:" + server.getAddress().getPort();
    all[arguments.length + 2] = "--token-file";
    all[arguments.length + 3] = token;
    return all;
  }

  private void answers(String path, String text) {
    server.createContext(
        path,
        exchange -> {
          byte[] answer = text.getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
  }

  @Test
  void aConsoleWhoseTokenIsNotKnownIsNamed() {
    // Nobody listens at this one, so no console on this machine keeps its token.
    assertThat(Terminal.run(Exit.CONFIGURATION, "inventory", "--server", "http://127.0.0.1:1"))
        .contains("No token is known for http://127.0.0.1:1: give it by --token-file");
  }

  @Test
  void whatAnotherConsoleKeepsIsNotShownAsNew() throws Exception {
    answers("/api/v1/facts", "[" + fact("known", "2026-03-01T12:00:00Z") + "]");
    answers(
        "/api/v1/stream",
        "event: fact\ndata: "
            + fact("old", "2026-03-01T11:00:00Z")
            + "\n\nevent: fact\ndata: "
            + fact("late", "2026-03-01T11:59:30Z")
            + "\n\n");

    String followed =
        Terminal.follow(said -> said.contains("  late  "), said -> {}, to("events", "-f"));

    assertThat(followed).contains("  known  ").doesNotContain("  old  ");
  }

  private static String fact(String key, String at) {
    return "{\"type\":\"io.drover.plan.planAsked.v1\",\"key\":\""
        + key
        + "\",\"sequence\":1,\"at\":\""
        + at
        + "\",\"actor\":\"ada\",\"data\":{}}";
  }

  @Test
  void aNameFromElsewhereDoesNotSteerTheTerminal() {
    String name = "web\\u001b[2J\\u009b31m";
    String journey =
        "{\"vm\":{\"vcenter\":\"vc\",\"vm\":\"u-web\"},\"name\":\""
            + name
            + "\",\"wave\":\"p/1\",\"phase\":\"HELD\",\"problem\":{\"what\":\"VM "
            + name
            + " is odd.\",\"remedy\":\"Look.\"}}";
    answers("/api/v1/migrations/vc/u-web", "{\"migration\":" + journey + "}");
    answers("/api/v1/migrations", "[" + journey + "]");
    answers("/api/v1/facts", "[" + fact("p", "2026-03-01T12:00:00Z").replace("ada", name) + "]");
    answers(
        "/api/v1/waves/p/1",
        "{\"wave\":{\"wave\":\"p/1\",\"stage\":\"RUNNING\",\"blockers\":[\""
            + name
            + " waits\"]},\"migrations\":["
            + journey
            + "]}");

    String said =
        Terminal.run(Exit.OK, to("vm", "show", "vc/u-web"))
            + Terminal.run(Exit.OK, to("vm", "list"))
            + Terminal.run(Exit.OK, to("events"))
            + Terminal.run(Exit.OK, to("wave", "show", "p/1"));

    assertThat(said)
        .contains("web?[2J?31m  HELD", "VM web?[2J?31m is odd. Look.", "web?[2J?31m waits")
        .doesNotContain("\u001b", "\u009b");
  }

  @Test
  void anEmptyInventorySaysWhereToLook() {
    answers("/api/v1/inventory", "[]");

    assertThat(Terminal.run(Exit.OK, to("inventory")))
        .contains("(none)", "'drover inventory --kind site' says whether each vCenter");
    assertThat(Terminal.run(Exit.OK, to("inventory", "-o", "json")).strip()).isEqualTo("[ ]");
  }

  @Test
  void aPlanThatDoesNotStandHasNoConcernsToShow() {
    answers("/api/v1/plans/made", "{\"id\":\"made\",\"version\":2,\"outdated\":[]}");
    answers(
        "/api/v1/plans/failed",
        "{\"id\":\"failed\",\"version\":1,\"problem\":\"No VM is like that.\",\"outdated\":[]}");

    for (String[] looks : new String[][] {{"assess"}, {"plan", "show"}}) {
      String[] made = Arrays.copyOf(looks, looks.length + 1);
      String[] failed = Arrays.copyOf(looks, looks.length + 1);
      made[looks.length] = "made";
      failed[looks.length] = "failed";

      assertThat(Terminal.run(Exit.REFUSED, to(made)))
          .contains("Version 2 of plan made is still being made; ask again soon.");
      assertThat(Terminal.run(Exit.REFUSED, to(failed))).contains("No VM is like that.");
    }
  }

  @Test
  void aJourneyShowsTheWayOfItsDisksAndTheDigestThatIsKnown() {
    answers(
        "/api/v1/migrations/vc/u-web",
        """
        {"migration": {"name": "web", "phase": "SOAKING", "receipts": [
           {"diskKey": 2000, "volume": "apps/a", "level": "TARGET", "target": {"root": "feed"}},
           {"diskKey": 2001, "volume": "apps/b", "level": "BOTH", "source": {"root": "beef"},
            "target": {"root": "beef"}}]},
         "facts": [
           {"type": "io.drover.migration.migrationStarted.v1", "data": {}},
           {"type": "io.drover.conversion.copyBegun.v1", "data": {"order": {"transfer": "STREAM"}}},
           %s,
           {"type": "io.drover.migration.migrationStarted.v1", "data": {}},
           {"type": "io.drover.conversion.copyBegun.v1", "data": {"order": {"transfer": "STREAM"}}},
           %s, %s, %s]}
        """
            .formatted(
                prepared(2002, "\"sink\": \"DIRECT\", \"why\": \"In a journey before.\""),
                prepared(2000, "\"sink\": \"UPLOAD\", \"why\": \"At first.\""),
                prepared(2001, "\"sink\": \"HTTP\", \"why\": \"The plan asks for it.\""),
                prepared(2000, "\"sink\": \"HTTP\", \"why\": \"The plan asks for it.\"")));
    answers(
        "/api/v1/migrations/vc/u-db",
        """
        {"migration": {"name": "db"}, "facts": [
           {"type": "io.drover.conversion.copyBegun.v1", "data": {"order": {"transfer": "VDDK"}}},
           %s]}
        """
            .formatted(prepared(2000, "\"volume\": \"apps/c\"")));

    assertThat(Terminal.run(Exit.OK, to("vm", "show", "vc/u-web")))
        .contains("Disk 2000, 2001 by http: The plan asks for it.")
        .doesNotContain("In a journey before")
        .containsPattern("2000 apps/a +TARGET +feed")
        .containsPattern("2001 apps/b +BOTH +beef");
    assertThat(Terminal.run(Exit.OK, to("vm", "show", "vc/u-db"))).contains("Disk 2000 by vddk\n");
  }

  private static String prepared(int disk, String evidence) {
    return """
    {"type": "io.drover.conversion.copyStepEnded.v1",
     "data": {"step": "PREPARE", "diskKey": %d, "evidence": {%s}}}
    """
        .formatted(disk, evidence);
  }

  @Test
  void whatAListOfFactsLeavesOutIsSaid() {
    server.createContext(
        "/api/v1/facts",
        exchange -> {
          byte[] answer =
              ("[" + fact("p", "2026-03-01T12:00:00Z") + "]").getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().add("drover-older", "321");
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });

    assertThat(Terminal.run(Exit.OK, to("events")))
        .contains("the newest 1 facts; up to 321 older ones are left out. --type ");
    assertThat(Terminal.run(Exit.OK, to("events", "-o", "json"))).doesNotContain("left out");
  }
}
