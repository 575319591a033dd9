// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.ConsoleClient;
import io.drover.app.cli.Exit;
import io.drover.app.cli.Failure;
import io.drover.app.config.DroverConfig;
import io.drover.lab.LabStack;
import io.drover.lab.cluster.api.LabCertificates;
import io.drover.lab.cluster.api.LabUser;
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
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
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
  private static final String OWN_NAMESPACE = "elsewhere";

  /** Whatever Drover makes at the target, with its API version. */
  private static final Map<String, String> TARGET_KINDS =
      Map.of(
          "PersistentVolumeClaim", "v1",
          "VirtualMachine", "kubevirt.io/v1",
          "DataVolume", "cdi.kubevirt.io/v1beta1",
          "Job", "batch/v1");

  @TempDir private static Path folder;
  private static LabStack lab;
  private static LabEstate oldEstate;
  private static LabVCenter old;
  private static Running running;
  private static ConsoleClient console;
  private static Path config;
  private static String home;
  private static Map<String, String> before;

  @BeforeAll
  static void start() throws Exception {
    lab = LabStack.start(folder.resolve("lab"), List.of(Jvm.worker()), BadInputIT::estate);
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
  private static void keep(String name, Map<String, String> values) {
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

  @AfterAll
  static void stop() {
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
    for (String name : List.of("misnamed", "homeless", "corrupt", "truncated", "well")) {
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
  private static void damage(LabFaultRule.Kind kind, String vm) {
    lab.vcenter()
        .faults()
        .add(LabFaultRule.once(kind, "GET").times(-1).after(100_000).onEntity(vm));
  }

  /** The lab's configuration, and four vCenters that cannot be used. */
  private static Path configuration() throws Exception {
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
  private static Map<String, String> sources() {
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
  private static String asked(String... arguments) {
    return Terminal.run(Exit.OK, arguments);
  }

  private static String events(String type) {
    return console.get("/api/v1/facts?type=" + type).toString();
  }

  private static void await(BooleanSupplier so, String what) throws InterruptedException {
    Onlooker.await(
        what,
        Duration.ofSeconds(90),
        () -> {},
        () -> Onlooker.phases(console) + " " + site("vcenter:lab"),
        () -> so.getAsBoolean() ? true : null);
  }

  private static JsonNode site(String name) {
    for (JsonNode row : console.get("/api/v1/inventory?kind=site")) {
      if (row.path("entity").path("name").asText().equals(name)) {
        return row.path("entity").path("problem");
      }
    }
    return com.fasterxml.jackson.databind.node.MissingNode.getInstance();
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
      await(() -> site("vcenter:" + name).isObject(), "the problem of " + name);
    }
    await(() -> site("vcenter:lab").isNull() || site("vcenter:lab").isMissingNode(), "the lab");

    String checked = Terminal.run(Exit.NOT_WELL, "check", "-c", config.toString(), "--skip-hosts");
    String sites = asked("inventory", "--kind", "site");
    String events = events("entityInventoried");

    lines.forEach((name, words) -> {
      JsonNode problem = site("vcenter:" + name);
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
    keep("bare", Map.of("user", "drover"));
    var stranger = LabUser.limited("stranger", "a-stranger");
    lab.api().addUser(stranger);
    Path kubeconfig = lab.api().kubeconfig(folder.resolve("strangers-kubeconfig"), stranger);
    var lines =
        Map.of(
            "secret:elsewhere/none/password", "The Secret none is not in namespace elsewhere",
            "secret:elsewhere/bare/password", "has no key password; its keys are [user]",
            "secret:elsewhere/vc/password", "bind the role drover-secrets of deploy/rbac.yaml");
    for (String reference : lines.keySet()) {
      String text =
          Files.readString(config).replaceFirst("password: secret:.*", "password: " + reference);
      if (reference.contains("/vc/")) {
        text = text.replaceFirst("kubeconfig: .*", "kubeconfig: " + kubeconfig);
      }
      Path pointing = Files.writeString(folder.resolve("pointing.yaml"), text);

      String started = Terminal.run(Exit.CONFIGURATION, "up", "-c", pointing.toString());

      assertThat(started)
          .contains("vcenters[0].password: ", reference, lines.get(reference))
          .doesNotContain(lab.vcenter().password());
    }
    String checked =
        Terminal.run(
            Exit.NOT_WELL,
            "check",
            "-c",
            folder.resolve("pointing.yaml").toString(),
            "--skip-hosts");
    assertThat(checked).containsIgnoringCase("vcenters[0].password: The secret ");
  }

  @Test
  @Order(2)
  void anUnknownKeyIsNamedWithTheOneThatIsMeant() throws Exception {
    Path mistyped =
        Files.writeString(
            folder.resolve("mistyped.yaml"),
            Files.readString(config).replace("  storage:", "  storge:"));

    assertThat(Terminal.run(Exit.CONFIGURATION, "config", "check", mistyped.toString()))
        .contains("plan.storge", "storage");
    assertThat(Terminal.run(Exit.CONFIGURATION, "up", "-c", mistyped.toString()))
        .contains("plan.storge", "storage");
    assertThatThrownBy(
            () -> console.post("/api/v1/plans/x", Map.of("settings", Map.of("storge", Map.of()))))
        .isInstanceOf(Failure.class)
        .hasMessageContaining("'storge'")
        .hasMessageContaining("storage");
    assertThatThrownBy(() ->
            console.post(
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
    await(
        () ->
            console.get("/api/v1/inventory?kind=vm").size() == lab.estate().vms().size()
                && console.get("/api/v1/inventory?kind=network").toString().contains(OWN_NAMESPACE)
                && console.get("/api/v1/inventory?kind=storageclass").size() > 0,
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
            "well",
            Map.of(
                "wave",
                1,
                "namespace",
                OWN_NAMESPACE,
                "name",
                "another-name",
                "storageClass",
                LabClusterFixtures.FILE_CLASS,
                "networks",
                Map.of("VM Network", OWN_NAMESPACE + "/vlan-100")));

    console.post(
        "/api/v1/plans/bad", Map.of("waveSize", 8, "settings", Map.of("overrides", overrides)));
    await(() -> console.get("/api/v1/waves").size() > 0, "the plan");

    var lines =
        Map.of(
            "diskless", "no disk",
            "rdm", "raw device mapping",
            "shared", "shared",
            "independent", "independent",
            "homeless", "storage class nowhere",
            "misnamed", "'Not_A_Name'");
    JsonNode left = console.get("/api/v1/plans/bad").path("proposal").path("left");
    String shown = asked("plan", "show", "bad");
    String events = events("planProposed");
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
    assertThat(sources()).isEqualTo(before);
  }

  @Test
  @Order(4)
  void aDamagedDiskEndsItsJourneyAndNoOther() throws Exception {
    Map<String, Object> version =
        Map.of("planVersion", console.get("/api/v1/plans/bad").path("version").asInt());
    console.post("/api/v1/waves/bad/1/approve", version);
    console.post("/api/v1/waves/bad/1/start", version);

    var lines =
        Map.of(
            "corrupt", "Hard disk 1 of VM corrupt is no whole disk: The grain",
            "truncated", "Hard disk 1 of VM truncated is no whole disk: The stream ends");
    await(() -> ended().keySet().containsAll(lines.keySet()), "the damaged ones to come back");
    await(() -> Onlooker.phases(console).get("well").equals("SOAKING"), "the well one to soak");

    String events = events("rollbackBegun");
    lines.forEach((name, word) -> {
      JsonNode status = ended().get(name);
      String what = status.path("problem").path("what").asText();
      String remedy = status.path("problem").path("remedy").asText();
      assertThat(status.path("result").asText()).as(name).isEqualTo("ROLLED_BACK");
      assertThat(what).as(name).contains(word);
      assertThat(remedy).as(name).isNotBlank();
      assertThat(asked("vm", "show", name)).as(name).contains(what, remedy);
      assertThat(events).as(name).contains(what, remedy);
    });
    assertThat(sources()).isEqualTo(before);
    try (var client = Wiring.connect(Settings.read(config, DroverConfig.class).cluster())) {
      for (String kind : TARGET_KINDS.keySet()) {
        assertThat(objects(client, LabStack.NAMESPACE, kind)).as(kind).isEmpty();
      }
      asItsOverridesSay(client);
    }
  }

  /** Namespace, name, storage and network of the one VM that is moved otherwise than the plan. */
  private static void asItsOverridesSay(KubernetesClient client) {
    assertThat(objects(client, OWN_NAMESPACE, "VirtualMachine"))
        .singleElement()
        .satisfies(vm -> {
          assertThat(vm.getMetadata().getName()).isEqualTo("another-name");
          assertThat(vm.toString()).contains(OWN_NAMESPACE + "/vlan-100");
        });
    assertThat(objects(client, OWN_NAMESPACE, "PersistentVolumeClaim"))
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
    for (JsonNode status : console.get("/api/v1/migrations")) {
      if (status.hasNonNull("result")) {
        ended.put(status.path("name").asText(), status);
      }
    }
    return ended;
  }

  @Test
  @Order(5)
  void aClusterThatGoesAwaySaysSo() throws Exception {
    String where = lab.api().url().toString();
    lab.api().close();

    await(
        () -> {
          for (JsonNode row : console.get("/api/v1/inventory?kind=site")) {
            if (row.path("entity").path("problem").path("what").asText().contains("cluster")) {
              return true;
            }
          }
          return false;
        },
        "the cluster's problem");

    assertThat(asked("inventory", "--kind", "site")).contains("The cluster at " + where);
    assertThat(events("entityInventoried")).contains("The cluster at " + where);
    assertThat(Terminal.run(Exit.NOT_WELL, "check", "-c", config.toString(), "--skip-hosts"))
        .contains("cluster");
    assertThat(sources()).isEqualTo(before);
  }

  @Test
  @Order(6)
  void aKafkaThatGoesAwaySaysSo() throws Exception {
    assertThat(console.until("/api/v1/waves").trouble()).isEmpty();
    lab.kafka().close();

    await(() -> !console.until("/api/v1/waves").trouble().isEmpty(), "the console to notice");

    String shown = asked("wave", "list");
    assertThat(shown)
        .contains("bad/1", "Kafka at " + lab.kafka().bootstrap(), "See that the brokers are up");
    assertThat(Terminal.run(Exit.UNREACHABLE, "wave", "commit", "bad/1"))
        .contains("Kafka at " + lab.kafka().bootstrap(), "See that the brokers are up");
    assertThat(Terminal.run(Exit.NOT_WELL, "check", "-c", config.toString(), "--skip-hosts"))
        .contains("Nobody answers at kafka.bootstrap");
  }
}
