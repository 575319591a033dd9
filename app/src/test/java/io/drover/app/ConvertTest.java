// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Exit;
import io.drover.disk.Conversion;
import io.drover.disk.DiskDigests;
import io.drover.disk.DiskImages;
import io.drover.disk.image.StoppedException;
import io.drover.disk.pipe.Progress;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.lab.conformance.Peers;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Arrays;
import java.util.Random;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code drover convert}: going on after an interruption, and the ways to write. */
class ConvertTest {
  private static final int SIZE = 12 << 20;

  @TempDir private Path folder;
  private Path raw = Path.of("");
  private Path out = Path.of("");
  private byte[] bytes = new byte[0];

  @BeforeEach
  void aDisk() throws IOException {
    bytes = new byte[SIZE];
    byte[] noise = new byte[9000];
    var random = new Random(5);
    for (int at = 0; at < SIZE; at += 64 << 10) {
      random.nextBytes(noise);
      System.arraycopy(noise, 0, bytes, at, noise.length);
    }
    raw = Files.write(folder.resolve("disk.raw"), bytes);
    out = folder.resolve("out.qcow2");
  }

  @Test
  void anInterruptedConversionGoesOnWhereItStopped() throws Exception {
    interrupt();

    JsonNode said = json("convert", raw, out, "--json");

    assertThat(said.path("resumed").asBoolean()).isTrue();
    assertThat(said.path("guestBytesPassedOver").asLong()).isGreaterThanOrEqualTo(4 << 20);
    assertThat(said.path("guestBytesPassedOver").asLong() + said.path("bytesRead").asLong())
        .isEqualTo(SIZE);
    assertThat(said.path("digest").asText()).isEqualTo(digest(raw)).isEqualTo(digest(out));
    assertThat(partial()).doesNotExist();
    assertThat(journal()).doesNotExist();
  }

  @Test
  void whatItWentOnWithIsToldToPeople() throws Exception {
    interrupt();

    String said = Terminal.run(Exit.OK, "convert", raw.toString(), out.toString());

    assertThat(said)
        .containsPattern("Went on from an interrupted attempt: [0-9.]+ MiB of the disk")
        .contains("'drover verify OUT IN' proves them, too");
  }

