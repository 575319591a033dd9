// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.Exit;
import io.drover.disk.DiskDigests;
import io.drover.disk.DiskImages;
import io.drover.disk.pipe.Progress;
import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code drover verify}: an image held against a digest, another image, or the size of a disk. */
class VerifyTest {
  private static final int SIZE = 12 << 20;

  @TempDir private Path folder;
  private Path raw = Path.of("");
  private byte[] bytes = new byte[0];

  @BeforeEach
  void aDisk() throws IOException {
    bytes = new byte[SIZE];
    new Random(5).nextBytes(bytes);
    raw = Files.write(folder.resolve("disk.raw"), bytes);
  }

  @Test
  void anImageThatDiffersIsNamedByItsExtents() throws Exception {
    bytes[1 << 20] ^= 1;
    bytes[SIZE - 1] ^= 1;
    Path other = Files.write(folder.resolve("other.raw"), bytes);

    String said = Terminal.run(Exit.CORRUPT, "verify", raw.toString(), other.toString());
    JsonNode document =
        Json.mapper()
            .readTree(
                Terminal.run(Exit.CORRUPT, "verify", raw.toString(), other.toString(), "--json"));

    assertThat(said).contains("NOT EQUAL: bytes differ in [0, 4194304), [8388608, 12582912)");
    assertThat(document.path("equal").asBoolean(true)).isFalse();
    assertThat(document.path("ranges")).hasSize(2);
    assertThat(document.path("ranges").path(0).path("offset").asLong()).isZero();
    assertThat(document.path("ranges").path(0).path("length").asLong()).isEqualTo(4 << 20);
  }

  @Test
  void anImageIsHeldAgainstADigest() throws Exception {
    String root = digest();
    String wrong = (root.startsWith("0") ? "1" : "0") + root.substring(1);
    Path shorter = Files.write(folder.resolve("short.raw"), new byte[512]);

    assertThat(Terminal.run(Exit.OK, "verify", raw.toString(), "--digest", root))
        .contains("equal")
        .doesNotContain("NOT");
    assertThat(Terminal.run(Exit.CORRUPT, "verify", raw.toString(), "--digest", wrong))
        .contains("NOT EQUAL: expected the digest " + wrong + ", but it is " + root);
    assertThat(Terminal.run(Exit.USAGE, "verify", raw.toString(), "--digest", "beef"))
        .contains("64 hexadecimal digits, but beef");
    assertThat(Terminal.run(Exit.CORRUPT, "verify", raw.toString(), shorter.toString()))
        .contains("sizes differ: 12582912 and 512 bytes", "its disk, add --size 512");
  }

  @Test
  void aVolumeThatIsLargerThanItsDiskIsHeldAgainstIt() throws Exception {
    Path volume = Files.write(folder.resolve("volume"), Arrays.copyOf(bytes, SIZE + 4096));

    String said =
        Terminal.run(
            Exit.OK, "verify", raw.toString(), volume.toString(), "--size", (SIZE >> 20) + "M");

    assertThat(said).contains("equal").doesNotContain("NOT");
    assertThat(Terminal.run(Exit.USAGE, "verify", raw.toString(), "--size", "0"))
        .contains("at least 1 byte, but 0");
    assertThat(Terminal.run(Exit.NOT_WELL, "verify", raw.toString(), "--size", "99999999"))
        .contains(raw + " was not verified", "it has 12582912");
  }

  @Test
  void aDamagedImageIsNoRawDiskWhateverSizeIsAskedFor() throws Exception {
    Path damaged = Files.write(folder.resolve("damaged.vmdk"), bytes);

    String said = Terminal.run(Exit.CORRUPT, "verify", damaged.toString(), "--size", "4096");

    assertThat(said).contains("does not begin as one does");
  }

  @Test
  void aDigestThatHoldsIsToldWhereTheOtherImageDiffers() throws Exception {
    Path other = Files.copy(raw, folder.resolve("other.raw"));
    try (var channel = FileChannel.open(other, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {1, 2, 3}), 4 << 20);
    }

    String said =
        Terminal.run(
            Exit.CORRUPT, "verify", raw.toString(), other.toString(), "--digest", digest());

    assertThat(said).contains("NOT EQUAL: the digest is as expected, but bytes differ in");
  }

  @Test
  void theImageThatCannotBeReadIsNamed() {
    String said = Terminal.run(Exit.REFUSED, "verify", raw.toString(), folder.toString());

    assertThat(said).contains("Expected an image, but " + folder + " is a folder");
  }

  private String digest() throws IOException {
    return DiskDigests.of(DiskImages.open(raw), null, Progress.NONE, () -> false).root();
  }
}
