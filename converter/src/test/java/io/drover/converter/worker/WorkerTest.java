// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.worker;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.drover.disk.DiskDigests;
import io.drover.disk.codec.Codecs;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.raw.RawDisk;
import io.drover.disk.raw.RawStream;
import io.drover.disk.vmdk.StreamOptimizedWriter;
import io.drover.schemas.DiskDifference;
import io.drover.schemas.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a worker says in its termination message. */
class WorkerTest {
  private static final int SIZE = (5 << 20) + 512;

  @TempDir Path folder;
  private Path image;

  @BeforeEach
  void image() throws IOException {
    byte[] bytes = new byte[6 << 20];
    new Random(7).nextBytes(bytes);
    image = folder.resolve("disk.img");
    Files.write(image, bytes);
  }

  private WorkerReport report() throws IOException {
    return Json.read(Files.readAllBytes(folder.resolve("log")), WorkerReport.class);
  }

  private int run(Map<String, String> more, String... arguments) {
    var environment = new java.util.TreeMap<>(more);
    environment.put("DROVER_TERMINATION_LOG", folder.resolve("log").toString());
    return Worker.run(List.of(arguments), environment);
  }

  @Test
  void aDeviceIsDigestedOverTheGuestVisibleSizeOnly() throws IOException {
    byte[] guest = Arrays.copyOf(Files.readAllBytes(image), SIZE);
    Path exact = folder.resolve("exact");
    Files.write(exact, guest);

    int status =
        run(
            Map.of("DROVER_DEVICE_MAP", "/dev/other=/nowhere,/dev/drover/disk0=" + image),
            "digest",
            "--volume",
            "/dev/drover/disk0",
            "--size",
            Integer.toString(SIZE));

    assertThat(status).isEqualTo(Worker.DONE);
    assertThat(report().root()).isEqualTo(DiskDigests.ofRaw(exact).root());
    assertThat(report().size()).isEqualTo(SIZE);
    assertThat(report().level2()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"digest", "write"})
  void whatInflatesAndDigestsDisksIsLoggedAtStart(String task) throws IOException {
    // Given
    PrintStream before = System.err;
    var log = new ByteArrayOutputStream();

    // When
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      var _ = run(Map.of(), task, "--volume", image.toString(), "--size", Integer.toString(SIZE));
    } finally {
      System.setErr(before);
    }

