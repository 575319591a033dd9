// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.executor.TargetVm;
import io.drover.executor.VolumeNames;
import io.drover.executor.kubevirt.KubeVirtSettings;
import io.drover.executor.kubevirt.KubeVirtTargetVm;
import io.drover.executor.kubevirt.Reach;
import io.drover.executor.kubevirt.Rights;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.LabClusterOptions;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.virt.GuestBoot;
import io.drover.schemas.Carry;
import io.drover.schemas.Health;
import io.drover.schemas.Inventory;
import io.drover.schemas.Inventory.Firmware;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationSpec.TargetNic;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The KubeVirt adapter keeps the promises of the port, over HTTPS to an API server behind which the
 * lab's controllers play; whatever it creates is taken with strict field validation, and the roles
 * that are shipped are all that its account may do.
 */
abstract class KubeVirtTargetVmSuite extends TargetVmContract {
  /** Who moves VMs. */
  static final String USER = "lab-limited";

  private static final Path ROLES = Path.of("..", Rights.SHIPPED);
  private static @Nullable LabCluster cluster;
  private static @Nullable KubernetesClient client;
  private static @Nullable KubernetesClient mover;
  private static @Nullable TargetVm port;

  /** Options of a cluster whose guests boot from anything. */
  static LabClusterOptions options(Path folder) {
    return LabClusterOptions.in(folder, machine -> new AnyGuest(machine));
  }

  /**
   * To be called once, before the tests.
   *
   * @param admin may do everything
   * @param limited the user {@link #USER}, who may do nothing yet
   */
  static void connect(LabCluster behind, Config admin, Config limited) throws IOException {
    cluster = behind;
    client = new KubernetesClientBuilder().withConfig(admin).build();
    for (HasMetadata role : client.load(Files.newInputStream(ROLES)).items()) {
      client.resource(role).create();
    }
    client.resource(bound("ClusterRoleBinding", "drover-inventory", "")).create();
    client.resource(bound("RoleBinding", "drover-target", "namespace: " + NAMESPACE)).create();
    mover = new KubernetesClientBuilder().withConfig(limited).build();
    port = new KubeVirtTargetVm(mover, settings(behind));
  }

  static KubeVirtSettings settings(LabCluster behind) {
    return new KubeVirtSettings(
        "registry.example.com/virt-v2v:1",
        new KubeVirtSettings.Metrics(behind.metricsUrl(), behind.uploadProxyCa(), null),
        Reach.direct());
  }

  private static GenericKubernetesResource bound(String kind, String role, String where) {
    return Serialization.unmarshal(
        """
        apiVersion: rbac.authorization.k8s.io/v1
        kind: %s
        metadata: {name: %s, %s}
        roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: %s}
        subjects: [{apiGroup: rbac.authorization.k8s.io, kind: User, name: %s}]
        """
            .formatted(kind, role, where, role, USER),
        GenericKubernetesResource.class);
  }

  @AfterAll
  static void disconnect() {
    if (mover != null) {
      mover.close();
    }
    if (client != null) {
      client.close();
    }
    if (cluster != null) {
      cluster.close();
    }
  }

  private static <T> T ready(@Nullable T thing) {
    if (thing == null) {
      throw new IllegalStateException("the suite is not connected");
    }
    return thing;
  }

  @Override
  TargetVm port() {
    return ready(port);
  }

  @Override
  String storageClass() {
    return LabClusterFixtures.BLOCK_CLASS;
  }

  @Override
  void land(MigrationSpec landed) throws Exception {
    land(
        landed,
        "blank",
        found -> found != null && "Succeeded".equals(found.get("status", "phase")));
  }

  private void land(MigrationSpec landed, String source, Predicate<GenericKubernetesResource> done)
      throws Exception {
    for (Inventory.Disk disk : landed.source().disks()) {
      GenericKubernetesResource volume =
          Serialization.unmarshal(
              """
              apiVersion: cdi.kubevirt.io/v1beta1
              kind: DataVolume
              metadata:
                name: %s
                namespace: %s
                annotations: {drover.io/migration: "%s"}
              spec:
                source: {%s: {}}
                storage: {resources: {requests: {storage: "%d"}}, storageClassName: %s}
              """
                  .formatted(
                      VolumeNames.of(landed, disk.deviceKey()),
                      NAMESPACE,
                      landed.id().value(),
                      source,
                      disk.capacityBytes(),
                      storageClass()),
              GenericKubernetesResource.class);
      ready(client).resource(volume).create();
      var _ = until(() -> ready(client).resource(volume).get(), done);
    }
  }

  @Override
  void conversionsFail(MigrationSpec failing) {
    ready(cluster)
        .faults()
        .add(
            Fault.on(Fault.What.JOB_FAILS, NAMESPACE, VolumeNames.job(failing, 0))
                .message("virt-v2v-in-place: error: inspection found no operating system"));
  }

