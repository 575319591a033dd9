// SPDX-License-Identifier: Apache-2.0
package io.drover.app.road;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.Onlooker;
import io.drover.app.cli.ConsoleClient;
import io.drover.lab.conformance.Peers;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.schemas.Brain;
import io.drover.schemas.DiskProgress;
import io.drover.schemas.Topics;
import io.drover.schemas.wire.Json;
import io.drover.vsphere.Moref;
import io.drover.vsphere.PowerState;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VmFacts;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * A herd moves with no fake API of ours: from vcsim, over a broker in a process of its own, to a
 * real kube-apiserver with the real definitions. Only the controllers behind that are played.
 */
@Timeout(480)
class RealRoadIT {
  private static final List<HerdVm> HERD =
      List.of(
          HerdVm.linux("shop-web-01", 256),
          HerdVm.linux("shop-web-02", 192),
          HerdVm.linux("shop-db-01", 160, 320),
          HerdVm.linux("ledger-app-01", 128),
          new HerdVm("ledger-old-01", "centos7_64Guest", false, true, List.of(96)),
          new HerdVm("fleet-gate-01", "other5xLinux64Guest", false, false, List.of(64)),
          new HerdVm("fleet-win-01", "windows2019srv_64Guest", true, true, List.of(384)));

  /** The one that an operator brings back while it soaks. */
  private static final String BACK = "shop-web-02";

  private static final Duration PATIENCE = Duration.ofSeconds(240);

  @BeforeAll
  static void peers() {
    Peers.need("the whole road on real peers", RealRoad.missing());
  }

  @Test
  void aHerdMovesAndOneVmComesBack(@TempDir Path folder) throws Exception {
    try (RealRoad road = RealRoad.start(folder, HERD);
        VSphere vsphere = VSphere.connect(road.vcenter().endpoint())) {
      lastWords(road, vsphere);
      VmFacts before = facts(vsphere, BACK);
      road.up("ingest,planner,console");
      road.up("converter,executor");
      ConsoleClient console = await("the console", road, () -> road.console().orElse(null));

      Map<String, String> atTheSource = travel(road, console);

      assertThat(Onlooker.results(console)).isEqualTo(expected());
      assertThat(road.guests().verdicts())
          .hasSize(8)
          .allSatisfy((disk, verdict) ->
              assertThat(verdict).as("qemu-img compare of %s", disk).isEqualTo("equal"));
      assertThat(road.disks().digests()).as("the sources' bytes").isEqualTo(atTheSource);
      asItWas(before, facts(vsphere, BACK));
      goneButKept(vsphere);
      assertThat(leftovers(console, road)).isEmpty();
      onRecord(road.outsider().read(Brain.MIGRATION.facts()));
      underWay(road.outsider().read(Topics.PROGRESS), console);
      noSecretIn(road);
      assertThat(road.stopServices()).as("all services ended when told").isTrue();
      assertThat(road.logs()).doesNotContain("ERROR").doesNotContain("Exception in thread");
    }
  }

  /** Each guest writes once more, on every disk, before anything moves. */
  private static void lastWords(RealRoad road, VSphere vsphere) throws Exception {
    for (HerdVm vm : HERD) {
      for (VmFacts.Disk disk : facts(vsphere, vm.name()).disks()) {
        byte[] words = ("last words of " + vm.name()).getBytes(StandardCharsets.US_ASCII);
        road.vcenter().writeAsGuest(vm.name(), disk.deviceKey(), HerdDisks.LABEL + 4096, words);
      }
    }
  }

  /**
   * Inventory, plan, approval, start, and the end of the wave.
   *
   * @return digests of the disks at the source when the wave began
   */
  private static Map<String, String> travel(RealRoad road, ConsoleClient console) throws Exception {
    for (String kind : List.of("vm", "storageclass")) {
      int least = kind.equals("vm") ? HERD.size() : 1;
      await(
          "the inventory of " + kind,
          road,
          () -> console.get("/api/v1/inventory?kind=" + kind).size() >= least ? true : null);
    }
    Map<String, Object> overrides = new HashMap<>();
    for (HerdVm vm : HERD) {
      overrides.put(vm.name(), Map.of("wave", 1, "networks", Map.of(), "probes", List.of()));
    }
    console.post(
        "/api/v1/plans/road",
        Map.of("waveSize", HERD.size(), "settings", Map.of("overrides", overrides)));
    await("the plan", road, () -> console.get("/api/v1/waves").size() > 0 ? true : null);
    Map<String, String> atTheSource = road.disks().digests();
    console.post("/api/v1/waves/road/1/approve", Map.of("planVersion", 1));
    console.post("/api/v1/waves/road/1/start", Map.of("planVersion", 1));
    await(
        "all to soak",
        road,
        () ->
            stand(console).values().stream().filter(at -> at.startsWith("SOAKING ")).count()
                    == HERD.size()
                ? true
                : null);
    console.post(
        "/api/v1/migrations/" + keys(console).get(BACK) + "/rollback",
        Map.of("reason", "the customers like the old one better"));
    await("the way back", road, () -> Onlooker.results(console).containsKey(BACK) ? true : null);
    console.post("/api/v1/waves/road/1/commit", Map.of());
    await("the end", road, () -> Onlooker.results(console).size() == HERD.size() ? true : null);
    return atTheSource;
  }

  private static Map<String, String> expected() {
    var expected = new TreeMap<String, String>();
    HERD.forEach(vm -> expected.put(vm.name(), "COMMITTED both"));
    expected.put(BACK, "ROLLED_BACK both");
    return expected;
  }

