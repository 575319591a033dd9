// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Exit;
import io.drover.app.cli.Failure;
import io.drover.app.config.DroverConfig;
import io.drover.lab.LabStack;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.runtime.config.Settings;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bad input, line by line: each gives one clear sentence that names the thing and the remedy, in
 * the command line, in the API and among the events, and leaves source and target as they were.
 */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class BadInputIT {
  /** Whatever Drover makes at the target, with its API version. */
  private static final Map<String, String> TARGET_KINDS =
      Map.of(
          "PersistentVolumeClaim", "v1",
          "VirtualMachine", "kubevirt.io/v1",
          "DataVolume", "cdi.kubevirt.io/v1beta1",
          "Job", "batch/v1");

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
  @Order(2)
  void anUnknownKeyIsNamedWithTheOneThatIsMeant() throws Exception {
    Path mistyped =
        Files.writeString(
            folder.resolve("mistyped.yaml"),
            Files.readString(world.config).replace("  storage:", "  storge:"));

    assertThat(Terminal.run(Exit.CONFIGURATION, "config", "check", mistyped.toString()))
        .contains("plan.storge", "storage");
    assertThat(Terminal.run(Exit.CONFIGURATION, "up", "-c", mistyped.toString()))
        .contains("plan.storge", "storage");
    assertThatThrownBy(() ->
            world.console.post("/api/v1/plans/x", Map.of("settings", Map.of("storge", Map.of()))))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("'storge'")
        .hasMessageContaining("storage");
    assertThatThrownBy(() ->
            world.console.post(
                "/api/v1/plans/x",
                Map.of(
                    "settings", Map.of("overrides", Map.of("rdm", Map.of("storageClas", "fast"))))))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("'overrides.rdm.storageClas'")
        .hasMessageContaining("storageClass");
  }

  @Test
  @Order(3)
  void aVmThatCannotMoveIsLeftOutWithItsReason() throws Exception {
    world.await(
        () ->
            world.console.get("/api/v1/inventory?kind=vm").size() == world.lab.estate().vms().size()
                && world
                    .console
                    .get("/api/v1/inventory?kind=network")
                    .toString()
                    .contains(BadInputLab.OWN_NAMESPACE)
                && world.console.get("/api/v1/inventory?kind=storageclass").size() > 0,
        "the inventory");
    var overrides =
        Map.of(
            "homeless",
            Map.of("storageClass", "nowhere"),
            "misnamed",
            Map.of("name", "Not_A_Name"),
            "corrupt",
            Map.of("wave", 1),
            "truncated",
            Map.of("wave", 1),
            "Büro & Söhne_01",
            Map.of("wave", 2),
            "well",
            Map.of(
                "wave",
                1,
                "namespace",
                BadInputLab.OWN_NAMESPACE,
                "name",
                "another-name",
                "storageClass",
                LabClusterFixtures.FILE_CLASS,
                "networks",
                Map.of("VM Network", BadInputLab.OWN_NAMESPACE + "/vlan-100")));

    world.console.post(
        "/api/v1/plans/bad", Map.of("waveSize", 8, "settings", Map.of("overrides", overrides)));
    world.await(() -> world.console.get("/api/v1/waves").size() > 0, "the plan");

    var lines =
        Map.of(
            "diskless", "no disk",
            "rdm", "raw device mapping",
            "shared", "shared",
            "independent", "independent",
            "homeless", "storage class nowhere",
            "misnamed", "'Not_A_Name'");
    JsonNode left = world.console.get("/api/v1/plans/bad").path("proposal").path("left");
    String shown = BadInputLab.asked("plan", "show", "bad");
    String events = world.events("planProposed");
    assertThat(left).hasSize(lines.size());
    for (JsonNode vm : left) {
      String name = vm.path("name").asText();
      String why = vm.path("why").asText() + vm.path("concerns");
      String remedy = vm.path("concerns").path(0).path("remedy").asText();
      assertThat(why).as(name).containsIgnoringCase(lines.get(name));
      assertThat(remedy).as(name).isNotBlank();
      assertThat(shown).as(name).contains(name, vm.path("why").asText(), remedy);
      assertThat(events).as(name).contains(name, vm.path("why").asText(), remedy);
    }
    assertThat(shown)
        .as("a source's own name is made one that Kubernetes can carry")
        .containsPattern(
            "Büro & Söhne_01 .*name-changes.* " + LabStack.NAMESPACE + "/b-ro-s-hne-01");
    assertThat(world.sources()).isEqualTo(world.before);
  }

  @Test
  @Order(4)
  void aDamagedDiskEndsItsJourneyAndNoOther() throws Exception {
    Map<String, Object> version =
        Map.of("planVersion", world.console.get("/api/v1/plans/bad").path("version").asInt());
    world.console.post("/api/v1/waves/bad/1/approve", version);
    world.console.post("/api/v1/waves/bad/1/start", version);

    var lines =
        Map.of(
            "corrupt", "Hard disk 1 of VM corrupt is no whole disk: The grain",
            "truncated", "Hard disk 1 of VM truncated is no whole disk: The stream ends");
    world.await(
        () -> ended().keySet().containsAll(lines.keySet()), "the damaged ones to come back");
    world.await(
        () -> Onlooker.phases(world.console).get("well").equals("SOAKING"), "the well one to soak");

    String events = world.events("rollbackBegun");
    lines.forEach((name, word) -> {
      JsonNode status = ended().get(name);
      String what = status.path("problem").path("what").asText();
      String remedy = status.path("problem").path("remedy").asText();
      assertThat(status.path("result").asText()).as(name).isEqualTo("ROLLED_BACK");
      assertThat(what).as(name).contains(word);
      assertThat(remedy).as(name).isNotBlank();
      assertThat(BadInputLab.asked("vm", "show", name)).as(name).contains(what, remedy);
      assertThat(events).as(name).contains(what, remedy);
    });
    assertThat(world.sources()).isEqualTo(world.before);
    try (var client = Wiring.connect(Settings.read(world.config, DroverConfig.class).cluster())) {
      for (String kind : TARGET_KINDS.keySet()) {
        assertThat(objects(client, LabStack.NAMESPACE, kind)).as(kind).isEmpty();
      }
      asItsOverridesSay(client);
    }
  }

  /** Namespace, name, storage and network of the one VM that is moved otherwise than the plan. */
  private static void asItsOverridesSay(KubernetesClient client) {
    assertThat(objects(client, BadInputLab.OWN_NAMESPACE, "VirtualMachine"))
        .singleElement()
        .satisfies(vm -> {
          assertThat(vm.getMetadata().getName()).isEqualTo("another-name");
          assertThat(vm.toString()).contains(BadInputLab.OWN_NAMESPACE + "/vlan-100");
        });
    assertThat(objects(client, BadInputLab.OWN_NAMESPACE, "PersistentVolumeClaim"))
        .singleElement()
        .satisfies(claim ->
            assertThat((String) claim.get("spec", "storageClassName"))
                .isEqualTo(LabClusterFixtures.FILE_CLASS));
  }

  private static List<GenericKubernetesResource> objects(
      KubernetesClient client, String namespace, String kind) {
    return client
        .genericKubernetesResources(TARGET_KINDS.get(kind), kind)
        .inNamespace(namespace)
        .list()
        .getItems();
  }

  private static Map<String, JsonNode> ended() {
    var ended = new TreeMap<String, JsonNode>();
    for (JsonNode status : world.console.get("/api/v1/migrations")) {
      if (status.hasNonNull("result")) {
        ended.put(status.path("name").asText(), status);
      }
    }
    return ended;
  }
}
