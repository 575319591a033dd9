// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.Extent;
import io.drover.disk.pipe.Journal;
import io.drover.disk.pipe.Workers;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a converting process at random (SIGKILL) and has the next one go on, until one ends: one
 * image from a stream, the next from a file that is read where it is needed. {@code
 * -Ddrover.kills=} says how many kills, {@code -Ddrover.seed=} which.
 */
class KillIT {
  private static final int EXTENTS = 25;

  @TempDir Path dir;

  private final SampleDisk disk = SampleDisk.mixed((96 << 20) + 512 * 3, 77);
  private final int wanted = Integer.getInteger("drover.kills", 10);
  private final Random random = new Random(Long.getLong("drover.seed", 4));
  private int kills;
  private int whole;

  @Test
  void aKilledConversionGoesOnToTheSameImage() throws Exception {
    // Given
    Source stream = new Source(Files.write(dir.resolve("disk.vmdk"), Vmdk.esxi(disk)));
    Source file = new Source(Files.write(dir.resolve("disk.raw"), disk.bytes()));
    DiskDigest truth;
    try (Workers workers = new Workers(2)) {
      truth = DiskDigests.of(disk, workers, (bytes, guest) -> {}, () -> false);
    }
    int images = 0;
    while (kills < wanted) {
      Source source = images % 2 == 0 ? stream : file;
      Path image = dir.resolve("image" + images++ + ".qcow2");
      Path journal = dir.resolve(image.getFileName() + ".journal");
      long readBefore = 0;
      while (true) {
        // When
        long durable = durable(journal);
        Process process = start(source.file, image);
        // A line is an extent; a third of the attempts come to their end.
        int line = kills < wanted ? 1 + random.nextInt(EXTENTS * 3 / 2) : Integer.MAX_VALUE;
        Said said = read(process, line);
        if (!said.ended()) {
          process.destroyForcibly().waitFor();
          kills++;
          readBefore += said.bytesRead();
          if (!Files.exists(image)) {
            continue;
          }
          // Killed when it had its name already: then it must be whole.
          assertThat(DiskDigests.ofQcow2(image)).isEqualTo(truth);
          Files.delete(image);
          Files.deleteIfExists(journal);
          whole++;
          break;
        }

        // Then: nothing that was durable is written again, nor read again where it need not be
        process.waitFor();
        assertThat(process.exitValue()).as(said.last()).isZero();
        assertThat(said.last()).contains(truth.root());
        assertThat(DiskDigests.ofQcow2(image)).isEqualTo(truth);
        long passedOver = Long.parseLong(said.last().split(" ")[1]);
        long read = said.bytesRead();
        assertThat(passedOver).isEqualTo(durable);
        assertThat(read)
            .isEqualTo(source == stream ? Files.size(stream.file) : disk.size() - durable);
        source.ended(passedOver, readBefore + read);
        Files.delete(image);
        break;
      }
    }
    System.out.printf(
        "%d kills (%d after the image was whole), %d images, all the same; from a stream %s; from a"
            + " file %s%n",
        kills, whole, images, stream.report(), file.report());
  }

  /** What an image is made of, and what its making took so far. */
  private final class Source {
    private final Path file;
    private int images;
    private long passedOver;
    private long read;

    Source(Path file) {
      this.file = file;
    }

    void ended(long passedOverAtLast, long readByAll) {
      images++;
      passedOver += passedOverAtLast;
      read += readByAll;
    }

    String report() throws IOException {
      long once = images * Files.size(file);
      return String.format(
          "the attempts that ended passed over %d of %d MiB, which were durable, and wrote the"
              + " rest; all attempts read %d MiB for the %d MiB of the source, %d MiB of them"
              + " again",
          passedOver >> 20, images * disk.size() >> 20, read >> 20, once >> 20, read - once >> 20);
    }
  }

  /** Guest bytes that the attempts before made durable. */
  private long durable(Path journal) throws IOException {
    if (!Files.exists(journal)) {
      return 0;
    }
    try (var sink = SlowConversion.sink(journal);
        Journal said =
            Journal.open(journal, Conversion.about(SlowConversion.KEY, disk.size(), sink))) {
      return said.durable().keySet().stream()
          .mapToLong(extent -> Extent.length(disk.size(), extent))
          .sum();
    }
  }

  /**
   * What a process said at last.
   *
   * @param ended whether it said no more
   */
  private record Said(String last, boolean ended) {
    /** Of the source: a line is that number, the last one ends with it. */
    long bytesRead() {
      return Long.parseLong(last.substring(last.lastIndexOf(' ') + 1));
    }
  }

  /** Reads to the end, or to a line of that number. */
  private static Said read(Process process, int stopAt) throws Exception {
    String last = "";
    int lines = 0;
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      last = line;
      if (++lines == stopAt) {
        return new Said(last, false);
      }
    }
    return new Said(last, true);
  }

  private static Process start(Path source, Path image) throws Exception {
    return new ProcessBuilder(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-XX:+UseSerialGC",
                "-XX:TieredStopAtLevel=1",
                "-Xmx128m",
                "-cp",
                System.getProperty("java.class.path"),
                SlowConversion.class.getName(),
                source.toString(),
                image.toString()))
        .redirectErrorStream(true)
        .start();
  }
}
