// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.disk.digest.DiskDigest;
import io.drover.disk.pipe.Workers;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.BufferedReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Kills a converting process at random (SIGKILL) and has the next one go on, until one ends. {@code
 * -Ddrover.kills=} says how many kills, {@code -Ddrover.seed=} which.
 */
class KillIT {
  private static final int EXTENTS = 25;

  @TempDir Path dir;

  @Test
  void aKilledConversionGoesOnToTheSameImage() throws Exception {
    // Given
    SampleDisk disk = SampleDisk.mixed((96 << 20) + 512 * 3, 77);
    Path vmdk = Files.write(dir.resolve("disk.vmdk"), Vmdk.esxi(disk));
    DiskDigest truth;
    try (Workers workers = new Workers(2)) {
      truth = DiskDigests.of(disk, workers, (bytes, guest) -> {}, () -> false);
    }
    int wanted = Integer.getInteger("drover.kills", 10);
    Random random = new Random(Long.getLong("drover.seed", 4));
    int kills = 0;
    int images = 0;
    int whole = 0;
    long passedOver = 0;
    long converted = 0;
    while (kills < wanted) {
      Path image = dir.resolve("image" + images++ + ".qcow2");
      while (true) {
        // When
        Process process = start(vmdk, image);
        // A line is an extent; a third of the attempts come to their end.
        int line = kills < wanted ? 1 + random.nextInt(EXTENTS * 3 / 2) : Integer.MAX_VALUE;
        String said = read(process, line);
        if (said == null) {
          process.destroyForcibly().waitFor();
          kills++;
          if (!Files.exists(image)) {
            continue;
          }
          // Killed when it had its name already: then it must be whole.
          assertThat(DiskDigests.ofQcow2(image)).isEqualTo(truth);
          Files.delete(image);
          Files.deleteIfExists(dir.resolve(image.getFileName() + ".journal"));
          whole++;
          break;
        }

        // Then
        process.waitFor();
        assertThat(process.exitValue()).as(said).isZero();
        assertThat(said).contains(truth.root());
        assertThat(DiskDigests.ofQcow2(image)).isEqualTo(truth);
        passedOver += Long.parseLong(said.strip().split(" ")[1]);
        converted += disk.size();
        Files.delete(image);
        break;
      }
    }
    System.out.printf(
        "%d kills (%d after the image was whole), %d images, all the same; the attempts that ended"
            + " passed over %d of %d MiB and wrote the rest anew%n",
        kills, whole, images, passedOver >> 20, converted >> 20);
  }

  /** Reads to the end, or returns null at a line of that number. */
  private static @Nullable String read(Process process, int stopAt) throws Exception {
    String last = "";
    int lines = 0;
    BufferedReader reader = process.inputReader(StandardCharsets.UTF_8);
    for (String line = reader.readLine(); line != null; line = reader.readLine()) {
      last = line;
      if (++lines == stopAt) {
        return null;
      }
    }
    return last;
  }

  private static Process start(Path vmdk, Path image) throws Exception {
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
                vmdk.toString(),
                image.toString()))
        .redirectErrorStream(true)
        .start();
  }
}
