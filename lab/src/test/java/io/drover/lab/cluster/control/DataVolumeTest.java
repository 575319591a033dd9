// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.drover.disk.Conversion;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.raw.RawDisk;
import io.drover.lab.cluster.control.cdi.UploadTaken;
import io.drover.lab.cluster.control.cdi.VddkSource;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.faults.Fault.What;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The lab's CDI: formats, sources, checkpoints, and what goes wrong on the way. */
class DataVolumeTest {

  private static final int SIZE = 4 << 20;
  private static final byte[] DISK = disk(1);
  private static final FakeVsphere VSPHERE = new FakeVsphere();

  @TempDir private static Path folder;
  private static LabBench bench;

  @BeforeAll
  static void start() throws IOException {
    bench =
        LabBench.own(
            LabClusterOptions.in(folder.resolve("cluster"), new TextGuests())
                .withVddkSource(VSPHERE));
  }

  @AfterAll
  static void stop() {
    bench.close();
  }

  @Test
  void aQcow2UploadLandsAsTheDiskItHolds() throws Exception {
    // Given
    Path qcow2 = qcow2("a.qcow2");
    var _ = bench.dataVolume("qcow2", "{upload: {}}", "4Mi");
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "qcow2", "UploadReady");

    // When
    HttpResponse<String> done =
        bench.upload("/v1beta1/upload-async", bench.token("qcow2"), BodyPublishers.ofFile(qcow2));

