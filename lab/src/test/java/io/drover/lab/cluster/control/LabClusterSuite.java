// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/**
 * The whole lab cluster as a client sees it, behind whichever API server a subclass names: volumes,
 * uploads, machines and snapshots.
 */
abstract class LabClusterSuite {

  static LabBench bench = unset();

  @SuppressWarnings("NullAway") // set by the subclass before any test
  private static LabBench unset() {
    return null;
  }

  @AfterAll
  @SuppressWarnings("NullAway") // nothing was started when the suite was left out
  static void stop() {
    if (bench != null) {
      bench.close();
      bench = unset();
    }
  }

  @Test
  void aBlankDataVolumeBecomesABoundClaimWithAnEmptyDisk() throws Exception {
    // Given
    var _ = bench.dataVolume("blank", "{blank: {}}", "64Mi");

    // When
    Doc dataVolume = bench.awaitPhase(Kind.DATA_VOLUME, "blank", "Succeeded");

    // Then
    assertThat(dataVolume.condition("Bound")).isEqualTo("True");
    assertThat(dataVolume.condition("Ready")).isEqualTo("True");
    assertThat(dataVolume.condition("Running")).isEqualTo("False");
    assertThat(dataVolume.text("/status/progress")).isEqualTo("100.0%");
    Doc claim = bench.get(Kind.CLAIM, "blank");
    assertThat(claim.text("/status/phase")).isEqualTo("Bound");
    assertThat(claim.text("/spec/volumeMode")).isEqualTo("Block");
    assertThat(claim.text("/spec/accessModes/0")).isEqualTo("ReadWriteMany");
    assertThat(Files.size(bench.imageOf("blank"))).isEqualTo(64L << 20);
  }

  @Test
  void anUploadedDiskIsInTheVolumeByteForByte() throws Exception {
    // Given
    byte[] disk = TextGuests.disk("up", 3 << 20);

    // When
    bench.land("uploaded", disk, "3Mi");

    // Then
    assertThat(Files.readAllBytes(bench.imageOf("uploaded"))).isEqualTo(disk);
    assertThat(bench.kube.get(Kind.POD, "shop", "cdi-upload-uploaded")).isEmpty();
  }

  @Test
  void aMachineBootsFromWhatItsGuestWroteAndStopsCleanly() throws Exception {
    // Given
    bench.land("boot-disk", TextGuests.disk("web-01", 1 << 20), "1Mi");
    var _ = bench.create(Kind.VM, MACHINE, "web-01", "Always", "boot-disk");
    Doc instance =
        bench.await(Kind.VMI, "web-01", i -> i.condition("AgentConnected").equals("True"));
    LabBench.Reply info =
        bench.api(
            "GET",
            "/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachineinstances/web-01/guestosinfo",
            "");

    // When
    LabBench.Reply stopped =
        bench.api(
            "PUT",
            "/apis/subresources.kubevirt.io/v1/namespaces/shop/virtualmachines/web-01/stop",
            "{}");

    // Then
    assertThat(instance.text("/status/phase")).isEqualTo("Running");
    assertThat(instance.condition("Ready")).isEqualTo("True");
    assertThat(instance.condition("LiveMigratable")).isEqualTo("True");
    assertThat(instance.text("/status/interfaces/0/mac")).isEqualTo("00:50:56:aa:bb:01");
    assertThat(instance.text("/status/interfaces/0/ipAddress")).isEqualTo("10.0.0.7");
    assertThat(Doc.parse(info.body()).text("/hostname")).isEqualTo("web-01");
    assertThat(stopped.code()).isEqualTo(202);
    bench.awaitGone(Kind.VMI, "web-01");
    Doc machine =
        bench.await(Kind.VM, "web-01", m -> m.text("/status/printableStatus").equals("Stopped"));
    assertThat(machine.text("/spec/runStrategy")).isEqualTo("Halted");
    assertThat(
            new String(
                TextGuests.read(bench.imageOf("boot-disk"), TextGuests.WRITES_AT, 10),
                StandardCharsets.US_ASCII))
        .isEqualTo("clean stop");
  }

