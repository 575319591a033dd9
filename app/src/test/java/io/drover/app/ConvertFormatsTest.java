// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.github.luben.zstd.ZstdInputStream;
import io.drover.app.cli.Exit;
import io.drover.lab.conformance.Peers;
import io.drover.schemas.wire.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code drover convert} from what people have to what they ask for, held against the disk. */
class ConvertFormatsTest {
  @TempDir private Path folder;
  private Path first = Path.of("");
  private Path second = Path.of("");

  @BeforeEach
  void twoDisks() throws IOException {
    first = disk("first.raw", (5 << 20) + 512 * 3, 1);
    second = disk("second.raw", 3 << 20, 2);
  }

  @ParameterizedTest
  @CsvSource({
    "ova, out.qcow2",
    "ova, out.raw",
    "ova, out.raw.zst",
    "ova, out.vmdk",
    "ovf, out.qcow2",
    "ovf, out.img",
    "ovf, out.raw.zst",
    "ovf, out.vmdk"
  })
  void theDiskOfAPackageThatIsAskedForBecomesAnImage(String kind, String out) throws Exception {
    // Given a package of two disks
    Path in = kind.equals("ova") ? ova() : ovf();

    // When
    String unsaid = run(Exit.USAGE, "convert", in, folder.resolve(out));
    String byFile = run(Exit.OK, "convert", in, folder.resolve(out), "--disk", "d1.vmdk", "--json");
    String byNumber = run(Exit.OK, "convert", in, folder.resolve("2" + out), "--disk", "2");

    // Then
    assertThat(unsaid).contains("--disk").contains("d1.vmdk", "d2.vmdk");
    assertThat(Json.mapper().readTree(byFile).path("digest").asText()).isEqualTo(root(first));
    assertThat(byNumber).contains(root(second));
    assertEqual(folder.resolve(out), first);
    assertEqual(folder.resolve("2" + out), second);
    assertThat(run(Exit.OK, "verify", in, second, "--disk", "d2.vmdk")).contains("equal");
    assertThat(run(Exit.CORRUPT, "verify", in, first, "--disk", "d2.vmdk")).contains("NOT EQUAL");
  }

