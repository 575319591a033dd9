// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.drover.app.cli.ConsoleClient;
import io.drover.app.cli.Exit;
import io.drover.app.config.DroverConfig;
import io.drover.lab.LabStack;
import io.drover.lab.cluster.api.LabCertificates;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.conformance.Jvm;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabNetwork;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.faults.LabFaultRule;
import io.drover.runtime.config.Settings;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * A Drover with all that can be wrong with what it is pointed at: damaged, odd and well VMs, and
 * vCenters that cannot be used.
 */
final class BadInputLab implements AutoCloseable {
  static final String OWN_NAMESPACE = "elsewhere";

  final LabStack lab;
  final ConsoleClient console;
  final Path config;

  /** How the sources stood before anything was asked for. */
  final Map<String, String> before;

  private final Path folder;
  private final LabEstate oldEstate;
  private final LabVCenter old;
  private final Running running;
  private final String home;

  /** Starts it; its services know vCenters, cluster and Kafka by then. */
  BadInputLab(Path folder) throws Exception {
    this.folder = folder;
    lab = LabStack.start(folder.resolve("lab"), List.of(Jvm.worker()), BadInputLab::estate);
    LabClusterFixtures.apply(
        lab.api().url().toString(),
        lab.api().caPem(),
        lab.api().adminToken(),
        List.of(OWN_NAMESPACE));
    oldEstate = LabEstate.create("old", 5, LabPace.quick());
    old = LabVCenter.start(oldEstate, LabVCenter.Options.defaults().withExpiredCertificate());
    config = configuration();
    keep("vc", Map.of("password", lab.vcenter().password() + "\n"));
    before = sources();
    damage(LabFaultRule.Kind.STREAM_CORRUPT, "corrupt");
    damage(LabFaultRule.Kind.STREAM_TRUNCATED, "truncated");
    running = Running.start(ClusterSecrets.configuration(config), EnumSet.allOf(Roles.class));
    console =
        new ConsoleClient(URI.create(running.url()), running.token(), folder.resolve("tls.crt"));
    home = System.setProperty("user.home", folder.toString());
  }

  /** A Secret in the target cluster. */
  void keep(String name, Map<String, String> values) {
    try (var client = Wiring.connect(Settings.read(config, DroverConfig.class).cluster())) {
      client
          .resource(
              new SecretBuilder()
                  .withNewMetadata()
                  .withNamespace(OWN_NAMESPACE)
                  .withName(name)
                  .endMetadata()
                  .withStringData(values)
                  .build())
          .create();
    }
  }

  @Override
  public void close() {
    System.setProperty("user.home", home);
    running.close();
    old.close();
    oldEstate.close();
    lab.close();
  }

  private static LabEstate estate() {
    var estate = LabEstate.create("bad", 23, LabPace.quick().withGuestWrites(Duration.ofHours(1)));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 1, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    LabNetwork network = b.network("VM Network");
    for (String name :
        List.of("misnamed", "homeless", "corrupt", "truncated", "well", "Büro & Söhne_01")) {
      b.vm(name)
          .disk(DiskSpec.bytes(24L << 20).payloadMib(4).in(store))
          .nic(network, "VirtualVmxnet3", "10.0.0.5")
          .add();
    }
    b.vm("diskless").nic(network, "VirtualVmxnet3", "10.0.0.6").add();
    b.vm("rdm").disk(DiskSpec.bytes(16L << 20).rawDevice("physicalMode").in(store)).add();
    b.vm("shared").disk(DiskSpec.bytes(16L << 20).multiWriter().in(store)).add();
    b.vm("independent").disk(DiskSpec.bytes(16L << 20).independent().in(store)).add();
    return estate;
  }

  /** Every export of this VM comes like this. */
  private void damage(LabFaultRule.Kind kind, String vm) {
    lab.vcenter()
        .faults()
        .add(LabFaultRule.once(kind, "GET").times(-1).after(100_000).onEntity(vm));
  }

  /** The lab's configuration, and four vCenters that cannot be used. */
  private Path configuration() throws Exception {
    Path written = lab.writeConfiguration(folder.resolve(".drover"), 0);
    Path wrong = Files.writeString(folder.resolve("wrong"), "not-the-password");
    Path right = Files.writeString(folder.resolve("old-password"), old.password());
    Path ca = Files.writeString(folder.resolve("old-ca.pem"), old.caPem());
    String more =
        """
          - name: mistyped
            url: %s
            user: %s
            password: file:%s
            thumbprint: "%s"
          - name: replaced
            url: %s
            user: %s
            password: file:%s
            thumbprint: "%s"
          - name: expired
            url: %s
            user: %s
            password: file:%s
            ca: %s
          - name: switched-off
            url: https://127.0.0.1:1
            user: nobody
            password: file:%s
        cluster:
        """
            .formatted(
                lab.vcenter().url(),
                lab.vcenter().user(),
                wrong,
                lab.vcenter().sha256Thumbprint(),
                lab.vcenter().url(),
                lab.vcenter().user(),
                wrong,
                "AA:".repeat(31) + "AA",
                old.url(),
                old.user(),
                right,
                ca,
                wrong);
    LabCertificates certificates = LabCertificates.create();
    String console =
        "console:\n  certificate: %s\n  key: %s\n"
            .formatted(
                Files.writeString(folder.resolve("tls.crt"), certificates.certificatePem()),
                Files.writeString(folder.resolve("tls.key"), certificates.keyPem()));
    return Files.writeString(
        folder.resolve("drover.yaml"),
        Files.readString(written)
            .replaceFirst("password: file:.*", "password: secret:" + OWN_NAMESPACE + "/vc/password")
            .replace("console:\n", console)
            .replace("cluster:\n", more)
            .replace("compatibility: false", "")
            .replace("plan:\n", "plan:\n  compatibility: true\n"));
  }

  /** How every source but the one that moves stands, as a person in vCenter sees it. */
  Map<String, String> sources() {
    var all = new TreeMap<String, String>();
    for (LabVm vm : lab.estate().vms()) {
      if (vm.name().equals("well")) {
        continue;
      }
      all.put(
          vm.name(),
          "power "
              + vm.powerState()
              + ", template "
              + vm.template()
              + ", snapshots "
              + vm.snapshots().all().size()
              + ", lease "
              + (vm.lease() != null)
              + ", nics "
              + vm.nics().stream().map(nic -> nic.startConnected() + "/" + nic.connected()).toList()
              + ", disks "
              + vm.disks().stream().map(disk -> disk.file() + " " + disk.sizeBytes()).toList());
    }
    return all;
  }

  /** A command of this machine's user, who names neither the console nor its authority. */
  static String asked(String... arguments) {
    return Terminal.run(Exit.OK, arguments);
  }

  String events(String type) {
    return console.get("/api/v1/facts?type=" + type).toString();
  }

  void await(BooleanSupplier so, String what) throws InterruptedException {
    Onlooker.await(
        what,
        Duration.ofMinutes(4),
        () -> {},
        () -> Onlooker.phases(console) + " " + site("vcenter:lab"),
        () -> so.getAsBoolean() ? true : null);
  }

  JsonNode site(String name) {
    for (JsonNode row : console.get("/api/v1/inventory?kind=site")) {
      if (row.path("entity").path("name").asText().equals(name)) {
        return row.path("entity").path("problem");
      }
    }
    return MissingNode.getInstance();
  }
}