  /** Where each journey stands, for people. */
  private static Map<String, String> stand(ConsoleClient console) {
    var stand = new TreeMap<String, String>();
    for (JsonNode m : console.get("/api/v1/migrations")) {
      stand.put(
          m.path("name").asText(),
          m.path("phase").asText()
              + " "
              + m.path("step").asText()
              + " "
              + m.path("problem").path("what").asText());
    }
    return stand;
  }

  private static Map<String, String> keys(ConsoleClient console) {
    var keys = new TreeMap<String, String>();
    console
        .get("/api/v1/migrations")
        .forEach(m ->
            keys.put(
                m.path("name").asText(),
                m.path("vm").path("vcenter").asText() + "/" + m.path("vm").path("vm").asText()));
    return keys;
  }

  private static VmFacts facts(VSphere vsphere, String name) {
    Moref vm = vsphere.machines().byName(name).getFirst();
    return vsphere.machines().facts(vm);
  }

  /** The VM that came back runs as it was recorded, and nothing of ours is left on it. */
  private static void asItWas(VmFacts before, VmFacts after) {
    assertThat(after.runtime().powerState()).isEqualTo(PowerState.ON);
    assertThat(after.guest().toolsRunning()).isTrue();
    assertThat(after.identity().template()).isFalse();
    assertThat(after.placement().resourcePool()).isEqualTo(before.placement().resourcePool());
    assertThat(after.placement().host()).isEqualTo(before.placement().host());
    assertThat(after.nics()).isEqualTo(before.nics());
    assertThat(after.snapshots()).isEmpty();
    assertThat(after.notes().extraConfig().keySet()).noneMatch(key -> key.startsWith("drover."));
  }

  /** The sources of what was committed are off and locked, never deleted. */
  private static void goneButKept(VSphere vsphere) {
    for (HerdVm vm : HERD) {
      if (!vm.name().equals(BACK)) {
        VmFacts facts = facts(vsphere, vm.name());
        assertThat(facts.runtime().powerState()).as(vm.name()).isEqualTo(PowerState.OFF);
        assertThat(facts.identity().template()).as(vm.name()).isTrue();
        assertThat(facts.nics()).as(vm.name()).noneMatch(VmFacts.Nic::startConnected);
      }
    }
  }

  /** Volumes of the VM that came back; there must be none. */
  private static List<String> leftovers(ConsoleClient console, RealRoad road) throws Exception {
    var left = new ArrayList<String>();
    for (JsonNode receipt :
        console
            .get("/api/v1/migrations/" + keys(console).get(BACK))
            .path("migration")
            .path("receipts")) {
      String volume = receipt.path("volume").asText();
      String claim = volume.substring(volume.indexOf('/') + 1);
      road.cluster().volumeOf(RealRoad.NAMESPACE, claim).ifPresent(found -> left.add(volume));
    }
    return left;
  }

  /** An outsider finds the end of each journey once, as a CloudEvent. */
  private static void onRecord(List<Outsider.Event> events) {
    assertThat(events)
        .hasSizeGreaterThan(HERD.size() * 10)
        .allSatisfy(event ->
            assertThat(event.attributes())
                .containsEntry("specversion", "1.0")
                .containsKeys("id", "source", "type", "time"));
    assertThat(events)
        .extracting(event -> event.attributes().get("source") + " " + event.attributes().get("id"))
        .doesNotHaveDuplicates();
    assertThat(events.stream().filter(event -> event.type().contains(".cutoverCommitted.")))
        .hasSize(HERD.size() - 1);
    assertThat(events.stream().filter(event -> event.type().contains(".cutoverRolledBack.")))
        .hasSize(1);
  }

  /** An outsider hears how far each disk is, by its VM. */
  private static void underWay(List<Outsider.Event> reports, ConsoleClient console) {
    assertThat(reports)
        .isNotEmpty()
        .allSatisfy(report -> {
          DiskProgress disk = Json.mapper().convertValue(report.data(), DiskProgress.class);
          assertThat(report.key()).isEqualTo(disk.vm().toString());
          assertThat(disk.total()).isPositive();
          assertThat(disk.done()).isBetween(0L, disk.total());
          assertThat(disk.migration().value()).isNotEmpty();
        });
    assertThat(reports).extracting(Outsider.Event::key).containsAll(keys(console).values());
  }

  /** What is on a topic is there for ever, and for everybody who may read it. */
  private static void noSecretIn(RealRoad road) throws Exception {
    var held = new TreeMap<String, String>();
    for (KafkaTopics.Topic topic :
        new KafkaTopics(KafkaSettings.local(road.outsider().bootstrap())).all()) {
      held.put(topic.name(), road.outsider().raw(topic.name()));
    }
    assertThat(held.get(Brain.CONVERSION.facts()))
        .contains("LeaseOpened")
        // Behind its session, the id of a lease is a part of the addresses of its disks.
        .doesNotContainPattern("session\\[[^\\]]*\\][^\"\\\\]");
    for (String secret : road.secrets()) {
      assertThat(held)
          .allSatisfy((topic, records) ->
              assertThat(records.contains(secret)).as("a secret on " + topic).isFalse());
    }
  }

  private static <T> T await(String what, RealRoad road, Callable<T> get) throws Exception {
    return Onlooker.await(
        what,
        PATIENCE,
        () -> assertThat(road.alive()).as(() -> "services run; they said " + said(road)).isTrue(),
        () -> stand(road) + "; services said " + said(road),
        get);
  }

  private static String stand(RealRoad road) {
    try {
      return String.valueOf(road.console().map(RealRoadIT::stand));
    } catch (java.io.IOException | RuntimeException e) {
      return e.toString();
    }
  }

  private static String said(RealRoad road) {
    try {
      return road.logs();
    } catch (java.io.IOException e) {
      return e.toString();
    }
  }
}