  @ParameterizedTest
  @ValueSource(strings = {"out.qcow2", "out.raw.zst"})
  void aDiskSplitIntoSparseExtentsBecomesAnImage(String out) throws Exception {
    // Given one that is large enough for a second extent, which holds something, too
    Peers.need("split disks", Peers.tool("qemu-img"));
    Path large = folder.resolve("large.raw");
    try (var channel =
        FileChannel.open(large, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      for (long at : new long[] {512, (2L << 30) - 4096, (2L << 30) + (9 << 20)}) {
        channel.write(ByteBuffer.wrap(noise(8192, at)), at);
      }
    }
    Path in = folder.resolve("split.vmdk");
    Process split =
        new ProcessBuilder(
                "qemu-img",
                "convert",
                "-f",
                "raw",
                "-O",
                "vmdk",
                "-o",
                "subformat=twoGbMaxExtentSparse",
                large.toString(),
                in.toString())
            .inheritIO()
            .start();
    assertThat(split.waitFor()).isZero();
    assertThat(folder.resolve("split-s002.vmdk")).exists();

    // When
    String said = run(Exit.OK, "convert", in, folder.resolve(out), "--json");

    // Then
    JsonNode document = Json.mapper().readTree(said);
    assertThat(document.path("digest").asText()).isEqualTo(root(large));
    if (!out.endsWith(".zst")) {
      assertEqual(folder.resolve(out), large);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"raw", "qcow2", "vmdk"})
  void anImageBecomesARawFileAndAPackedOne(String kind) throws Exception {
    // Given
    Path in = folder.resolve("in." + kind);
    if (kind.equals("raw")) {
      Files.copy(first, in);
    } else {
      run(Exit.OK, "convert", first, in);
    }

    // When
    String raw = run(Exit.OK, "convert", in, folder.resolve("out.raw"));
    String packed = run(Exit.OK, "convert", in, folder.resolve("out.raw.zst"));

    // Then
    assertThat(raw).contains(root(first));
    assertThat(packed).contains(root(first));
    assertThat(folder.resolve("out.raw")).hasSameBinaryContentAs(first);
    assertEqual(folder.resolve("out.raw.zst"), first);
  }

  @Test
  void aPackedImageIsUnpackedBeforeItIsVerified() throws Exception {
    // Given
    Path packed = folder.resolve("out.raw.zst");
    run(Exit.OK, "convert", first, packed);

    // When
    String said = run(Exit.CORRUPT, "verify", packed, first);

    // Then
    assertThat(said).contains("packed by zstd", "unzstd");
  }

  /** Reads an image back by the command, unpacked where it is a stream. */
  private void assertEqual(Path image, Path disk) throws IOException {
    Path plain = image;
    if (image.toString().endsWith(".zst")) {
      plain = folder.resolve("unpacked.raw");
      try (var in = new ZstdInputStream(Files.newInputStream(image))) {
        Files.copy(in, plain, StandardCopyOption.REPLACE_EXISTING);
      }
      assertThat(plain).hasSameBinaryContentAs(disk);
    }
    assertThat(run(Exit.OK, "verify", plain, disk)).contains("equal").doesNotContain("NOT");
  }

  private static String root(Path raw) throws IOException {
    return Json.mapper().readTree(run(Exit.OK, "verify", raw, "--json")).path("digest").asText();
  }

  private static String run(int code, String command, Path in, Object... more) {
    List<String> arguments = new ArrayList<>(List.of(command, in.toString()));
    Arrays.stream(more).map(Object::toString).forEach(arguments::add);
    return Terminal.run(code, arguments.toArray(String[]::new));
  }

  private Path ovf() throws IOException {
    var references = new StringBuilder();
    var disks = new StringBuilder();
    for (int i = 1; i <= 2; i++) {
      Path disk = i == 1 ? first : second;
      run(Exit.OK, "convert", disk, folder.resolve("d" + i + ".vmdk"));
      references.append(String.format(Locale.ROOT, "<File id='f%d' href='d%d.vmdk'/>", i, i));
      disks.append(
          String.format(
              Locale.ROOT,
              "<Disk diskId='vmdisk%d' fileRef='f%d' capacity='%d'/>",
              i,
              i,
              Files.size(disk)));
    }
    return Files.writeString(
        folder.resolve("vm.ovf"),
        "<Envelope><References>"
            + references
            + "</References><DiskSection>"
            + disks
            + "</DiskSection></Envelope>");
  }

  private Path ova() throws IOException {
    var tar = new ByteArrayOutputStream();
    for (Path file : List.of(ovf(), folder.resolve("d1.vmdk"), folder.resolve("d2.vmdk"))) {
      add(tar, String.valueOf(file.getFileName()), Files.readAllBytes(file));
      Files.delete(file);
    }
    tar.writeBytes(new byte[1024]);
    return Files.write(folder.resolve("vm.ova"), tar.toByteArray());
  }

  /** A file as POSIX (ustar) puts it into an archive. */
  private static void add(ByteArrayOutputStream tar, String name, byte[] content) {
    byte[] header = new byte[512];
    put(header, 0, name);
    put(header, 124, String.format(Locale.ROOT, "%011o", content.length));
    put(header, 148, "        ");
    header[156] = '0';
    put(header, 257, "ustar\00000");
    int sum = 0;
    for (byte b : header) {
      sum += Byte.toUnsignedInt(b);
    }
    put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
    tar.writeBytes(header);
    tar.writeBytes(content);
    tar.writeBytes(new byte[-content.length & 511]);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }

  private Path disk(String name, int size, long seed) throws IOException {
    byte[] bytes = new byte[size];
    for (int at = 70_000; at < size - 9000; at += 300_000) {
      System.arraycopy(noise(9000, seed + at), 0, bytes, at, 9000);
    }
    return Files.write(folder.resolve(name), bytes);
  }

  private static byte[] noise(int count, long seed) {
    byte[] noise = new byte[count];
    new Random(seed).nextBytes(noise);
    return noise;
  }
}