    // Then
    assertThat(log.toString(StandardCharsets.UTF_8).lines().findFirst())
        .hasValue(
            "Disks are inflated by " + Codecs.chosen() + " and digested by " + LeafHasher.chosen());
  }

  @Test
  void aMountedFilesystemHoldsTheDiskAsAFile() throws IOException {
    int status =
        run(Map.of(), "digest", "--volume", folder.toString(), "--size", Integer.toString(SIZE));

    assertThat(status).isEqualTo(Worker.DONE);
    assertThat(report().root()).hasSize(64);
    try (RawDisk past = RawDisk.openPastCache(image, -1)) {
      assertThat(report().cached()).isEqualTo(past.isPastCache() ? null : Boolean.TRUE);
    }
  }

  @Test
  void aVolumeThatIsTooShortIsAnErrorNotADigest() throws IOException {
    int status =
        run(
            Map.of(),
            "digest",
            "--volume",
            image.toString(),
            "--size",
            Long.toString((6L << 20) + 1));

    assertThat(status).isEqualTo(Worker.FAILED);
    assertThat(report().root()).isNull();
    assertThat(report().error()).isNotBlank();
  }

  @Test
  void aMissingVolumeIsNamed() throws IOException {
    int status = run(Map.of(), "digest", "--volume", "/dev/drover/disk9", "--size", "512");

    assertThat(status).isEqualTo(Worker.FAILED);
    assertThat(report().error()).contains("/dev/drover/disk9");
  }

  @Test
  void misuseSaysWhatWasExpected() throws IOException {
    int status = run(Map.of(), "digest", "--volume", image.toString(), "--size", "many");

    assertThat(status).isEqualTo(Worker.MISUSED);
    assertThat(report().error()).contains("--size BYTES").contains("many");
  }

  @Test
  void anUnknownTaskIsRefused() throws IOException {
    int status = run(Map.of(), "dance");

    assertThat(status).isEqualTo(Worker.MISUSED);
    assertThat(report().error()).contains("dance");
  }

  @Test
  void whatDiffersFromWhatWasExpectedIsNamed() throws IOException {
    Path expected = folder.resolve("expected");
    Files.write(expected, PackedDigest.pack(DiskDigests.ofRaw(image)));
    byte[] changed = Files.readAllBytes(image);
    changed[5 << 20] ^= 1;
    Files.write(image, changed);

    int status =
        run(
            Map.of(),
            "digest",
            "--volume",
            image.toString(),
            "--size",
            Integer.toString(6 << 20),
            "--expected",
            expected.toString());

    assertThat(status).isEqualTo(Worker.DONE);
    assertThat(report().difference())
        .isEqualTo(new DiskDifference(1, List.of(new DiskDifference.Range(4 << 20, 2 << 20))));
  }

  @Test
  void anExpectationThatDidNotTravelIsNone() throws IOException {
    int status =
        run(
            Map.of(),
            "digest",
            "--volume",
            image.toString(),
            "--size",
            Integer.toString(SIZE),
            "--expected",
            folder.resolve("missing").toString());

    assertThat(status).isEqualTo(Worker.DONE);
    assertThat(report().difference()).isNull();
  }

  @Test
  void whatAnEarlierAttemptWroteIsComparedAndLeft() throws IOException {
    byte[] disk = Files.readAllBytes(image);
    var vmdk = new ByteArrayOutputStream();
    var _ = StreamOptimizedWriter.stream(RawDisk.open(image), RawStream.channel(vmdk), 1);
    byte[] partly = Arrays.copyOf(disk, 4 << 20);
    Path volume = folder.resolve("volume");
    Files.write(volume, Arrays.copyOf(partly, disk.length));
    Path source = Files.createDirectories(folder.resolve("source"));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, vmdk.size());
          exchange.getResponseBody().write(vmdk.toByteArray());
          exchange.close();
        });
    server.start();
    Files.writeString(
        source.resolve("url"), "http://127.0.0.1:" + server.getAddress().getPort() + "/disk.vmdk");

    int status =
        run(
            Map.of(),
            "write",
            "--volume",
            volume.toString(),
            "--size",
            Integer.toString(disk.length),
            "--source",
            source.toString(),
            "--again",
            "yes");

    server.stop(0);
    assertThat(status).as("%s", report().error()).isEqualTo(Worker.DONE);
    assertThat(report().received().passedOver()).isEqualTo(4 << 20);
    assertThat(report().root()).isEqualTo(DiskDigests.ofRaw(image).root());
    assertThat(volume).hasBinaryContent(disk);
  }

  @ParameterizedTest
  @CsvSource({
    "302, not followed",
    "401, lacks VApp.Export",
    "404, The lease may have ended",
  })
  void whatAHostAnswersIsToldWithWhatHelps(int status, String helps) throws IOException {
    Path source = Files.createDirectories(folder.resolve("source"));
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          exchange.getResponseHeaders().set("Location", "https://gateway.test/secret-ticket");
          exchange.sendResponseHeaders(status, -1);
          exchange.close();
        });
    server.start();
    Files.writeString(
        source.resolve("url"), "http://127.0.0.1:" + server.getAddress().getPort() + "/disk.vmdk");

    int ended =
        run(
            Map.of(),
            "write",
            "--volume",
            image.toString(),
            "--size",
            Integer.toString(SIZE),
            "--source",
            source.toString());

    server.stop(0);
    assertThat(ended).isEqualTo(Worker.FAILED);
    assertThat(report().error()).isEqualTo("127.0.0.1 refused a disk with HTTP " + status);
    assertThat(report().code()).isEqualTo("vcenter-protocol");
    assertThat(report().remedy()).contains(helps).doesNotContain("secret-ticket");
  }

  @Test
  void aDiskThatCannotBeReachedSaysWhereAndNotHow() throws IOException {
    Path source = Files.createDirectories(folder.resolve("source"));
    Files.writeString(source.resolve("url"), "https://127.0.0.1:1/nfc/secret-ticket/disk-0.vmdk");

    int status =
        run(
            Map.of(),
            "write",
            "--volume",
            image.toString(),
            "--size",
            Integer.toString(SIZE),
            "--source",
            source.toString());

    assertThat(status).isEqualTo(Worker.FAILED);
    assertThat(report().error()).contains("127.0.0.1").doesNotContain("secret-ticket");
    assertThat(report().remedy()).contains("firewalls, from the pods of the cluster.");
  }
}