  @Test
  void aSnapshotKeepsTheDiskAsItWasAndARestoredClaimHasIt() throws Exception {
    // Given
    byte[] disk = TextGuests.disk("db", 1 << 20);
    bench.land("db-disk", disk, "1Mi");
    var _ = bench.create(Kind.SNAPSHOT, SNAPSHOT, "db-before", "db-disk");
    Doc snapshot =
        bench.await(Kind.SNAPSHOT, "db-before", s -> s.at("/status/readyToUse").asBoolean());
    Files.write(bench.imageOf("db-disk"), new byte[1 << 20]);

    // When
    var _ = bench.create(Kind.CLAIM, RESTORED, "db-again", "db-before");

    // Then
    var _ = bench.awaitPhase(Kind.CLAIM, "db-again", "Bound");
    assertThat(snapshot.text("/status/restoreSize")).isEqualTo("1Mi");
    assertThat(Files.readAllBytes(bench.imageOf("db-again"))).isEqualTo(disk);
    bench.delete(Kind.SNAPSHOT, "db-before");
    bench.awaitGone(Kind.SNAPSHOT, "db-before");
    assertThat(bench.cluster.volumes().snapshots()).isEmpty();
  }

  @Test
  void deletingADataVolumeDeletesItsClaimAndItsFile() throws Exception {
    // Given
    bench.land("passing", TextGuests.disk("p", 1 << 20), "1Mi");
    Path image = bench.imageOf("passing");

    // When
    bench.delete(Kind.DATA_VOLUME, "passing");

    // Then
    bench.awaitGone(Kind.CLAIM, "passing");
    long deadline = System.nanoTime() + LabBench.PATIENCE.toNanos();
    while (Files.exists(image) && System.nanoTime() < deadline) {
      Thread.sleep(10);
    }
    assertThat(image).doesNotExist();
  }

  @Test
  void aMachineWithoutItsClaimSaysSo() throws Exception {
    // Given
    var _ = bench.create(Kind.VM, MACHINE, "lost", "Always", "no-such-claim");

    // When
    Doc machine =
        bench.await(
            Kind.VM, "lost", m -> m.text("/status/printableStatus").equals("ErrorPvcNotFound"));

    // Then
    assertThat(machine.condition("Failure")).isEqualTo("True");
    bench.delete(Kind.VM, "lost");
    bench.awaitGone(Kind.VM, "lost");
    bench.awaitGone(Kind.VMI, "lost");
  }

  @Test
  void anUploadWithoutAGoodTokenIsRefused() throws Exception {
    // When
    HttpResponse<String> refused =
        bench.upload(
            "/v1beta1/upload", "a.b.c", HttpRequest.BodyPublishers.ofByteArray(new byte[10]));

    // Then
    assertThat(refused.statusCode()).isEqualTo(401);
  }

  static final String MACHINE =
      """
      apiVersion: kubevirt.io/v1
      kind: VirtualMachine
      metadata: {name: %s, namespace: shop}
      spec:
        runStrategy: %s
        template:
          metadata: {labels: {app: shop}}
          spec:
            domain:
              cpu: {cores: 2}
              memory: {guest: 2Gi}
              firmware: {bootloader: {bios: {}}}
              devices:
                disks:
                - {name: root, bootOrder: 1, disk: {bus: virtio}}
                interfaces:
                - {name: net0, model: virtio, macAddress: "00:50:56:AA:BB:01", bridge: {}}
            networks:
            - {name: net0, multus: {networkName: vlan-100}}
            volumes:
            - {name: root, persistentVolumeClaim: {claimName: %s}}
      """;

  static final String SNAPSHOT =
      """
      apiVersion: snapshot.storage.k8s.io/v1
      kind: VolumeSnapshot
      metadata: {name: %s, namespace: shop}
      spec:
        source: {persistentVolumeClaimName: %s}
      """;

  static final String RESTORED =
      """
      apiVersion: v1
      kind: PersistentVolumeClaim
      metadata: {name: %s, namespace: shop}
      spec:
        storageClassName: ocs-storagecluster-ceph-rbd-virtualization
        accessModes: [ReadWriteMany]
        volumeMode: Block
        resources: {requests: {storage: 1Mi}}
        dataSource: {apiGroup: snapshot.storage.k8s.io, kind: VolumeSnapshot, name: %s}
      """;
}
