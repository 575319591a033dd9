// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Exit;
import io.drover.app.cli.Failure;
import io.drover.lab.cluster.api.LabUser;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Systems that cannot be used: each gives one clear sentence that names it and the remedy, in the
 * command line, in the API and among the events, and leaves the sources as they were.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BadSitesIT {
  @TempDir private static Path folder;
  private static BadInputLab world;

  @BeforeAll
  static void start() throws Exception {
    world = new BadInputLab(folder);
  }

  @AfterAll
  static void stop() {
    world.close();
  }

  @Test
  @Order(1)
  void aSiteThatIsWellIsSaidToBe() throws Exception {
    Path well = world.lab.writeConfiguration(folder.resolve("well"), 0);

    assertThat(Terminal.run(Exit.OK, "check", "-c", well.toString(), "--skip-hosts"))
        .endsWith("All that was tried is well.\n");
  }

  @Test
  @Order(1)
  void aVCenterThatCannotBeUsedSaysWhy() throws Exception {
    var lines =
        Map.of(
            "mistyped", List.of("password"),
            "replaced", List.of("certificate", "thumbprint"),
            "expired", List.of("expired on"),
            "switched-off", List.of("127.0.0.1:1"));
    for (String name : lines.keySet()) {
      world.await(() -> world.site("vcenter:" + name).isObject(), "the problem of " + name);
    }
    world.await(
        () -> world.site("vcenter:lab").isNull() || world.site("vcenter:lab").isMissingNode(),
        "the lab");

    String checked =
        Terminal.run(Exit.NOT_WELL, "check", "-c", world.config.toString(), "--skip-hosts");
    String sites = BadInputLab.asked("inventory", "--kind", "site");
    String events = world.events("entityInventoried");

    lines.forEach((name, words) -> {
      JsonNode problem = world.site("vcenter:" + name);
      String what = problem.path("what").asText();
      assertThat(what).as(name).contains(name);
      assertThat(problem.path("remedy").asText()).as(name).isNotBlank();
      for (String word : words) {
        assertThat(what + " " + problem.path("remedy").asText())
            .as(name)
            .containsIgnoringCase(word);
        assertThat(checked).as(name).containsIgnoringCase(word);
      }
      assertThat(sites).as(name).contains(what);
      assertThat(events).as(name).contains(what.replace("\"", "\\\""));
    });
    assertThat(checked + sites + events).doesNotContain("not-the-password");
  }

  @Test
  @Order(1)
  void aSecretOfTheClusterThatCannotBeReadSaysWhy() throws Exception {
    world.keep("bare", Map.of("user", "drover"));
    var stranger = LabUser.limited("stranger", "a-stranger");
    world.lab.api().addUser(stranger);
    Path kubeconfig = world.lab.api().kubeconfig(folder.resolve("strangers-kubeconfig"), stranger);
    var lines =
        Map.of(
            "secret:elsewhere/none/password", "The Secret none is not in namespace elsewhere",
            "secret:elsewhere/bare/password", "has no key password; its keys are [user]",
            "secret:elsewhere/vc/password", "bind the role drover-secrets of deploy/rbac.yaml");
    for (String reference : lines.keySet()) {
      String text =
          Files.readString(world.config)
              .replaceFirst("password: secret:.*", "password: " + reference);
      if (reference.contains("/vc/")) {
        text = text.replaceFirst("kubeconfig: .*", "kubeconfig: " + kubeconfig);
      }
      Path pointing = Files.writeString(folder.resolve("pointing.yaml"), text);

      String started = Terminal.run(Exit.CONFIGURATION, "up", "-c", pointing.toString());

      assertThat(started)
          .contains("vcenters[0].password: ", reference, lines.get(reference))
          .doesNotContain(world.lab.vcenter().password());
    }
    Path foreign =
        Files.writeString(
            folder.resolve("foreign.yaml"),
            Files.readString(world.config)
                .replaceFirst("kubeconfig: .*", "kubeconfig: " + kubeconfig));
    String checked = Terminal.run(Exit.NOT_WELL, "check", "-c", foreign.toString(), "--skip-hosts");
    assertThat(checked)
        .containsIgnoringCase("vcenters[0].password: The secret ")
        .containsPattern("NO +rights +Not allowed in the whole cluster: list +/?nodes")
        .containsPattern("NO +storage +")
        .contains("upload proxy");
  }

  @Test
  @Order(5)
  void aClusterThatGoesAwaySaysSo() throws Exception {
    String where = world.lab.api().url().toString();
    world.lab.api().close();

    world.await(
        () -> {
          for (JsonNode row : world.console.get("/api/v1/inventory?kind=site")) {
            if (row.path("entity").path("problem").path("what").asText().contains("cluster")) {
              return true;
            }
          }
          return false;
        },
        "the cluster's problem");

    assertThat(BadInputLab.asked("inventory", "--kind", "site"))
        .contains("The cluster at " + where);
    assertThat(world.events("entityInventoried")).contains("The cluster at " + where);
    assertThat(Terminal.run(Exit.NOT_WELL, "check", "-c", world.config.toString(), "--skip-hosts"))
        .contains("cluster");
    assertThat(world.sources()).isEqualTo(world.before);
  }

  @Test
  @Order(6)
  void aKafkaThatGoesAwaySaysSo() throws Exception {
    world.console.post("/api/v1/plans/bad", Map.of());
    world.await(() -> world.console.get("/api/v1/waves").size() > 0, "the plan");
    assertThat(BadInputLab.asked("wave", "list")).contains("bad/1").doesNotContain("Kafka at ");
    String why = "Kafka at " + world.lab.kafka().bootstrap() + " has not answered since ";
    world.lab.kafka().close();

    world.await(() -> BadInputLab.asked("wave", "list").contains(why), "the console to notice");

    assertThat(BadInputLab.asked("wave", "list"))
        .contains("bad/1", why, "See that the brokers are up");
    assertThatThrownBy(() -> world.console.post("/api/v1/plans/bad", Map.of()))
        .isInstanceOf(Failure.class)
        .hasMessageContaining(why)
        .hasMessageContaining("See that the brokers are up");
    assertThat(Terminal.run(Exit.UNREACHABLE, "wave", "commit", "bad/1"))
        .contains(why, "See that the brokers are up");
    assertThat(Terminal.run(Exit.NOT_WELL, "check", "-c", world.config.toString(), "--skip-hosts"))
        .contains("Nobody answers at kafka.bootstrap");
  }
}
