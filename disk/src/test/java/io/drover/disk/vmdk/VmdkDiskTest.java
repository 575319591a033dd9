// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.Conversion;
import io.drover.disk.DiskDigests;
import io.drover.disk.DiskImages;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class VmdkDiskTest {
  /** What ends a descriptor that is whole. */
  private static final String DATABASE = "ddb.adapterType = \"lsilogic\"\n";

  private static final int SIZE = 5 * (1 << 20) + 512 * 5;

  @TempDir Path dir;

  private final SampleDisk disk = SampleDisk.mixed(SIZE, 21);

  @AfterEach
  void removeLink() throws IOException {
    Files.deleteIfExists(dir.resolve("link.vmdk"));
  }

  @Test
  void aSparseFileReadsAsItsGuest() throws IOException {
    // Given
    Path file = write("a.vmdk", Vmdk.sparse(disk.bytes()));

    // When
    DiskDigest digest = digest(file);

    // Then
    assertThat(digest).isEqualTo(truth());
  }

  @Test
  void aStreamOptimizedFileReadsAtRandomAsItsGuest() throws IOException {
    // Given
    Path file = write("a.vmdk", Vmdk.esxi(disk));
    byte[] part = new byte[200_001];

    // When
    try (GuestDisk open = VmdkDisk.open(file)) {
      open.read(333_333, ByteBuffer.wrap(part));

      // Then
      assertThat(part).isEqualTo(Arrays.copyOfRange(disk.bytes(), 333_333, 533_334));
      assertThat(DiskDigests.of(open, null, (bytes, guest) -> {}, () -> false)).isEqualTo(truth());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"monolithicFlat FLAT", "vmfs VMFS", "twoGbMaxExtentFlat FLAT"})
  void aDescriptorJoinsItsFlatExtents(String kind) throws IOException {
    // Given
    String type = kind.split(" ")[1];
    int first = 3 << 20;
    write("a-f001.vmdk", Arrays.copyOfRange(disk.bytes(), 0, first));
    write("a-f002.vmdk", Arrays.copyOfRange(disk.bytes(), first, SIZE));
    Path file =
        descriptor(
            kind.split(" ")[0],
            "RW " + first / 512 + " " + type + " \"a-f001.vmdk\" 0",
            "RW " + (SIZE - first) / 512 + " " + type + " \"a-f002.vmdk\"");

    // When
    DiskDigest digest = digest(file);

    // Then
    assertThat(digest).isEqualTo(truth());
  }

  @Test
  void aDescriptorJoinsSparseExtentsAndZeros() throws IOException {
    // Given
    int half = 2 << 20;
    byte[] guest = disk.bytes().clone();
    Arrays.fill(guest, half, half + (1 << 20), (byte) 0);
    write("a-s001.vmdk", Vmdk.sparse(Arrays.copyOfRange(guest, 0, half)));
    write("a-s003.vmdk", Vmdk.sparse(Arrays.copyOfRange(guest, half + (1 << 20), SIZE)));
    Path file =
        descriptor(
            "twoGbMaxExtentSparse",
            "RW " + half / 512 + " SPARSE \"a-s001.vmdk\"",
            "RW 2048 ZERO",
            "RW " + (SIZE - half - (1 << 20)) / 512 + " SPARSE \"a-s003.vmdk\"");

    // When
    DiskDigest digest = digest(file);

    // Then
    assertThat(digest)
        .isEqualTo(DiskDigests.of(new SampleDisk(guest), null, (b, g) -> {}, () -> false));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "../secret",
        "/etc/passwd",
        "..\\\\x",
        "sub/a.vmdk",
        "..",
        "vsan://1/2",
        "link.vmdk"
      })
  void anExtentOutsideTheDirectoryIsRefused(String name) throws IOException {
    // Given
    Files.createSymbolicLink(dir.resolve("link.vmdk"), Path.of("/etc/hostname"));
    Path file = descriptor("monolithicFlat", "RW 1 FLAT \"" + name + "\" 0");

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("outside its directory");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RW 2048 VMFSSPARSE \"a-delta.vmdk\"",
        "RW 2048 SESPARSE \"a-sesparse.vmdk\"",
        "RW 2048 VMFSRDM \"a-rdm.vmdk\""
      })
  void extentsThatAreNoFilesOfTheirOwnAreRefusedByName(String line) throws IOException {
    // Given
    Path file = descriptor("custom", line);

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file)).hasMessageContaining(line.split(" ")[2]);
    assertThat(VmdkDisk.files(file)).containsExactly(file);
  }

  @Test
  void aDeviceAsAnExtentIsRefusedAsOne() throws IOException {
    // Given
    Path file = descriptor("fullDevice", "RW 2048 FLAT \"/dev/sda\" 0");

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file))
        .hasMessageContaining("names a device")
        .hasMessageContaining("Export the virtual machine");
  }

  @ParameterizedTest
  @ValueSource(strings = {"FLAT", "SPARSE"})
  void twoExtentsAtOnePlaceAreRefused(String type) throws IOException {
    // Given
    write("a-1.vmdk", type.equals("FLAT") ? disk.bytes() : Vmdk.sparse(disk.bytes()));
    String line = "RW " + disk.size() / 512 + " " + type + " \"a-1.vmdk\"";
    Path file = descriptor("custom", line, line);

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("claim the same bytes of a-1.vmdk");
  }

  @Test
  void anEncryptedDiskIsRefusedByName() throws IOException {
    // Given
    Path file =
        descriptor("monolithicFlat", "encryption.keySafe = \"vmware:key/list\"", "RW 1 ZERO");

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("is encrypted")
        .hasMessageContaining("Decrypt the virtual machine");
  }

  @Test
  @Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void aLineThatIsMadeToBeSlowIsNot() throws IOException {
    // Given a value that a pattern would try to cut in each of its blanks
    Path file = descriptor("custom", "a=" + " ".repeat(100_000) + "\"x\"y", "RW 2048 ZERO");

    // When
    try (GuestDisk open = VmdkDisk.open(file)) {

      // Then
      assertThat(open.size()).isEqualTo(1 << 20);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"parentCID=12345678", "parentCID = \"12345678\"", "PARENTCID=12345678 "})
  void aDeltaIsKnownHoweverItIsWritten(String line) throws IOException {
    // Given
    Path file =
        Files.writeString(
            dir.resolve("a.vmdk"),
            "# Disk DescriptorFile\n" + line + "\nRW 2048 ZERO\n" + DATABASE);

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file)).hasMessageContaining("delta link");
  }

  @Test
  void theFirstLineOfVmdkStreamIsKnown() throws IOException {
    // Given
    Path file =
        Files.writeString(
            dir.resolve("a.vmdk"),
            "# Disk Descriptor File\nparentCID=ffffffff\nRW 2048 ZERO\n" + DATABASE);

    // When
    try (var open = VmdkDisk.open(file)) {
      // Then
      assertThat(open.size()).isEqualTo(1 << 20);
    }
  }

  @Test
  void aShortExtentIsNamed() throws IOException {
    // Given
    write("a-flat.vmdk", new byte[1000]);
    Path file = descriptor("vmfs", "RW 2048 VMFS \"a-flat.vmdk\"");

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file))
        .hasMessageContaining("a-flat.vmdk has 1000 bytes, the descriptor wants 1048576");
  }

  @Test
  void aMissingExtentIsNamed() throws IOException {
    // Given
    Path file = descriptor("vmfs", "RW 2048 VMFS \"gone-flat.vmdk\"");

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file)).hasMessageContaining("gone-flat.vmdk");
  }

  @ParameterizedTest
  @ValueSource(strings = {"cut", "damaged", "flat", "folder"})
  void theExtentThatIsWrongIsNamed(String how) throws IOException {
    // Given the second of two
    byte[] bytes = Vmdk.sparse(disk.bytes());
    write("a-s001.vmdk", bytes.clone());
    Vmdk.little(bytes).putInt(1024 + 4 * 3, 0x7fffffff);
    switch (how) {
      case "cut" -> write("a-s002.vmdk", Arrays.copyOf(bytes, 100));
      case "damaged" -> write("a-s002.vmdk", bytes);
      case "flat" -> write("a-s002.vmdk", disk.bytes());
      default -> Files.createDirectory(dir.resolve("a-s002.vmdk"));
    }
    String line = "RW " + SIZE / 512 + " SPARSE \"a-s00";
    Path file = descriptor("twoGbMaxExtentSparse", line + "1.vmdk\"", line + "2.vmdk\"");

    // When, Then
    assertThatThrownBy(() -> digest(file))
        .isInstanceOf(DiskFormatException.class)
        .message()
        .startsWith(how.equals("folder") ? "The extent a-s002.vmdk is no file" : "a-s002.vmdk: ");
  }

  @Test
  void aTablePastTheEndIsRefused() throws IOException {
    // Given
    byte[] bytes = Vmdk.sparse(disk.bytes());
    Vmdk.little(bytes).putInt(512, 0x7fffffff);
    Path file = write("a.vmdk", bytes);

    // When, Then
    assertThatThrownBy(() -> digest(file)).hasMessageContaining("A grain table of 512 entries");
  }

  @Test
  void aGrainPastTheEndIsRefused() throws IOException {
    // Given
    byte[] bytes = Vmdk.sparse(disk.bytes());
    Vmdk.little(bytes).putInt(1024 + 4 * 3, 0x7fffffff);
    Path file = write("a.vmdk", bytes);

    // When, Then
    assertThatThrownBy(() -> digest(file)).hasMessageContaining("grain 3");
  }

  @Test
  void theSecondDirectoryIsReadWhereTheFirstIsMissing() throws IOException {
    // Given
    byte[] bytes = Vmdk.sparse(disk.bytes());
    Vmdk.little(bytes).putInt(8, 1 | 1 << 1).putLong(48, 1).putLong(56, 0);
    Path file = write("a.vmdk", bytes);

    // When
    DiskDigest digest = digest(file);

    // Then
    assertThat(digest).isEqualTo(truth());
  }

  @ParameterizedTest
  @ValueSource(strings = {"none", "a table", "its copy", "the directory"})
  void damageToOneOfTwoCopiesOfATableIsNotRead(String damaged) throws IOException {
    // Given the directory again at sector 10, and its table behind it
    byte[] bytes = Vmdk.sparse(disk.bytes());
    Vmdk.little(bytes).putInt(8, 1 | 1 << 1).putLong(48, 10).putInt(10 * 512, 11);
    System.arraycopy(bytes, 1024, bytes, 11 * 512, 2048);
    switch (damaged) {
      case "a table" -> bytes[1024 + 4 * 3] ^= 1;
      case "its copy" -> bytes[11 * 512 + 4 * 3] ^= 1;
      case "the directory" -> Vmdk.little(bytes).putInt(512, 0);
      default -> {}
    }
    Path file = write("a.vmdk", bytes);

    // When, Then
    if (damaged.equals("none")) {
      assertThat(digest(file)).isEqualTo(truth());
    } else {
      assertThatThrownBy(() -> digest(file))
          .isInstanceOf(DiskFormatException.class)
          .hasMessageContaining("The two copies of the grain tables differ")
          .hasMessageContaining(damaged.equals("the directory") ? "grain 0" : "grain 3");
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {2, 3})
  void anEntryOfOneIsAGrainOfZerosWhereTheHeaderSaysSo(int version) throws IOException {
    // Given every grain that is not stored as an entry of 1
    byte[] bytes = Vmdk.sparse(disk.bytes());
    Vmdk.little(bytes).putInt(4, version).putInt(8, 1 | 1 << 2);
    int zeros = 0;
    for (int i = 0; i < (SIZE + 65535) / 65536; i++) {
      if (Vmdk.little(bytes).getInt(1024 + i * 4) == 0) {
        Vmdk.little(bytes).putInt(1024 + i * 4, 1);
        zeros++;
      }
    }
    Path file = write("a.vmdk", bytes);

    // When
    DiskDigest digest = digest(file);

    // Then
    assertThat(zeros).isPositive();
    assertThat(digest).isEqualTo(truth());
  }

  @Test
  void anEntryOfOneIsNoGrainWhereTheHeaderDoesNotSaySo() throws IOException {
    // Given
    byte[] bytes = Vmdk.sparse(disk.bytes());
    Vmdk.little(bytes).putInt(1024 + 4 * 3, 1);
    Path file = write("a.vmdk", bytes);

    // When, Then
    assertThatThrownBy(() -> digest(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("A grain claims to be stored at sector 1, among the 128 of header")
        .hasMessageContaining("grain 3");
  }

  @Test
  void aFileThatLacksItsLastByteIsRefused() throws IOException {
    // Given
    byte[] guest = disk.bytes().clone();
    guest[guest.length - 1] = 7;
    byte[] bytes = Vmdk.sparse(guest);
    int cut = bytes.length - 1 - (65536 - guest.length % 65536) % 65536;
    Path file = write("a.vmdk", Arrays.copyOf(bytes, cut));

    // When, Then
    assertThatThrownBy(() -> digest(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("The file ends inside a grain (byte " + cut);
  }

  @Test
  void aTebibyteClaimedByAKibibyteIsRefused() throws IOException {
    // Given
    byte[] bytes = Arrays.copyOf(Vmdk.sparse(disk.bytes()), 1024);
    Vmdk.little(bytes).putLong(12, 1L << (40 - 9));
    Path file = write("a.vmdk", bytes);

    // When, Then
    assertThatThrownBy(() -> digest(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining(
            "A grain directory of 32768 entries claims to stand at sector 1 of a file of 1024"
                + " bytes")
        .hasMessageContaining("was cut: copy or export it again");
  }

  private Path write(String name, byte[] bytes) throws IOException {
    return Files.write(dir.resolve(name), bytes);
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2, 3})
  void aDescriptorThatWasCutIsNoShorterDisk(int kept) throws IOException {
    // Given
    Path file = descriptor("custom", "RW 2048 ZERO", "RW 2048 ZERO", "RW 2048 ZERO");
    String text = Files.readString(file);
    int cut = text.indexOf("RW") + kept * "RW 2048 ZERO\n".length();
    Files.writeString(file, text.substring(0, cut));

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("ends without its disk database")
        .hasMessageContaining("(byte " + cut + ")");
  }

  @Test
  void zerosInTheTextOfADescriptorMayHideAnExtent() throws IOException {
    // Given
    Path file = descriptor("custom", "RW 2048 ZERO", "RW 4096 ZERO", "RW 2048 ZERO");
    String text = Files.readString(file);
    int lost = text.indexOf("RW 4096");
    Files.writeString(file, text.replace("RW 4096 ZERO\n", "\0".repeat(13)));

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("zero bytes in its text")
        .hasMessageContaining("(byte " + lost + ")");
  }

  @Test
  void aDescriptorMayBeFilledUpWithZeros() throws IOException {
    // Given
    Path file = descriptor("custom", "RW 2048 ZERO");
    Files.writeString(file, "\0".repeat(400), StandardOpenOption.APPEND);

    // When
    try (var opened = VmdkDisk.open(file)) {
      // Then
      assertThat(opened.size()).isEqualTo(2048 * 512);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"parentCID=12345678", "createType=\"vmfs\""})
  void whatDecidesWhatADiskIsStandsOnce(String second) throws IOException {
    // Given
    Path file = descriptor("custom", second, "RW 2048 ZERO");

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("two of " + second.substring(0, second.indexOf('=')).toLowerCase());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "RW -5 FLAT \"b.vmdk\" 0",
        "RW 2048 FL=AT \"b.vmdk\" 0",
        "RW 20",
        "W 2048 ZERO",
        "RW 2048 FLAT \"b.vmdk\" 9223372036854775807",
        "RW 2048 FLAT \"b.vmdk\" -5",
        "RW 2048 FLAT \"b.vmdk\" q28",
        "RW 2048 FLAT \"b.vmdk 0"
      })
  void anExtentThatCannotBeReadIsNotLeftOut(String line) throws IOException {
    // Given
    Path file = descriptor("custom", "RW 2048 ZERO", line, "RW 2048 ZERO");

    // When, Then
    assertThatThrownBy(() -> VmdkDisk.open(file))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("neither an extent nor a setting")
        .hasMessageContaining(line);
  }

  private Path descriptor(String type, String... extents) throws IOException {
    return Files.writeString(
        dir.resolve("a.vmdk"),
        "# Disk DescriptorFile\nversion=1\nCID=00000001\nparentCID=ffffffff\ncreateType=\""
            + type
            + "\"\n"
            + String.join("\n", extents)
            + "\n"
            + DATABASE);
  }

  private DiskDigest truth() throws IOException {
    return DiskDigests.of(disk, null, (bytes, guest) -> {}, () -> false);
  }

  private static DiskDigest digest(Path file) throws IOException {
    return Conversion.of(DiskImages.source(file), new DigestOnly()).run().digest();
  }

  /** As in a container that sets no language. */
  @Test
  void aNameThatTheSystemCannotSpellIsRefused(@TempDir Path dir) throws Exception {
    Path descriptor =
        Files.writeString(
            dir.resolve("disk.vmdk"),
            "# Disk DescriptorFile\nRW 2 SPARSE \"Fu\u00dfboden.vmdk\"\n" + DATABASE,
            StandardCharsets.UTF_8);
    var opening =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Opening.class.getName(),
                descriptor.toString())
            .redirectErrorStream(true);
    opening.environment().put("LC_ALL", "C");
    Process process = opening.start();

    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);

    assertThat(said)
        .contains("cannot spell", "LC_ALL=C.UTF-8")
        .doesNotContain("InvalidPathException");
    assertThat(process.waitFor()).isZero();
  }

  /** Opens an image that cannot be opened, and says why. */
  static final class Opening {
    private Opening() {}

    public static void main(String[] args) throws IOException {
      try (GuestDisk disk = VmdkDisk.open(Path.of(args[0]))) {
        System.out.println("It has " + disk.size() + " bytes");
      } catch (DiskFormatException e) {
        System.out.println(e.getMessage());
      }
    }
  }
}