  /** Machines of every kind whose objects differ. */
  static Stream<Kind> kinds() {
    return Stream.of(
        new Kind("windows", "windows2019srv_64Guest", Firmware.EFI, true, true, 2, 2, false),
        new Kind("windows-sata", "windows2019srv_64Guest", Firmware.EFI, true, true, 1, 1, true),
        new Kind("linux-bios", "centos7_64Guest", Firmware.BIOS, false, false, 3, 1, false),
        new Kind("linux-sata", "rhel9_64Guest", Firmware.EFI, false, false, 6, 3, true),
        new Kind("no-network", "rhel9_64Guest", Firmware.EFI, true, false, 1, 0, false),
        new Kind("a.dotted.name", "other5xLinux64Guest", Firmware.BIOS, false, false, 1, 1, true));
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void every_object_is_taken_with_strict_fields(Kind kind) throws Exception {
    MigrationSpec machine = kind.spec(storageClass());

    assertThat(port().preflight(machine)).contains("dry run of every object accepted");

    land(machine);
    port().define(machine, 0, "root / secret", token(1));
    GenericKubernetesResource made = machine(machine);
    assertThat(made.getMetadata().getLabels())
        .containsEntry("shop.example.com/tier", "web")
        .containsEntry("source.drover.io/Tier", "front-end")
        .containsEntry("source.drover.io/owner", "Ada-Lovelace");
    assertThat(made.getMetadata().getAnnotations())
        .containsEntry("shop.example.com/contact", "Ada & sons, room 7")
        .containsEntry("source.drover.io/tags", "[\"Tier/front end\"]")
        .containsEntry("source.drover.io/attributes", "{\"owner\":\"Ada Lovelace\"}")
        .doesNotContainValue("root / secret");
    int disk = machine.source().disks().getFirst().deviceKey();
    port().snapshot(machine, disk, 0);
    port().convert(machine, 0);
    assertThat(port().look(machine).ours()).isTrue();
    var snaps =
        until(
            () -> port().snapshots(machine, 0),
            all -> all.containsKey(disk) && all.get(disk).ready());
    port().restore(machine, disk, 1, snaps.get(disk).name());
    assertThat(port().volume(machine, disk, 1)).isEqualTo(TargetVm.Presence.PRESENT);
    port().sweep(machine);
  }

  private GenericKubernetesResource machine(MigrationSpec spec) {
    return ready(client)
        .genericKubernetesResources("kubevirt.io/v1", "VirtualMachine")
        .inNamespace(NAMESPACE)
        .withName(spec.target().name())
        .require();
  }

  @Test
  void a_machine_is_not_healthy_before_its_volumes_are_filled() throws Exception {
    String name = VolumeNames.of(spec, spec.source().disks().getFirst().deviceKey());
    land(spec, "upload", found -> found != null && found.get("status", "phase") != null);
    var _ =
        until(
            () ->
                ready(client).persistentVolumeClaims().inNamespace(NAMESPACE).withName(name).get(),
            Objects::nonNull);

    port().define(spec, 0, token(1));

    String uid = until(() -> port().look(spec).uid(), Objects::nonNull);
    assertThat(port().health(spec, uid))
        .filteredOn(rung -> rung.name().equals("volumes"))
        .singleElement()
        .satisfies(rung -> {
          assertThat(rung.holds()).isEqualTo(TargetVm.Holds.NOT_YET);
          assertThat(rung.observed()).contains(name);
        });
  }

  @Test
  void what_the_agent_tells_of_the_guest_is_compared_with_the_source() throws Exception {
    String uid = String.valueOf(running().uid());
    MigrationSpec asked =
        seenAtTheSource(new Health(null, null, null, null, true, null, null), List.of("/"));

    List<TargetVm.Rung> rungs =
        until(
            () -> port().health(asked, uid),
            all -> all.stream().allMatch(rung -> rung.holds() == TargetVm.Holds.YES));

    assertThat(rungs)
        .contains(
            new TargetVm.Rung("filesystems", TargetVm.Holds.YES, "1 as at the source"),
            new TargetVm.Rung("addresses", TargetVm.Holds.YES, AnyGuest.ADDRESS),
            new TargetVm.Rung(
                "same-addresses", TargetVm.Holds.YES, "not there: [10.9.9.9] (not asked for)"));
    MigrationSpec more =
        seenAtTheSource(
            new Health(null, null, null, null, true, null, true), List.of("/", "/data"));
    assertThat(port().health(more, uid))
        .contains(
            new TargetVm.Rung("filesystems", TargetVm.Holds.NOT_YET, "not mounted: [/data]"),
            new TargetVm.Rung("same-addresses", TargetVm.Holds.NOT_YET, "not there: [10.9.9.9]"));
    MigrationSpec less = seenAtTheSource(Health.EXPECTED, List.of("/", "/data"));
    assertThat(port().health(less, uid))
        .contains(
            new TargetVm.Rung(
                "filesystems", TargetVm.Holds.YES, "not mounted: [/data] (not asked for)"));
  }

  /** The same machine with an agent, filesystems and an address at the source. */
  private MigrationSpec seenAtTheSource(Health health, List<String> mounts) {
    Inventory.Vm vm = spec.source();
    Inventory.Nic nic = vm.nics().getFirst();
    var card =
        new Inventory.Nic(
            nic.deviceKey(),
            nic.label(),
            nic.model(),
            nic.mac(),
            nic.network(),
            nic.networkName(),
            true,
            true,
            List.of("10.9.9.9/24", "fe80::1"));
    var source =
        new Inventory.Vm(
            vm.vm(),
            vm.placement(),
            vm.name(),
            vm.power(),
            false,
            vm.compute(),
            vm.boot(),
            new Inventory.Guest("rhel9_64Guest", "RHEL 9", vm.name(), true, List.of(), mounts),
            vm.disks(),
            List.of(card),
            List.of(),
            vm.changeTracking(),
            vm.changeVersion(),
            false,
            List.of(),
            vm.attributes(),
            vm.tags(),
            null);
    var t = spec.target();
    var p = spec.policy();
    return new MigrationSpec(
        spec.id(),
        spec.wave(),
        spec.planVersion(),
        spec.way(),
        spec.transfer(),
        spec.sink(),
        source,
        new MigrationSpec.Target(
            t.namespace(),
            t.name(),
            t.storage(),
            // The cards stand where the agent, not the pod, tells what they have.
            Map.of(nic.deviceKey(), new TargetNic(NAMESPACE + "/vlan-100")),
            t.compatibility(),
            t.preference(),
            t.labels()),
        new MigrationSpec.Policy(
            p.cutoverApproval(),
            null,
            null,
            p.shutdownGrace(),
            p.hardPowerOff(),
            p.bootBudget(),
            true,
            p.soak(),
            p.soakEnd(),
            null,
            List.of(),
            null,
            null,
            health,
            List.of()));
  }

  /** What makes the objects of one machine differ from those of another. */
  record Kind(
      String name,
      String guest,
      Firmware firmware,
      boolean secureBoot,
      boolean tpm,
      int disks,
      int nics,
      boolean compatibility) {

    MigrationSpec spec(String storageClass) {
      Inventory.Vm plain = Orders.vm(new io.drover.schemas.VmKey("vc", name), name, disks, 1 << 20);
      var cards =
          IntStream.range(0, nics)
              .mapToObj(i ->
                  new Inventory.Nic(
                      4000 + i,
                      "Network adapter " + (i + 1),
                      "vmxnet3",
                      "00:50:56:aa:cc:0" + i,
                      "net-" + i,
                      "VLAN " + i,
                      true,
                      i != 1,
                      List.of()))
              .toList();
      Inventory.Vm vm =
          new Inventory.Vm(
              plain.vm(),
              plain.placement(),
              plain.name(),
              plain.power(),
              plain.template(),
              plain.compute(),
              new Inventory.Boot(firmware, secureBoot, tpm, plain.boot().biosUuid()),
              new Inventory.Guest(guest, guest, name, true, List.of(), List.of()),
              plain.disks(),
              cards,
              plain.snapshots(),
              plain.changeTracking(),
              plain.changeVersion(),
              plain.encrypted(),
              plain.otherDevices(),
              Map.of("owner", "Ada Lovelace", "password", "hunter2"),
              List.of("Tier/front end"),
              null);
      MigrationSpec simple = Orders.spec(vm, "m-" + name, NAMESPACE, storageClass, compatibility);
      var networks = new TreeMap<Integer, TargetNic>();
      cards.forEach(nic ->
          networks.put(
              nic.deviceKey(),
              nic.deviceKey() == 4000
                  ? TargetNic.POD
                  : new TargetNic(NAMESPACE + "/vlan-" + (nic.deviceKey() - 4000) + "00")));
      return new MigrationSpec(
          simple.id(),
          simple.wave(),
          simple.planVersion(),
          simple.way(),
          simple.transfer(),
          simple.sink(),
          vm,
          new MigrationSpec.Target(
              NAMESPACE,
              name,
              simple.target().storage(),
              networks,
              compatibility,
              guest.startsWith("win") ? "windows.2k19" : null,
              Map.of("shop.example.com/tier", "web"),
              Map.of("shop.example.com/contact", "Ada & sons, room 7"),
              new Carry(true, List.of("owner"), false, Carry.PREFIX)),
          simple.policy());
    }

    @Override
    public String toString() {
      return name;
    }
  }

  /** A guest that comes up from any disk and writes a little. */
  private record AnyGuest(GuestBoot.Machine machine) implements GuestBoot.Guest {
    static final String ADDRESS = "10.1.2.3";

    @Override
    public GuestBoot.Identity identity() {
      return new GuestBoot.Identity(
          machine.name(),
          true,
          new GuestBoot.Os("rhel", "Red Hat Enterprise Linux", "9.4", "5.14.0"),
          List.of(new GuestBoot.Filesystem("vda1", "/", "xfs", 1 << 20, 1 << 30)),
          machine.nics().stream()
              .collect(Collectors.toMap(GuestBoot.Nic::mac, nic -> List.of(ADDRESS), (a, b) -> a)));
    }

    @Override
    public Map<String, Long> work() {
      return machine.bootDrive().map(drive -> Map.of(drive.volume(), 512L)).orElse(Map.of());
    }

    @Override
    public void shutDown() {}
  }
}
