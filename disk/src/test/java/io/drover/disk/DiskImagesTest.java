// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.sample.Vmdk;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiskImagesTest {
  @TempDir private Path dir;

  @ParameterizedTest
  @ValueSource(strings = {"disk.vmdk", "DISK.VMDK", "disk.qcow2", "disk.ova", "disk.vhdx"})
  void whatIsNamedAsAFormatAndIsNoneIsNoRawDisk(String name) throws Exception {
    Path path = Files.write(dir.resolve(name), new byte[512]);

    assertThatThrownBy(() -> DiskImages.source(path))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining(name + " is named as .");
  }

  @ParameterizedTest
  @ValueSource(strings = {"erp.MF", "erp.cert"})
  void whatDescribesAPackageIsNoDisk(String name) throws Exception {
    Path path = Files.writeString(dir.resolve(name), "SHA256(erp-disk1.vmdk)= 00");

    assertThatThrownBy(() -> DiskImages.source(path))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining(name + " is a part of an OVF package, but no disk");
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk.raw", "disk.img", "disk", "disk-flat.vmdk"})
  void theBytesOfARawDiskAreOne(String name) throws Exception {
    Path path = Files.write(dir.resolve(name), new byte[512]);

    try (var disk = DiskImages.open(path)) {
      assertThat(disk.size()).isEqualTo(512);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk-f001.vmdk", "disk-s001.vmdk", "disk-s0014.VMDK"})
  void oneExtentOfADiskIsNoDisk(String name) throws Exception {
    Path path = Files.write(dir.resolve(name), Vmdk.sparse(new byte[1 << 20]));

    assertThatThrownBy(() -> DiskImages.source(path))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining(name + " is named as one extent of a disk")
        .hasMessageContaining("Convert the descriptor beside it");
  }

  @Test
  void aDescriptorIsNoExtentWhateverItsName() throws Exception {
    Path path =
        Files.writeString(
            dir.resolve("fra-s001.vmdk"),
            "# Disk DescriptorFile\nRW 2048 ZERO\nddb.adapterType = \"ide\"\n");

    try (var disk = DiskImages.open(path)) {
      assertThat(disk.size()).isEqualTo(1 << 20);
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "1f8b0800=packed by gzip",
        "fd377a585a00=packed by xz",
        "28b52ffd=packed by zstd",
        "04224d18=packed by lz4",
        "425a6839314159265359=packed by bzip2",
        "504b0304=a zip archive",
        "377abcaf271c=a 7z archive",
        "7668647866696c65=a VHDX image",
        "636f6e6563746978=a VHD image",
        "51454400=a QED image",
        "576974686f7574467265655370616365=a Parallels image",
        "576974686f7546726553706163457874=a Parallels image"
      })
  void whatBeginsAsSomethingElseIsNoRawDisk(String begin) throws Exception {
    byte[] bytes = Arrays.copyOf(HexFormat.of().parseHex(begin.split("=")[0]), 512);
    Path path = Files.write(dir.resolve("disk.raw"), bytes);

    assertThatThrownBy(() -> DiskImages.source(path))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("disk.raw is " + begin.split("=")[1]);
  }

  @Test
  void anEmptyFileIsNoDisk() throws Exception {
    Path path = Files.write(dir.resolve("disk.raw"), new byte[0]);

    assertThatThrownBy(() -> DiskImages.source(path)).hasMessageContaining("disk.raw is empty");
  }

  @Test
  void anImageIsTheSameUntilOneOfItsFilesChanges() throws Exception {
    Path flat = Files.write(dir.resolve("a-flat.vmdk"), new byte[1024]);
    Path image =
        Files.writeString(
            dir.resolve("a.vmdk"),
            "# Disk DescriptorFile\nRW 2 FLAT \"a-flat.vmdk\" 0\nddb.adapterType = \"ide\"\n");
    String before = DiskImages.key(image, null);
    String again = DiskImages.key(image, null);
    Files.write(flat, new byte[1536]);

    String after = DiskImages.key(image, null);

    assertThat(before).isNotNull().isEqualTo(again).isNotEqualTo(after);
  }

  @Test
  void theFilesThatAnImageIsMadeOfAreKnown() throws Exception {
    Path flat = Files.write(dir.resolve("a-flat.vmdk"), new byte[1024]);
    Path image =
        Files.writeString(
            dir.resolve("a.vmdk"),
            "# Disk DescriptorFile\nRW 2 FLAT \"a-flat.vmdk\" 0\nddb.adapterType = \"ide\"\n");
    Path ovf =
        Files.writeString(
            dir.resolve("a.ovf"),
            "<Envelope><File id='1' href='a.vmdk'/>"
                + "<Disk diskId='d' fileRef='1' capacity='1024'/></Envelope>");

    assertThat(DiskImages.files(flat, null)).containsExactly(flat);
    assertThat(DiskImages.files(image, null)).containsExactly(image, flat);
    assertThat(DiskImages.files(ovf, null)).containsExactly(ovf, image, flat);
  }

  @Test
  void aVhdOfFixedSizeIsNoRawDisk() throws Exception {
    byte[] bytes = new byte[4096 + 512];
    System.arraycopy("conectix".getBytes(US_ASCII), 0, bytes, 4096, 8);
    Path path = Files.write(dir.resolve("disk.img"), bytes);

    assertThatThrownBy(() -> DiskImages.source(path))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("disk.img is a VHD image of fixed size")
        .hasMessageContaining("-f vpc");
  }

  @Test
  void whatCannotBeReadTwiceIsRefused() {
    Path zeros = Path.of("/dev/zero");
    Assumptions.assumeTrue(Files.exists(zeros), "no device of zeros here");

    assertThatThrownBy(() -> DiskImages.source(zeros))
        .hasMessageContaining("/dev/zero is neither, such as a pipe");
    assertThatThrownBy(() -> DiskImages.source(dir)).hasMessageContaining(dir + " is a folder");
  }

  @Test
  void anImageIsKnownByWhatIsInIt() throws Exception {
    byte[] qcow2 = new byte[512];
    qcow2[0] = 'Q';
    qcow2[1] = 'F';
    qcow2[2] = 'I';
    qcow2[3] = (byte) 0xfb;

    assertThat(DiskImages.probe(Files.write(dir.resolve("disk.raw"), qcow2)))
        .isEqualTo(DiskImages.Format.QCOW2);
  }
}
