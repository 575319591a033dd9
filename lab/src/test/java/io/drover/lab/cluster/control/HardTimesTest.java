// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.lab.cluster.api.LabFaults;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import java.io.IOException;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lab cluster when its API server stumbles, and with other kinds of volumes. */
class HardTimesTest {

  @TempDir private static Path folder;
  private static LabBench bench;

  @BeforeAll
  static void start() throws IOException {
    bench = LabBench.own(LabClusterOptions.in(folder, new TextGuests()));
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  @Test
  void brokenWatchesAndRefusedWritesOnlyCostTime() throws Exception {
    // Given
    LabFaults faults = bench.server.orElseThrow().faults();
    var _ =
        faults.add(
            new LabFaults.Fault(
                LabFaults.Effect.CUT_WATCH, "WATCH", ".*", 0, Duration.ofMillis(20), 30));
    var _ = faults.add(LabFaults.Fault.refuse("PUT", ".*/datavolumes/.*", 500, 2));
    var _ = faults.add(LabFaults.Fault.refuse("PUT", ".*/persistentvolumeclaims/.*", 409, 2));

    // When
    bench.land("stumble", TextGuests.disk("s", 1 << 20), "1Mi");

    // Then
    assertThat(Files.readAllBytes(bench.imageOf("stumble")))
        .isEqualTo(TextGuests.disk("s", 1 << 20));
    faults.clear();
  }

  @Test
  void aSecondUploadAtTheSameTimeIsTurnedAway() throws Exception {
    // Given
    var _ = bench.dataVolume("busy", "{upload: {}}", "4Mi");
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "busy", "UploadReady");
    String token = bench.token("busy");
    PipedInputStream slow = new PipedInputStream(1 << 16);
    try (PipedOutputStream tap = new PipedOutputStream(slow)) {
      CompletableFuture<HttpResponse<String>> first =
          CompletableFuture.supplyAsync(
              () -> upload("/v1beta1/upload", token, BodyPublishers.ofInputStream(() -> slow)));
      tap.write(new byte[1 << 16]);
      tap.flush();

      // When
      int second = 0;
      long deadline = System.nanoTime() + LabBench.PATIENCE.toNanos();
      while (second != 503 && !first.isDone() && System.nanoTime() < deadline) {
        // Until the first has arrived at the server, a tiny second one could win the race.
        Thread.sleep(100);
        second =
            upload("/v1beta1/upload", token, BodyPublishers.ofByteArray(new byte[0])).statusCode();
      }

      // Then
      assertThat(second).isEqualTo(503);
      tap.close();
      assertThat(first.get(20, TimeUnit.SECONDS).statusCode()).isEqualTo(200);
    }
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "busy", "Succeeded");
  }

  @Test
  void aFilesystemVolumeIsEnlargedByItsOverheadAndHoldsAnImageFile() throws Exception {
    // Given
    var _ =
        bench.create(
            Kind.DATA_VOLUME,
            """
            apiVersion: cdi.kubevirt.io/v1beta1
            kind: DataVolume
            metadata: {name: files, namespace: shop}
            spec:
              source: {upload: {}}
              storage:
                storageClassName: ocs-storagecluster-cephfs
                resources: {requests: {storage: 4Mi}}
            """);
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "files", "UploadReady");

    // When
    var _ =
        upload(
            "/v1beta1/upload",
            bench.token("files"),
            BodyPublishers.ofByteArray(TextGuests.disk("f", 4 << 20)));

    // Then
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "files", "Succeeded");
    Doc claim = bench.get(Kind.CLAIM, "files");
    assertThat(claim.text("/spec/volumeMode")).isEqualTo("Filesystem");
    assertThat(Doc.bytes(claim.text("/spec/resources/requests/storage")))
        .isEqualTo((long) Math.ceil((4 << 20) / 0.94));
    assertThat(bench.imageOf("files").getFileName()).hasToString("disk.img");
  }

  @Test
  void aClaimThatWaitsForItsConsumerBindsAtOnceWhenAsked() throws Exception {
    // Given
    String waiting =
        """
        apiVersion: cdi.kubevirt.io/v1beta1
        kind: DataVolume
        metadata:
          name: %s
          namespace: shop
          annotations:
            cdi.kubevirt.io/storage.usePopulator: "false"
            %s: "true"
        spec:
          source: {blank: {}}
          storage: {storageClassName: local-wffc, resources: {requests: {storage: 1Mi}}}
        """;
    var _ = bench.create(Kind.DATA_VOLUME, waiting, "patient", "example.test/nothing");

    // When
    var _ =
        bench.create(
            Kind.DATA_VOLUME, waiting, "hasty", "cdi.kubevirt.io/storage.bind.immediate.requested");

    // Then
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "hasty", "Succeeded");
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "patient", "WaitForFirstConsumer");
  }

  private static HttpResponse<String> upload(
      String path, String token, java.net.http.HttpRequest.BodyPublisher body) {
    try {
      return bench.upload(path, token, body);
    } catch (IOException | InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }
}