  @Test
  void thatItCouldNotGoOnIsToldToPeople() throws Exception {
    interrupt();
    bytes[5] ^= 1;
    Files.write(raw, bytes);

    assertThat(Terminal.run(Exit.OK, "convert", raw.toString(), out.toString()))
        .contains("Began anew: an interrupted attempt was there, but nothing of it");
    assertThat(Terminal.run(Exit.OK, "convert", raw.toString(), out.toString(), "--force"))
        .doesNotContain("interrupted attempt");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--anew", "the source changed", "another format"})
  void itBeginsAnewWhereItIsAskedToOrNothingFits(String why) throws Exception {
    interrupt();
    if (why.equals("the source changed")) {
      bytes[5] ^= 1;
      Files.write(raw, bytes);
    }

    JsonNode said =
        switch (why) {
          case "--anew" -> json("convert", raw, out, "--json", "--anew");
          case "another format" -> json("convert", raw, out, "--json", "--to", "qcow2_zstd");
          default -> json("convert", raw, out, "--json");
        };

    assertThat(said.path("resumed").asBoolean()).isFalse();
    assertThat(said.path("bytesRead").asLong()).isEqualTo(SIZE);
    assertThat(said.path("digest").asText()).isEqualTo(digest(raw)).isEqualTo(digest(out));
  }

  @Test
  void whatAnotherFormatWroteIsNotGoneOnWith() throws Exception {
    out = folder.resolve("out.img");
    interrupt();
    // A stream cannot be gone on with, and writes into the same partial file.
    Terminal.run(Exit.OK, "convert", raw.toString(), out.toString(), "--to", "raw_zst");
    Files.move(out, partial());
    // As a killed process leaves it.
    Files.createFile(folder.resolve("out.img.lock"));

    JsonNode said = json("convert", raw, out, "--json", "--to", "qcow2");

    assertThat(said.path("resumed").asBoolean()).isFalse();
    assertThat(digest(out)).isEqualTo(digest(raw));
  }

  @ParameterizedTest
  @CsvSource({
    "--workers=1, 'goes on with it, --anew begins anew.'",
    "--anew, without --anew goes on with it."
  })
  void aStreamThatWasTransferredAgainIsComparedAndGoneOnWith(String option, String promise)
      throws Exception {
    Path vmdk = folder.resolve("disk.vmdk");
    Terminal.run(Exit.OK, "convert", raw.toString(), vmdk.toString());
    byte[] whole = Files.readAllBytes(vmdk);
    Files.write(vmdk, Arrays.copyOf(whole, whole.length * 9 / 10));

    String cut = Terminal.run(Exit.CORRUPT, "convert", vmdk.toString(), out.toString(), option);
    assertThat(out).doesNotExist();
    Files.write(vmdk, whole);
    JsonNode said = json("convert", vmdk, out, "--json");

    assertThat(cut)
        .contains("cut short", partial() + "; where IN is fetched again, the same command")
        .endsWith(promise + "\n");
    assertThat(said.path("guestBytesPassedOver").asLong()).isPositive();
    assertThat(digest(out)).isEqualTo(digest(raw));
  }

  @Test
  void whatIsDamagedBeforeAnythingWasReadCostsNoEarlierAttempt() throws Exception {
    interrupt();
    Path aside = Files.move(raw, folder.resolve("aside"));
    Files.write(raw, new byte[0]);

    String said = Terminal.run(Exit.CORRUPT, "convert", raw.toString(), out.toString());

    assertThat(said).contains("disk.raw is empty", "earlier attempt did stays in " + partial());
    assertThat(partial()).exists();
    assertThat(journal()).exists();
    Files.move(aside, raw, StandardCopyOption.REPLACE_EXISTING);
    assertThat(json("convert", raw, out, "--json").path("digest").asText()).isEqualTo(digest(raw));
  }

  @Test
  void aDamagedImageThatIsNotComparedLeavesNothing() throws Exception {
    Path image = folder.resolve("in.qcow2");
    Terminal.run(Exit.OK, "convert", raw.toString(), image.toString(), "--to", "qcow2_zlib");
    Path cut = Files.write(folder.resolve("cut.qcow2"), Files.readAllBytes(image));
    try (var channel = FileChannel.open(cut, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[300 << 10]), 1 << 20);
    }

    String said = Terminal.run(Exit.CORRUPT, "convert", cut.toString(), out.toString());

    assertThat(said).contains(cut.toString(), "grain");
    assertThat(partial()).doesNotExist();
    assertThat(journal()).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"8192, 8192", "2m, 2097152"})
  void theClustersOfAQcow2ImageHaveTheSizeAskedFor(String asked, int size) throws Exception {
    Terminal.run(
        Exit.OK,
        "convert",
        raw.toString(),
        out.toString(),
        "--cluster-size",
        asked,
        "--to",
        "qcow2_zstd");

    int bits = ByteBuffer.wrap(Files.readAllBytes(out)).getInt(20);
    assertThat(1 << bits).isEqualTo(size);
    assertThat(digest(out)).isEqualTo(digest(raw));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--cluster-size 3K | power of two from 4K to 2M, but 3.00 KiB",
        "--cluster-size 9999999999999T | a number of bytes, such as 65536, 64K, 20M, 40G or 2T",
        "--cluster-size x | a number of bytes, such as 65536, 64K, 20M, 40G or 2T, but x",
        "--cluster-size 64K --to raw | Expected a qcow2 image for --cluster-size, but OUT is raw",
        "--rewrap --to vmdk | Expected a qcow2 image for --rewrap, but OUT is vmdk",
        "--rewrap --cluster-size 128K | zlib clusters of 64K for --rewrap, but 128 KiB",
        "--rewrap --to qcow2_zstd | zlib clusters of 64K for --rewrap, but qcow2_zstd",
        "--in-place --to qcow2 | Expected raw for --in-place, but qcow2",
        "--reader qemu-img | Expected --rewrap beside --reader",
        "--to raw | named as qcow2 where --to says raw: name it otherwise, or leave --to out",
        "--to vmdk | named as qcow2 where --to says vmdk",
        "--workers 9 --memory 48 | for 9 workers, but it is 48"
      })
  void optionsThatDoNotGoTogetherAreRefused(String options, String why) {
    String[] command = ("convert " + raw + " " + out + " " + options).split(" ");

    String said = Terminal.run(Exit.USAGE, command);

    assertThat(said).contains(why);
    assertThat(folder).isDirectoryContaining(path -> path.equals(raw));
    assertThat(out).doesNotExist();
  }

  @Test
  void grainsAreMovedAsTheyAreForAReaderThatProvedItself() throws Exception {
    Peers.need("grains that are moved as they are", Peers.tool("qemu-img"));
    Path vmdk = folder.resolve("disk.vmdk");
    Terminal.run(Exit.OK, "convert", raw.toString(), vmdk.toString());

    JsonNode said = json("convert", vmdk, out, "--rewrap", "--json");

    assertThat(said.path("digest").asText()).isEqualTo(digest(raw)).isEqualTo(digest(out));
    assertThat(Files.size(out)).isLessThan(Files.size(vmdk) + (1 << 20));
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactlyInAnyOrder(raw, vmdk, out);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "head -c 16777216 /dev/zero > $7, 5, read other bytes",
    "echo no such format >&2; exit 3, 5, ended with exit code 3 and said: no such format"
  })
  void aReaderThatGetsTheProbeWrongIsNotWrittenFor(String script, int code, String why)
      throws Exception {
    Path vmdk = folder.resolve("disk.vmdk");
    Terminal.run(Exit.OK, "convert", raw.toString(), vmdk.toString());
    Path reader = Files.writeString(folder.resolve("reader"), "#!/bin/sh\n" + script + "\n");
    Files.setPosixFilePermissions(reader, PosixFilePermissions.fromString("rwx------"));

    String said =
        Terminal.run(
            code,
            "convert",
            vmdk.toString(),
            out.toString(),
            "--rewrap",
            "--reader",
            reader.toString());

    assertThat(said).contains("Expected " + reader + " to read a rewrapped image", why);
    assertThat(out).doesNotExist();
  }

  @Test
  void aReaderThatIsNotThereIsNamed() {
    String said =
        Terminal.run(
            Exit.CONFIGURATION,
            "convert",
            raw.toString(),
            out.toString(),
            "--rewrap",
            "--reader",
            "no-such-qemu-img");

    assertThat(said).contains("no-such-qemu-img could not be tested", "--reader");
  }

  @Test
  void aVolumeIsWrittenInPlace() throws Exception {
    byte[] old = new byte[SIZE + 4096];
    Arrays.fill(old, (byte) 7);
    Path volume = Files.write(folder.resolve("volume"), old);

    Terminal.run(Exit.OK, "convert", raw.toString(), volume.toString(), "--in-place");

    byte[] now = Files.readAllBytes(volume);
    assertThat(Arrays.copyOf(now, SIZE)).isEqualTo(bytes);
    assertThat(Arrays.copyOfRange(now, SIZE, now.length)).containsOnly(7);
    assertThat(Terminal.run(Exit.REFUSED, "convert", raw.toString(), out.toString(), "--in-place"))
        .contains("but it is not there");
  }

  @ParameterizedTest
  @CsvSource({"convert - x.qcow2, read", "convert x.raw -, written", "verify -, read"})
  void aPipeIsNoFile(String command, String done) {
    assertThat(Terminal.run(Exit.USAGE, command.split(" ")))
        .contains("Expected a file, but - stands for a pipe, and none is " + done);
  }

  @Test
  void anEmptyNameIsNoFile() {
    for (String[] command :
        new String[][] {{"convert", "", "x"}, {"convert", "x", ""}, {"verify", ""}}) {
      assertThat(Terminal.run(Exit.USAGE, command)).contains("its name is empty");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "disk, qcow2",
    "raw, qcow2",
    "disk.qcow2, qcow2",
    "disk.img, raw",
    "disk-flat.vmdk, raw",
    "disk.vmdk, vmdk",
    "disk.raw.zst, raw_zst"
  })
  void whatWasWrittenIsNamed(String name, String format) throws Exception {
    Path named = folder.resolve(name);

    String said = Terminal.run(Exit.OK, "convert", raw.toString(), named.toString());

    assertThat(said).contains("Wrote " + format + ": 12.0 MiB disk");
    assertThat(json("convert", raw, named, "--force", "--json").path("format").asText())
        .isEqualTo(format);
  }

  @Test
  void aFolderThatIsMissingIsNamed() {
    String said =
        Terminal.run(
            Exit.CONFIGURATION,
            "convert",
            raw.toString(),
            folder.resolve("gone/out.qcow2").toString());

    assertThat(said).contains("There is no folder " + folder.resolve("gone"));
  }

  /** Leaves what a process that is killed in the middle leaves, as the command writes it. */
  private void interrupt() throws IOException {
    var seen = new AtomicLong();
    Throwable stopped =
        catchThrowable(() ->
            Conversion.of(DiskImages.source(raw), new Qcow2Writer(out, Qcow2Options.plain()))
                .progress((read, done) -> seen.set(done))
                .stop(() -> seen.get() >= SIZE / 2)
                .resume(journal(), String.valueOf(DiskImages.key(raw, null)))
                .run());
    assertThat(stopped).isInstanceOf(StoppedException.class);
    assertThat(partial()).exists();
    assertThat(journal()).exists();
  }

  private Path partial() {
    return out.resolveSibling(out.getFileName() + ".partial");
  }

  private Path journal() {
    return out.resolveSibling(out.getFileName() + ".journal");
  }

  private static JsonNode json(String command, Path in, Path to, String... more) throws Exception {
    var arguments =
        new java.util.ArrayList<>(java.util.List.of(command, in.toString(), to.toString()));
    arguments.addAll(Arrays.asList(more));
    return Json.mapper().readTree(Terminal.run(Exit.OK, arguments.toArray(String[]::new)));
  }

  private static String digest(Path image) throws IOException {
    return DiskDigests.of(DiskImages.open(image), null, Progress.NONE, () -> false).root();
  }
}
