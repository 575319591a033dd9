// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.cdi.CdiSettings;
import io.drover.converter.staging.Staging;
import io.drover.disk.DiskDigests;
import io.drover.disk.pipe.Progress;
import io.drover.disk.pipe.Workers;
import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.LabClusterOptions;
import io.drover.lab.cluster.control.virt.GuestBoot;
import io.drover.lab.conformance.Jvm;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.LabDisk;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.moved.LabVddkSource;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.wire.Json;
import io.drover.vsphere.Timeouts;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A lab vCenter, a lab cluster, and what reaches both: where tests of whole roads begin. */
final class RoadLab implements AutoCloseable {
  static final String NAMESPACE = "shop";

  final LabEstate estate;
  final LabVCenter vcenter;
  final LabCluster cluster;
  final KubernetesClient client;
  final VSphere vsphere;
  final Workers workers = new Workers(2);
  private final LabApiServer server;
  private final Path audit;

  /** One in whose cluster nobody starts a machine. */
  RoadLab(Path folder, LabEstate estate) throws IOException {
    this(
        folder,
        estate,
        machine -> {
          throw new AssertionError("nobody starts " + machine.name());
        });
  }

  /**
   * Starts it.
   *
   * @param estate closed with this
   */
  RoadLab(Path folder, LabEstate estate, GuestBoot guests) throws IOException {
    this.estate = estate;
    vcenter = LabVCenter.start(estate);
    audit = folder.resolve("audit.jsonl");
    server = LabApiServer.start(LabApiServer.Options.standard().withAudit(audit));
    LabClusterFixtures.apply(
        server.url().toString(), server.caPem(), server.adminToken(), List.of(NAMESPACE));
    cluster =
        LabCluster.behind(
            server,
            LabClusterOptions.in(folder, guests)
                .withVddkSource(new LabVddkSource(vcenter))
                .withWorkerCommand(Jvm.worker()));
    client = connect(server);
    client
        .secrets()
        .inNamespace(NAMESPACE)
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName("vcenter")
                .withNamespace(NAMESPACE)
                .endMetadata()
                .addToStringData("accessKeyId", vcenter.user())
                .addToStringData("secretKey", vcenter.password())
                .build())
        .create();
    vsphere = connect();
  }

  /** A client of a lab API server, as its administrator. */
  static KubernetesClient connect(LabApiServer server) {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder()
                .withMasterUrl(server.url().toString())
                .withCaCertData(
                    Base64.getEncoder()
                        .encodeToString(server.caPem().getBytes(StandardCharsets.UTF_8)))
                .withOauthToken(server.adminToken())
                .build())
        .build();
  }

  /** How often a DataVolume of this name was made. */
  long made(String volume) throws IOException {
    long made = 0;
    for (String line : Files.readAllLines(audit)) {
      var event = Json.mapper().readTree(line);
      if (event.path("verb").asText().equals("create")
          && event.at("/objectRef/resource").asText().equals("datavolumes")
          && event.at("/objectRef/name").asText().equals(volume)
          && event.at("/responseStatus/code").asInt() == 201) {
        made++;
      }
    }
    return made;
  }

  /** Another session at the vCenter. */
  VSphere connect() {
    return connect(Timeouts.DEFAULT);
  }

  /** Another session at the vCenter, of somebody less patient. */
  VSphere connect(Timeouts timeouts) {
    return VSphere.connect(
        new VSphereEndpoint(
            vcenter.url(),
            vcenter.user(),
            () -> vcenter.password().toCharArray(),
            Trust.thumbprint(vcenter.sha256Thumbprint()),
            timeouts));
  }

  /** The adapter of the cluster, by upload and, where there is a staging, by every sink. */
  CdiDiskImports imports(@Nullable Staging staging) {
    return new CdiDiskImports(
        client,
        new CdiSettings(
            new CdiSettings.Sinks(
                CdiSettings.Upload.of(cluster.uploadProxyUrl(), cluster.uploadProxyCa()),
                staging,
                staging != null),
            CdiSettings.WorkerPod.of("registry.example.com/drover:0.1.0"),
            Map.of(
                    estate.instanceUuid().toString(),
                    new CdiSettings.Vddk(
                        vcenter.url(),
                        vcenter.sha1Thumbprint(),
                        "vcenter",
                        "registry.example.com/vddk:8"))
                ::get,
            new CdiSettings.Patience(
                Duration.ofSeconds(30),
                Duration.ofSeconds(60),
                Duration.ofSeconds(30),
                Duration.ofSeconds(90))),
        workers,
        Clock.systemUTC());
  }

  /** An order to copy a VM of the estate. */
  CopyOrder order(String vm, String copy, Round round, Transfer transfer, Sink sink) {
    LabVm there = estate.vm(vm);
    return new CopyOrder(
        new CopyId(vm + "/" + copy),
        new MigrationId("m/" + vm),
        new VmKey(estate.instanceUuid().toString(), there.instanceUuid().toString()),
        there.ref().value(),
        vm,
        round,
        transfer,
        sink,
        NAMESPACE,
        volumes(vm, there),
        disks(there),
        Map.of());
  }

  /** The disks of a VM as an inventory has them. */
  static List<Inventory.Disk> disks(LabVm vm) {
    var disks = new ArrayList<Inventory.Disk>();
    for (LabDisk disk : vm.disks()) {
      disks.add(
          new Inventory.Disk(
              disk.key(),
              "Hard disk " + disk.key(),
              disk.sizeBytes(),
              "ds",
              disk.file(),
              null,
              Inventory.Backing.FLAT,
              "pvscsi",
              disk.bus(),
              disk.unit(),
              false,
              false,
              true,
              null,
              null));
    }
    return disks;
  }

  /** The volume that each disk of a VM is copied to. */
  static Map<Integer, Volume> volumes(String name, LabVm vm) {
    var volumes = new TreeMap<Integer, Volume>();
    vm.disks().forEach(disk -> volumes.put(disk.key(), new Volume(volume(name, disk), null)));
    return volumes;
  }

  private static String volume(String vm, LabDisk disk) {
    return vm + "-disk-" + disk.key();
  }

  /** Every disk of a VM landed as its guest sees it. */
  void landed(String vm) throws IOException {
    for (LabDisk disk : estate.vm(vm).disks()) {
      Path image = cluster.volumeOf(NAMESPACE, volume(vm, disk)).orElseThrow().image();
      assertThat(
              DiskDigests.ofRaw(image, disk.sizeBytes(), workers, Progress.NONE, () -> false)
                  .root())
          .as("disk " + disk.key() + " of " + vm)
          .isEqualTo(digest(disk));
    }
  }

  /** The digest of what the guest of a source sees. */
  static String digest(LabDisk disk) throws IOException {
    return SampleDisks.digest(disk.content().read(0, Math.toIntExact(disk.sizeBytes())));
  }

  @Override
  public void close() {
    vsphere.close();
    client.close();
    cluster.close();
    server.close();
    vcenter.close();
    estate.close();
    workers.close();
  }
}
