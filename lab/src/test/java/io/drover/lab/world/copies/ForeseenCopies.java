// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static io.drover.lab.world.copies.CdiDiskImportsSuite.world;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.cdi.CdiSettings;
import io.drover.converter.cdi.CopyOutlook;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyId;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.NonDeletingOperation;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What is seen of a copy to CDI before anybody asks for it. */
abstract class ForeseenCopies {
  private static final String CEPH_CLASS = "openshift-storage-rbd";

  private static CopyOrder order(Sink sink, @Nullable String storageClass) {
    return order(Transfer.STREAM, sink, storageClass);
  }

  private static CopyOrder order(Transfer transfer, Sink sink, @Nullable String storageClass) {
    return new CopyOrder(
        new CopyId("outlook"),
        new MigrationId("m-outlook"),
        new VmKey("vc", "vm-outlook"),
        "vm-1",
        "shop-web-01",
        Round.FINAL,
        transfer,
        sink,
        "shop",
        Map.of(2000, new Volume("outlook-2000", storageClass)),
        List.of(SourceDisksSuite.disk(2000, "Hard disk 1", DiskImportsSuite.SIZE)),
        Map.of());
  }

  private CopyOutlook outlook(CdiSettings.@Nullable Upload upload) {
    return new CopyOutlook(
        world().client,
        new CopyOutlook.Ways(upload, false, false, true),
        CdiSettings.WorkerPod.of("registry.example.com/drover:0.1.0"),
        _ -> null,
        (_, _, _, _) -> {
          throw new AssertionError("nothing is imported by VDDK here");
        });
  }

  private void look(Sink sink, @Nullable String storageClass) {
    outlook(world().uploads().upload()).look(order(sink, storageClass));
  }

  @Test
  void whereAllIsWellNothingIsSaidAndNothingIsMade() {
    look(Sink.AUTO, null);

    assertThat(world().leftovers("shop")).isEmpty();
    assertThat(world().client.persistentVolumeClaims().inNamespace("shop").list().getItems())
        .noneMatch(claim -> claim.getMetadata().getName().equals("outlook-2000"));
  }

  @Test
  void whatIsNotSetUpIsSaidInTheWordsOfTheCopy() {
    CdiImports.refused(() -> look(Sink.DIRECT, null), Problem.Kind.REFUSED, "sink-not-configured");
    CdiImports.refused(
        () -> look(Sink.AUTO, "no-such-class"), Problem.Kind.REFUSED, "storage-class-missing");
  }

  @Test
  void anImporterThatCouldNotLogInIsSeenBeforeTheSourceIsTouched() {
    var as =
        new CdiSettings.Vddk(URI.create("https://vc.example.com/sdk"), "ab", "outlook", "vddk:8");
    var tried = new ArrayList<String>();
    var outlook =
        new CopyOutlook(
            world().client,
            new CopyOutlook.Ways(null, false, false, false),
            CdiSettings.WorkerPod.of("registry.example.com/drover:0.1.0"),
            _ -> as,
            (url, thumbprint, user, password) -> tried.add(user + ":" + password));
    CopyOrder order = order(Transfer.VDDK, Sink.AUTO, null);

    CdiImports.refused(() -> outlook.look(order), Problem.Kind.UNAVAILABLE, "vddk-secret-missing");

    var secret =
        new SecretBuilder()
            .withNewMetadata()
            .withNamespace("shop")
            .withName("outlook")
            .endMetadata()
            .addToStringData("accessKeyId", "importer")
            .addToStringData("secretKey", "word")
            .build();
    world().client.resource(secret).create();
    try {
      outlook.look(order);
    } finally {
      world().client.resource(secret).delete();
    }
    assertThat(tried).containsExactly("importer:word");
  }

  @Test
  void anUploadProxyThatDoesNotAnswerIsWaitedFor() throws IOException {
    int port;
    try (var free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    var down = CdiSettings.Upload.of(URI.create("https://127.0.0.1:" + port), null);

    CdiImports.refused(
        () -> outlook(down).look(order(Sink.AUTO, null)),
        Problem.Kind.UNAVAILABLE,
        "upload-proxy-unreachable");
  }

  @Test
  void aCephThatIsIllOrNearlyFullIsWaitedFor() throws Exception {
    ceph();
    try {
      state("HEALTH_ERR", 10);
      CdiImports.refused(
          () -> look(Sink.AUTO, CEPH_CLASS), Problem.Kind.UNAVAILABLE, "ceph-unhealthy");
      state("HEALTH_WARN", 86);
      CdiImports.refused(
          () -> look(Sink.AUTO, CEPH_CLASS), Problem.Kind.UNAVAILABLE, "ceph-nearly-full");
      state("HEALTH_WARN", 84);
      look(Sink.AUTO, CEPH_CLASS);
    } finally {
      world().client.storage().v1().storageClasses().withName(CEPH_CLASS).delete();
      // The lab's default class is of the same Ceph.
      world().client.resource(cluster("HEALTH_OK", 0)).delete();
    }
  }

  private void ceph() throws InterruptedException {
    for (String object :
        List.of(
            """
            apiVersion: v1
            kind: Namespace
            metadata: {name: openshift-storage}
            """,
            """
            apiVersion: storage.k8s.io/v1
            kind: StorageClass
            metadata: {name: %s}
            provisioner: openshift-storage.rbd.csi.ceph.com
            """
                .formatted(CEPH_CLASS))) {
      world().client.resource(object).unlock().createOr(NonDeletingOperation::update);
    }
  }

  private static String cluster(String health, int percent) {
    return """
    apiVersion: ceph.rook.io/v1
    kind: CephCluster
    metadata: {name: ocs, namespace: openshift-storage}
    spec: {mon: {count: 3}}
    status: {ceph: {health: %s, capacity: {bytesTotal: %d, bytesUsed: %d}}}
    """
        .formatted(health, 100L << 30, (long) percent << 30);
  }

  /** As the operator of Ceph writes it down. */
  private void state(String health, int percent) throws InterruptedException {
    String object = cluster(health, percent);
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      try {
        world().client.resource(object).unlock().createOr(NonDeletingOperation::update);
        world().client.resource(object).unlock().updateStatus();
        return;
      } catch (KubernetesClientException notYetServed) {
        assertThat(System.nanoTime()).as("%s", notYetServed.getMessage()).isLessThan(end);
        Thread.sleep(100);
      }
    }
  }
}