    // Then
    assertThat(done.statusCode()).isEqualTo(200);
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "qcow2", "Succeeded");
    assertThat(Files.readAllBytes(bench.imageOf("qcow2"))).isEqualTo(DISK);
    assertThat(bench.cluster.uploadTaken("shop", "qcow2"))
        .contains(new UploadTaken("/v1beta1/upload-async", "514649fb", Files.size(qcow2)));
  }

  @Test
  void aGzippedRawUploadLandsUnpackedAndThenTheServerIsGone() throws Exception {
    // Given
    var _ = bench.dataVolume("gz", "{upload: {}}", "4Mi");
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "gz", "UploadReady");
    String token = bench.token("gz");

    // When
    HttpResponse<String> first =
        bench.upload("/v1beta1/upload", token, BodyPublishers.ofByteArray(gzip(DISK)));

    // Then
    assertThat(first.statusCode()).isEqualTo(200);
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "gz", "Succeeded");
    HttpResponse<String> again =
        bench.upload("/v1beta1/upload", token, BodyPublishers.ofByteArray(gzip(DISK)));
    assertThat(again.statusCode()).isIn(409, 503);
    assertThat(Files.readAllBytes(bench.imageOf("gz"))).isEqualTo(DISK);
  }

  @Test
  void anUploadThatBreaksLeavesTheServerReadyForTheNext() throws Exception {
    // Given
    var _ = bench.dataVolume("broken", "{upload: {}}", "4Mi");
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "broken", "UploadReady");
    String token = bench.token("broken");
    String fault =
        bench
            .cluster
            .faults()
            .add(Fault.on(What.UPLOAD_RESET, "shop", "broken").times(1).afterBytes(1 << 20));
    assertThatThrownBy(
            () -> bench.upload("/v1beta1/upload", token, BodyPublishers.ofByteArray(disk(9))))
        .isInstanceOf(IOException.class);

    // When
    HttpResponse<String> second =
        bench.upload("/v1beta1/upload", token, BodyPublishers.ofByteArray(DISK));

    // Then
    assertThat(second.statusCode()).isEqualTo(200);
    assertThat(Files.readAllBytes(bench.imageOf("broken"))).isEqualTo(DISK);
    assertThat(bench.cluster.faults().remove(fault)).isTrue();
  }

  @Test
  void anImageLargerThanTheVolumeIsRefusedWithTheSizes() throws Exception {
    // Given
    var _ = bench.dataVolume("small", "{upload: {}}", "1Mi");
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "small", "UploadReady");

    // When
    HttpResponse<String> refused =
        bench.upload("/v1beta1/upload", bench.token("small"), BodyPublishers.ofByteArray(DISK));

    // Then
    assertThat(refused.statusCode()).isEqualTo(500);
    assertThat(refused.body()).contains("larger than the reported available storage 1048576");
  }

  @Test
  void aPopulatedClaimBindsOnlyWhenItsBytesAreThere() throws Exception {
    // Given
    var _ =
        bench.create(
            Kind.DATA_VOLUME,
            """
            apiVersion: cdi.kubevirt.io/v1beta1
            kind: DataVolume
            metadata: {name: populated, namespace: shop}
            spec:
              source: {upload: {}}
              storage: {resources: {requests: {storage: 4Mi}}}
            """);
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "populated", "UploadReady");
    String before = bench.get(Kind.CLAIM, "populated").text("/status/phase");

    // When
    var _ =
        bench.upload("/v1beta1/upload", bench.token("populated"), BodyPublishers.ofByteArray(DISK));

    // Then
    assertThat(before).isEqualTo("Pending");
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "populated", "Succeeded");
    assertThat(bench.get(Kind.CLAIM, "populated").text("/status/phase")).isEqualTo("Bound");
    assertThat(Files.readAllBytes(bench.imageOf("populated"))).isEqualTo(DISK);
  }

  @Test
  void anHttpImportIsFetchedCheckedAndConverted() throws Exception {
    // Given
    byte[] image = Files.readAllBytes(qcow2("b.qcow2"));
    String sum = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(image));
    HttpServer web = serve(image);

    // When
    var _ =
        bench.dataVolume(
            "http",
            "{http: {url: \"http://127.0.0.1:%d/disk\", checksum: \"sha256:%s\"}}"
                .formatted(web.getAddress().getPort(), sum),
            "4Mi");

    // Then
    Doc done = bench.awaitPhase(Kind.DATA_VOLUME, "http", "Succeeded");
    web.stop(0);
    assertThat(done.at("/status/restartCount").asInt()).isZero();
    assertThat(Files.readAllBytes(bench.imageOf("http"))).isEqualTo(DISK);
  }

  @Test
  void aCrashedImporterIsCountedAndStartedAgain() throws Exception {
    // Given
    HttpServer web = serve(DISK);
    var _ =
        bench
            .cluster
            .faults()
            .add(Fault.on(What.IMPORTER_CRASH, "shop", "crash*").times(2).afterBytes(1 << 20));

    // When
    var _ =
        bench.dataVolume(
            "crashing",
            "{http: {url: \"http://127.0.0.1:%d/disk\"}}".formatted(web.getAddress().getPort()),
            "4Mi");

    // Then
    Doc done = bench.awaitPhase(Kind.DATA_VOLUME, "crashing", "Succeeded");
    web.stop(0);
    assertThat(done.at("/status/restartCount").asInt()).isEqualTo(2);
    assertThat(Files.readAllBytes(bench.imageOf("crashing"))).isEqualTo(DISK);
  }

  @Test
  void aWarmImportPausesAfterEachCheckpointAndEndsWithTheFinalOne() throws Exception {
    // Given
    VSPHERE.snapshots.put("snapshot-1", DISK);
    byte[] later = DISK.clone();
    Arrays.fill(later, 1 << 20, (1 << 20) + 70_000, (byte) 0);
    Arrays.fill(later, 3 << 20, (3 << 20) + 10, (byte) 3);
    VSPHERE.snapshots.put("snapshot-2", later);
    var _ = warm();
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "warm", "Paused");
    byte[] afterBase = Files.readAllBytes(bench.imageOf("warm"));

    // When
    Doc next = bench.get(Kind.DATA_VOLUME, "warm").copy();
    next.spec()
        .withArray("checkpoints")
        .addObject()
        .put("previous", "52 9f/4")
        .put("current", "snapshot-2");
    next.spec().put("finalCheckpoint", true);
    var _ = bench.kube.replace(Kind.DATA_VOLUME, next);

    // Then
    var _ = bench.awaitPhase(Kind.DATA_VOLUME, "warm", "Succeeded");
    assertThat(afterBase).isEqualTo(DISK);
    assertThat(Files.readAllBytes(bench.imageOf("warm"))).isEqualTo(later);
    assertThat(VSPHERE.asked)
        .extracting(VddkSource.Request::previous)
        .containsExactly("", "52 9f/4");
    assertThat(VSPHERE.asked.getFirst().user()).isEqualTo("administrator@vsphere.local");
  }

  @Test
  void aFlippedByteIsThereWhenARuleAsksForIt() throws Exception {
    // Given
    var _ = bench.cluster.faults().add(Fault.on(What.CORRUPT_VOLUME, "shop", "flipped").times(1));

    // When
    bench.land("flipped", DISK, "4Mi");

    // Then
    byte[] landed = Files.readAllBytes(bench.imageOf("flipped"));
    assertThat(Arrays.mismatch(landed, DISK)).isNotNegative();
    assertThat(landed).hasSameSizeAs(DISK);
  }

  @Test
  void aFullPoolKeepsTheClaimPendingAndSaysWhy() throws Exception {
    // When
    var _ = bench.dataVolume("huge", "{blank: {}}", "100Ti");

    // Then
    var _ = bench.awaitPhase(Kind.CLAIM, "huge", "Pending");
    long deadline = System.nanoTime() + LabBench.PATIENCE.toNanos();
    boolean told = false;
    while (!told && System.nanoTime() < deadline) {
      told =
          bench.kube.list(Kind.EVENT).stream()
              .anyMatch(e ->
                  e.text("/involvedObject/name").equals("huge")
                      && e.text("/message").contains("ResourceExhausted"));
    }
    assertThat(told).isTrue();
    bench.delete(Kind.DATA_VOLUME, "huge");
    bench.awaitGone(Kind.CLAIM, "huge");
  }

  private static Doc warm() throws IOException {
    var _ =
        bench.create(
            Kind.SECRET,
            """
            apiVersion: v1
            kind: Secret
            metadata: {name: vcenter, namespace: shop}
            data:
              accessKeyId: YWRtaW5pc3RyYXRvckB2c3BoZXJlLmxvY2Fs
              secretKey: eA==
            """);
    return bench.create(
        Kind.DATA_VOLUME,
        """
        apiVersion: cdi.kubevirt.io/v1beta1
        kind: DataVolume
        metadata:
          name: warm
          namespace: shop
          annotations: {cdi.kubevirt.io/storage.usePopulator: "false"}
        spec:
          source:
            vddk:
              url: https://vcenter.lab/sdk
              uuid: 4211-aa
              backingFile: "[ds] web/web.vmdk"
              thumbprint: "AA:BB"
              secretRef: vcenter
          checkpoints:
          - {previous: "", current: snapshot-1}
          finalCheckpoint: false
          storage: {resources: {requests: {storage: 4Mi}}}
        """);
  }

  private static byte[] disk(long seed) {
    byte[] bytes = new byte[SIZE];
    Random random = new Random(seed);
    byte[] block = new byte[64 << 10];
    for (int at : new int[] {0, 1 << 20, (2 << 20) + 4096, SIZE - block.length}) {
      random.nextBytes(block);
      System.arraycopy(block, 0, bytes, at, block.length);
    }
    return bytes;
  }

  private static Path qcow2(String name) throws IOException {
    Path raw = folder.resolve(name + ".raw");
    Files.write(raw, DISK);
    Path qcow2 = folder.resolve(name);
    var _ =
        Conversion.of(
                Conversion.disk(RawDisk.open(raw)), new Qcow2Writer(qcow2, Qcow2Options.plain()))
            .run();
    return qcow2;
  }

  private static byte[] gzip(byte[] bytes) throws IOException {
    ByteArrayOutputStream packed = new ByteArrayOutputStream();
    try (OutputStream gz = new GZIPOutputStream(packed)) {
      gz.write(bytes);
    }
    return packed.toByteArray();
  }

  private static HttpServer serve(byte[] body) throws IOException {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    var _ =
        web.createContext(
            "/disk",
            exchange -> {
              try (exchange) {
                boolean head = exchange.getRequestMethod().equals("HEAD");
                if (head) {
                  exchange.getResponseHeaders().set("Content-Length", "" + body.length);
                }
                exchange.sendResponseHeaders(200, head ? -1 : body.length);
                if (!head) {
                  exchange.getResponseBody().write(body);
                }
              }
            });
    web.start();
    return web;
  }

  /** Disks by snapshot; a delta is every 64 KiB block that differs from the snapshot before. */
  private static final class FakeVsphere implements VddkSource {
    private final java.util.Map<String, byte[]> snapshots =
        new java.util.concurrent.ConcurrentHashMap<>();
    private final List<Request> asked = new CopyOnWriteArrayList<>();

    @Override
    public Disk open(Request request) throws IOException {
      asked.add(request);
      byte[] now = snapshots.get(request.current());
      byte[] before = snapshots.get("snapshot-1");
      if (now == null || before == null) {
        throw new IOException("no snapshot " + request.current());
      }
      return new Disk() {
        @Override
        public long size() {
          return now.length;
        }

        @Override
        public List<Area> areas() {
          int block = 64 << 10;
          List<Area> areas = new java.util.ArrayList<>();
          for (int at = 0; at < now.length; at += block) {
            if (request.previous().isEmpty()
                || !Arrays.equals(now, at, at + block, before, at, at + block)) {
              areas.add(new Area(at, block));
            }
          }
          return areas;
        }

        @Override
        public void read(long offset, ByteBuffer into) {
          into.put(now, (int) offset, into.remaining());
        }

        @Override
        public void close() {}
      };
    }
  }
}
