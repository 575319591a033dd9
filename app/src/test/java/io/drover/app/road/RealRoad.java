// SPDX-License-Identifier: Apache-2.0
package io.drover.app.road;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.ConsoleClient;
import io.drover.app.cli.Exit;
import io.drover.lab.LabConfiguration;
import io.drover.lab.cluster.api.AggregatedApi;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.LabClusterOptions;
import io.drover.lab.conformance.Jvm;
import io.drover.lab.conformance.KubePeer;
import io.drover.lab.conformance.Peers;
import io.drover.lab.conformance.VcsimTarget;
import io.drover.lab.kafka.BrokerProcess;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/**
 * vcsim, a broker in a process of its own, kube-apiserver with the real definitions and the lab's
 * controllers behind it, and Drover as processes that are told of them by a {@code drover.yaml}.
 */
final class RealRoad implements AutoCloseable {
  static final String NAMESPACE = "herd";
  private static final Path JAR = Path.of("target/drover.jar").toAbsolutePath();

  private final Path folder;
  private final Deque<AutoCloseable> begun = new ArrayDeque<>();
  private final List<Process> services = new ArrayList<>();
  private final HerdDisks disks;
  private final HerdGuests guests;
  private final VcsimTarget vcenter;
  private final KubePeer kube;
  private final LabCluster cluster;
  private final Outsider outsider;

  private RealRoad(Path folder, HerdDisks disks, int machines) throws Exception {
    this.folder = folder;
    this.disks = disks;
    this.guests = new HerdGuests(disks);
    try {
      BrokerProcess broker = BrokerProcess.start(folder.resolve("kafka"), 0);
      begun.push(broker::kill);
      outsider = new Outsider(broker.port());
      vcenter =
          VcsimTarget.start(
              "-vm", Integer.toString(machines), "-filled", "0", "-herd", "" + disks.describe());
      begun.push(vcenter);
      kube = KubePeer.start();
      begun.push(kube);
      LabClusterFixtures.apply(kube.url(), kube.caPem(), kube.token(), List.of(NAMESPACE));
      cluster =
          LabCluster.start(
              kube.url(),
              kube.caPem(),
              kube.token(),
              LabClusterOptions.in(folder.resolve("volumes"), guests)
                  .withWorkerCommand(Jvm.worker(JAR.toString())));
      begun.push(cluster);
      for (AggregatedApi api : cluster.aggregatedApis()) {
        kube.serve(api);
        kube.awaitServed(api);
      }
      configure(broker);
    } catch (Exception e) {
      close();
      throw e;
    }
  }

  /** What keeps it from starting here, or empty. */
  static Optional<String> missing() {
    return Peers.firstOf(
        VcsimTarget.missing(),
        KubePeer.missing(),
        Peers.tool("qemu-img"),
        Peers.tool("kcat"),
        Files.exists(JAR) ? Optional.empty() : Optional.of("no " + JAR + "; run mvn package"));
  }

  /** Starts the peers; the herd is the first machines of the simulator, a few others stand by. */
  static RealRoad start(Path folder, List<HerdVm> herd) throws Exception {
    HerdDisks disks = HerdDisks.make(Files.createDirectory(folder.resolve("ds")), herd, 42);
    return new RealRoad(folder, disks, herd.size() + 2);
  }

  private void configure(BrokerProcess broker) throws IOException {
    var at =
        new LabConfiguration.VCenter(
            "vcsim",
            vcenter.endpoint().url(),
            vcenter.user(),
            vcenter.password(),
            vcenter.thumbprint());
    new LabConfiguration("localhost:" + broker.port(), at, kube.kubeconfig(), cluster)
        .write(
            folder,
            folder.resolve("state"),
            0,
            NAMESPACE,
            new LabConfiguration.Patience("5s", "60s"));
  }

  /** Starts {@code drover up} with these roles. */
  Process up(String roles) throws IOException {
    List<String> command = Jvm.java("768m");
    command.addAll(
        List.of(
            "-Duser.home=" + folder,
            "-jar",
            JAR.toString(),
            "up",
            "-c",
            folder.resolve("drover.yaml").toString(),
            "--roles",
            roles));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(log(services.size()).toFile())
            .start();
    services.add(process);
    return process;
  }

  private Path log(int service) {
    return folder.resolve("up-" + service + ".log");
  }

  /** What all services said, one after the other. */
  String logs() throws IOException {
    var said = new StringBuilder();
    for (int i = 0; i < services.size(); i++) {
      said.append(Files.readString(log(i)));
    }
    return said.toString();
  }

  /** What nobody may ever read on a topic: the way to a lease's disks, passwords, tokens. */
  List<String> secrets() throws IOException {
    return List.of(
        "/nfc/",
        vcenter.password(),
        kube.token(),
        Json.mapper()
            .readTree(Files.readAllBytes(folder.resolve("state/console.json")))
            .path("token")
            .asText());
  }

  /** Whether every service still runs. */
  boolean alive() {
    return services.stream().allMatch(Process::isAlive);
  }

  /** A client of the console, once one wrote its address. */
  Optional<ConsoleClient> console() throws IOException {
    Path file = folder.resolve("state/console.json");
    if (!Files.exists(file)) {
      return Optional.empty();
    }
    JsonNode said = Json.mapper().readTree(Files.readAllBytes(file));
    return Optional.of(
        new ConsoleClient(URI.create(said.path("url").asText()), said.path("token").asText()));
  }

  HerdDisks disks() {
    return disks;
  }

  HerdGuests guests() {
    return guests;
  }

  VcsimTarget vcenter() {
    return vcenter;
  }

  Outsider outsider() {
    return outsider;
  }

  LabCluster cluster() {
    return cluster;
  }

  /** Ends the services as an operator would; whether all did so by themselves within 30 s. */
  boolean stopServices() throws InterruptedException {
    services.forEach(Process::destroy);
    boolean well = true;
    for (Process service : services) {
      well &= service.waitFor(30, TimeUnit.SECONDS) && service.exitValue() == Exit.TERMINATED;
    }
    return well;
  }

  @Override
  public void close() {
    services.forEach(Process::destroyForcibly);
    for (AutoCloseable one : begun) {
      try {
        one.close();
      } catch (Exception e) {
        System.err.println("stopping a peer: " + e);
      }
    }
  }
}
