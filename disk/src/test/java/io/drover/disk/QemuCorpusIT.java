// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;

import com.github.luben.zstd.ZstdInputStream;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.pipe.ExtentSink;
import io.drover.disk.pipe.ForwardFile;
import io.drover.disk.pipe.Workers;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Options.Compression;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.qcow2.RewrapProbe;
import io.drover.disk.raw.RawStream;
import io.drover.disk.raw.RawWriter;
import io.drover.disk.sample.Peer;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.vmdk.StreamOptimizedWriter;
import io.drover.disk.vmdk.VmdkStream;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What we write, judged by qemu-img, and what qemu-img writes, read by us. {@code -Ddrover.corpus=}
 * says how many images.
 */
class QemuCorpusIT {
  private static final List<String> LAYOUTS =
      List.of(
          "esxi",
          "front",
          "qemu-streamOptimized",
          "qemu-monolithicSparse",
          "qemu-monolithicFlat",
          "qemu-twoGbMaxExtentSparse",
          "qemu-twoGbMaxExtentFlat",
          "qemu-qcow2",
          "qemu-qcow2-zlib",
          "qemu-qcow2-zstd",
          "raw");
  private static final Workers WORKERS = new Workers(2);

  @TempDir Path dir;

  @BeforeAll
  static void needsPeer() {
    Peer.require("qemu-img");
  }

  @Test
  void everyImageOfTheCorpusIsCleanAndTheSame() throws Exception {
    int images = Integer.getInteger("drover.corpus", 44);
    for (int i = 0; i < images; i++) {
      Random random = new Random(i);
      // Given
      int size = 512 * (1 + random.nextInt(i % 4 == 0 ? 40_000 : 4_000));
      SampleDisk disk = SampleDisk.mixed(size, i);
      Path work = Files.createDirectory(dir.resolve("i" + i));
      Path raw = Files.write(work.resolve("truth.raw"), disk.bytes());
      String layout = LAYOUTS.get(i % LAYOUTS.size());
      Path image = make(layout, disk, raw, work);
      int format = random.nextInt(8);
      Path out = work.resolve("out");
      String what = "image " + i + ": " + layout + ", " + size + " bytes, to " + format;

      // When
      ConversionResult result = convert(image, out, format, random);

      // Then
      String written = format == 0 || format == 7 ? "raw" : format == 6 ? "vmdk" : "qcow2";
      if (written.equals("qcow2")) {
        Peer.Result check = Peer.run("qemu-img", "check", "-f", "qcow2", out.toString());
        assertThat(check.code()).as(what + "\n" + check.output()).isZero();
        assertThat(check.output()).as(what).contains("No errors were found");
      }
      Peer.Result compare =
          Peer.run(
              "qemu-img", "compare", "-f", "raw", "-F", written, raw.toString(), out.toString());
      assertThat(compare.code()).as(what + "\n" + compare.output()).isZero();
      DiskDigest truth = DiskDigests.ofRaw(raw);
      assertThat(result.digest()).as(what).isEqualTo(truth);
      assertThat(digest(out)).as(what + ", read back").isEqualTo(truth);
      delete(work);
    }
  }

  @Test
  void anExportIsReadByQemuAsItsGuest() throws Exception {
    // Given
    SampleDisk disk = SampleDisk.mixed((70 << 20) + 512 * 11, 99);
    Path raw = Files.write(dir.resolve("truth.raw"), disk.bytes());

    // When
    Path image = make("esxi", disk, raw, dir);

    // Then
    Peer.Result compare =
        Peer.run(
            "qemu-img", "compare", "-f", "raw", "-F", "vmdk", raw.toString(), image.toString());
    assertThat(compare.code()).as(compare.output()).isZero();
  }

  @Test
  void theSelfTestOfTheRewrapModePassesWithThisQemu() throws Exception {
    // Given
    Path image = dir.resolve("probe.qcow2");
    RewrapProbe.write(image);

    // When
    Peer.Result converted =
        Peer.run(
            "qemu-img",
            "convert",
            "-f",
            "qcow2",
            "-O",
            "raw",
            image.toString(),
            dir.resolve("probe.raw").toString());

    // Then
    assertThat(converted.code()).as(converted.output()).isZero();
    assertThat(RewrapProbe.survived(dir.resolve("probe.raw"))).isTrue();
  }

  private static ConversionResult convert(Path image, Path out, int format, Random random)
      throws IOException {
    Qcow2Options plain = Qcow2Options.plain().withDurable(false);
    Qcow2Options options =
        switch (format) {
          case 2 -> new Qcow2Options(Compression.ZLIB, 1 + random.nextInt(9), 65536, false);
          case 3 -> new Qcow2Options(Compression.ZSTD, 1 + random.nextInt(5), 65536, false);
          case 4 -> Qcow2Options.rewrap().withDurable(false);
          case 5 ->
              new Qcow2Options(
                  random.nextBoolean() ? Compression.NONE : Compression.ZSTD,
                  1,
                  4096 << random.nextInt(10),
                  false);
          default -> plain;
        };
    Path packed = out.resolveSibling("out.zst");
    ExtentSink sink =
        switch (format) {
          case 0 -> new RawWriter(out, false);
          case 6 -> new ForwardFile(out, false, to -> new VmdkStream(to, 1 + random.nextInt(9)));
          case 7 -> new ForwardFile(packed, false, to -> RawStream.zstd(to, 1));
          default -> new Qcow2Writer(out, options);
        };
    ConversionResult result = Conversion.of(DiskImages.source(image), sink).workers(WORKERS).run();
    if (format == 7) {
      try (var in = new ZstdInputStream(Files.newInputStream(packed))) {
        Files.copy(in, out);
      }
    }
    return result;
  }

  private static Path make(String layout, SampleDisk disk, Path raw, Path work) throws Exception {
    Path image = work.resolve("image.vmdk");
    switch (layout) {
      case "raw" -> {
        return raw;
      }
      case "esxi" -> {
        try (FileChannel out =
            FileChannel.open(image, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
          StreamOptimizedWriter.stream(disk, out, 1 + (int) (disk.size() / 512 % 9));
        }
      }
      case "front" -> StreamOptimizedWriter.file(disk, image, 6);
      case "qemu-qcow2" -> qemu(raw, image, "-O", "qcow2");
      case "qemu-qcow2-zlib" -> qemu(raw, image, "-c", "-O", "qcow2");
      case "qemu-qcow2-zstd" ->
          qemu(raw, image, "-c", "-O", "qcow2", "-o", "compression_type=zstd");
      default -> qemu(raw, image, "-O", "vmdk", "-o", "subformat=" + layout.substring(5));
    }
    return image;
  }

  private static void qemu(Path raw, Path image, String... options) throws Exception {
    List<String> command = new java.util.ArrayList<>(List.of("qemu-img", "convert", "-f", "raw"));
    command.addAll(List.of(options));
    command.add(raw.toString());
    command.add(image.toString());
    Peer.Result result = Peer.run(command.toArray(String[]::new));
    assertThat(result.code()).as(result.output()).isZero();
  }

  private static DiskDigest digest(Path image) throws IOException {
    return Conversion.of(DiskImages.source(image), new DigestOnly())
        .workers(WORKERS)
        .run()
        .digest();
  }

  private static void delete(Path work) throws IOException {
    try (var files = Files.list(work)) {
      for (Path file : files.toList()) {
        Files.delete(file);
      }
    }
    Files.delete(work);
  }
}
