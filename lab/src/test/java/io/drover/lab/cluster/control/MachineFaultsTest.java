// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.faults.Fault.What;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Machines that do not come up, do not stop, or come up twice; and what their guests write. */
class MachineFaultsTest {

  @TempDir private static Path folder;
  private static LabBench bench;

  @BeforeAll
  static void start() throws Exception {
    bench = LabBench.own(LabClusterOptions.in(folder, new TextGuests()));
    bench.land("good", TextGuests.disk("app", 1 << 20), "1Mi");
    bench.land("empty", new byte[1 << 20], "1Mi");
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  @AfterEach
  void clear() throws Exception {
    bench.cluster.faults().clear();
    for (Doc machine : bench.kube.list(Kind.VM)) {
      bench.kube.delete(Kind.VM, machine);
      bench.awaitGone(Kind.VM, machine.name());
    }
  }

  @Test
  void anAgentThatNeverConnectsLeavesTheMachineRunningWithoutIt() throws Exception {
    // Given
    var _ = bench.cluster.faults().add(Fault.on(What.AGENT_NEVER_CONNECTS, "shop", "mute"));

    // When
    machine("mute", "Always", "good");

    // Then
    var _ = bench.awaitPhase(Kind.VMI, "mute", "Running");
    Thread.sleep(400); // longer than an agent takes: nothing to await when nothing may happen
    assertThat(bench.get(Kind.VMI, "mute").condition("AgentConnected")).isEmpty();
    LabBench.Reply info = guestInfo("mute");
    assertThat(info.code()).isEqualTo(409);
    assertThat(info.body()).contains("VMI does not have guest agent connected");
  }

  @Test
  void aDiskWithoutAGuestDoesNotBoot() throws Exception {
    // When
    machine("dead", "Always", "empty");

    // Then
    var _ = bench.awaitPhase(Kind.VMI, "dead", "Running");
    long deadline = System.nanoTime() + LabBench.PATIENCE.toNanos();
    while (notBooted() == 0 && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    assertThat(notBooted()).isPositive();
    assertThat(bench.get(Kind.VMI, "dead").condition("AgentConnected")).isEmpty();
  }

  @Test
  void whatAGuestWritesIsCounted() throws Exception {
    // Given
    machine("busy", "Always", "good");
    var _ = bench.await(Kind.VMI, "busy", i -> i.condition("AgentConnected").equals("True"));

    // When
    String page = metrics();

    // Then
    long deadline = System.nanoTime() + LabBench.PATIENCE.toNanos();
    while (!page.matches("(?s).*name=\"busy\"[^}]*\\} [1-9].*") && System.nanoTime() < deadline) {
      Thread.sleep(50);
      page = metrics();
    }
    assertThat(page)
        .containsPattern(
            "kubevirt_vmi_storage_write_traffic_bytes_total\\{drive=\"root\",name=\"busy\","
                + "namespace=\"shop\",node=\"worker-\\d\"} [1-9]\\d*\n");
  }

  @Test
  void twoLauncherPodsRunWhenARuleSaysSo() throws Exception {
    // Given
    var _ = bench.cluster.faults().add(Fault.on(What.TWO_LAUNCHERS, "shop", "twin"));

    // When
    machine("twin", "Always", "good");

    // Then
    var _ = bench.awaitPhase(Kind.VMI, "twin", "Running");
    long deadline = System.nanoTime() + LabBench.PATIENCE.toNanos();
    while (launchers("twin") < 2 && System.nanoTime() < deadline) {
      Thread.sleep(20);
    }
    assertThat(launchers("twin")).isEqualTo(2);
  }

  @Test
  void aLostNodeFreezesItsMachineUntilItIsBack() throws Exception {
    // Given
    machine("far", "Always", "good");
    Doc running = bench.await(Kind.VMI, "far", i -> i.condition("AgentConnected").equals("True"));
    String node = running.text("/status/nodeName");
    String fault = bench.cluster.faults().add(Fault.on(What.NODE_LOST, "", node));
    var _ = bench.await(Kind.VMI, "far", i -> i.condition("Ready").equals("False"));
    bench.delete(Kind.VM, "far");
    Thread.sleep(300); // nothing may stop while nobody answers on that node
    boolean stillThere = bench.kube.get(Kind.VMI, "shop", "far").isPresent();

    // When
    assertThat(bench.cluster.faults().remove(fault)).isTrue();

    // Then
    assertThat(stillThere).isTrue();
    bench.awaitGone(Kind.VM, "far");
  }

  @Test
  void aMachineThatFitsNowhereSaysSo() throws Exception {
    // When
    var _ =
        bench.create(
            Kind.VM, LabClusterSuite.MACHINE.replace("2Gi", "900Gi"), "giant", "Always", "good");

    // Then
    Doc machine =
        bench.await(
            Kind.VM, "giant", m -> m.text("/status/printableStatus").equals("ErrorUnschedulable"));
    assertThat(machine.at("/status/conditions").toString()).contains("Insufficient memory");
  }

  @Test
  void aManualMachineStartsStopsAndRefusesWhatMakesNoSense() throws Exception {
    // Given
    machine("manual", "Manual", "good");
    var _ =
        bench.await(Kind.VM, "manual", m -> m.text("/status/printableStatus").equals("Stopped"));
    LabBench.Reply early = subresource("manual", "stop");

    // When
    LabBench.Reply started = subresource("manual", "start");

    // Then
    assertThat(early.code()).isEqualTo(409);
    assertThat(started.code()).isEqualTo(202);
    var _ = bench.awaitPhase(Kind.VMI, "manual", "Running");
    assertThat(subresource("manual", "start").code()).isEqualTo(409);
    assertThat(subresource("manual", "stop").code()).isEqualTo(202);
    bench.awaitGone(Kind.VMI, "manual");
  }

  @Test
  void rulesCanBeSetOverHttps() throws Exception {
    // When
    HttpResponse<String> added =
        bench.proxyClient.send(
            HttpRequest.newBuilder(bench.cluster.faultsUrl())
                .header("Authorization", "Bearer " + bench.server.orElseThrow().adminToken())
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"what\":\"SNAPSHOT_FAILS\",\"namespace\":\"shop\",\"times\":1}"))
                .build(),
            HttpResponse.BodyHandlers.ofString());

    // Then
    assertThat(added.statusCode()).isEqualTo(201);
    assertThat(bench.cluster.faults().active(What.SNAPSHOT_FAILS, "shop", "any")).isTrue();
  }

  private static void machine(String name, String strategy, String claim) throws IOException {
    var _ = bench.create(Kind.VM, LabClusterSuite.MACHINE, name, strategy, claim);
  }

  private static long launchers(String name) {
    return bench.kube.list(Kind.POD).stream()
        .filter(p -> p.label("vm.kubevirt.io/name").equals(name))
        .filter(p -> p.text("/status/phase").equals("Running"))
        .count();
  }

  private static long notBooted() {
    return bench.kube.list(Kind.EVENT).stream()
        .filter(e -> e.text("/reason").equals("GuestNotBooted"))
        .count();
  }

  private static LabBench.Reply guestInfo(String name) throws Exception {
    return bench.api(
        "GET",
        "/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachineinstances/"
            + name
            + "/guestosinfo",
        "");
  }

  private static LabBench.Reply subresource(String name, String verb) throws Exception {
    return bench.api(
        "PUT",
        "/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachines/" + name + "/" + verb,
        "{}");
  }

  private static String metrics() throws Exception {
    return bench
        .proxyClient
        .send(
            HttpRequest.newBuilder(bench.cluster.metricsUrl()).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }
}
