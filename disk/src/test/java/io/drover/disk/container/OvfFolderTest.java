// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.container;

import static io.drover.disk.container.OvaTest.line;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.Conversion;
import io.drover.disk.DiskDigests;
import io.drover.disk.DiskImages;
import io.drover.disk.digest.DiskDigest;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class OvfFolderTest {
  private static final String OVF =
      """
      <?xml version="1.0"?>
      <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
        <References>
          <File ovf:id="file1" ovf:href="vm-disk1.vmdk"/>
          <File ovf:id="file2" ovf:href="vm-disk2.vmdk"/>
        </References>
        <DiskSection>
          <Disk ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:capacity="3145728"/>
          <Disk ovf:diskId="vmdisk2" ovf:fileRef="file2" ovf:capacity="1048576"/>
        </DiskSection>
      </Envelope>
      """;

  @TempDir Path dir;

  private final SampleDisk first = SampleDisk.mixed(3 << 20, 5);
  private final SampleDisk second = SampleDisk.mixed(1 << 20, 6);
  private Path ovf = Path.of("");

  @BeforeEach
  void aPackageOfTwoDisks() throws IOException {
    ovf = Files.writeString(dir.resolve("vm.ovf"), OVF);
    Files.write(dir.resolve("vm-disk1.vmdk"), Vmdk.esxi(first));
    Files.write(dir.resolve("vm-disk2.vmdk"), Vmdk.sparse(second.bytes()));
  }

  @ParameterizedTest
  @EnumSource(StreamHash.class)
  void eachDiskIsConvertedAndComparedWithTheManifest(StreamHash hash) throws IOException {
    // Given
    manifest(hash, Vmdk.esxi(first), Vmdk.sparse(second.bytes()));

    // When
    DiskDigest byFile = digest("vm-disk1.vmdk");
    DiskDigest byId = digest("vmdisk2");
    DiskDigest byNumber = digest("2");

    // Then
    assertThat(byFile).isEqualTo(truth(first));
    assertThat(byId).isEqualTo(byNumber).isEqualTo(truth(second));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2"})
  void aDiskThatTheManifestSaysOtherwiseOfIsRefused(String number) throws IOException {
    // Given a manifest that has the disks the wrong way round
    manifest(StreamHash.SHA1, Vmdk.sparse(second.bytes()), Vmdk.esxi(first));

    // When, Then
    assertThatThrownBy(() -> digest(number))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("The SHA1 of vm-disk" + number + ".vmdk is");
  }

  @Test
  void aPackageWithoutAManifestIsConverted() throws IOException {
    assertThat(digest("1")).isEqualTo(truth(first));
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2"})
  void aDescriptorThatLiesAboutTheDiskIsRefused(String number) throws IOException {
    // Given
    Files.writeString(ovf, OVF.replace("capacity=\"", "capacity=\"1"));

    // When, Then
    assertThatThrownBy(() -> digest(number))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("vm-disk" + number + ".vmdk holds a disk of ");
  }

  @Test
  void aCapacityThatTheFileRoundsUpToAGrainIsTaken() throws IOException {
    // Given
    Files.writeString(ovf, OVF.replace("3145728", "3145216"));

    // When, Then
    assertThat(digest("1")).isEqualTo(truth(first));
  }

  @ParameterizedTest
  @CsvSource({"3, byte * 2^20", "6144, byte * 512", "3072, byte * 1024", "3, Byte*1024 ^ 2"})
  void aCapacityInAnyUnitOfBytesIsTaken(String capacity, String unit) throws IOException {
    // Given
    String said = capacity + "\" ovf:capacityAllocationUnits=\"" + unit;
    Files.writeString(ovf, OVF.replace("3145728", said));

    // When, Then
    assertThat(digest("1")).isEqualTo(truth(first));
  }

  @ParameterizedTest
  @ValueSource(strings = {"byte * 0", "byte * 2^63", "bit * 8", "byte * -2", "byte * 10^3^2"})
  void aCapacityInAnotherUnitIsRefused(String unit) throws IOException {
    // Given
    Files.writeString(ovf, OVF.replace("3145728", "3\" ovf:capacityAllocationUnits=\"" + unit));

    // When, Then
    assertThatThrownBy(() -> digest("1"))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("gives a disk the capacity \"3\" in \"" + unit + "\"");
  }

  @Test
  void aDescriptorThatWasChangedIsRefused() throws IOException {
    // Given
    manifest(StreamHash.SHA256, Vmdk.esxi(first), Vmdk.sparse(second.bytes()));
    Files.writeString(ovf, OVF.replace("vmdisk1", "vmdisk9"));

    // When, Then
    assertThatThrownBy(() -> digest("1")).hasMessageContaining("The SHA256 of vm.ovf is");
  }

  @Test
  void aDescriptorThatIsDamagedIsToldByTheManifest() throws IOException {
    // Given a descriptor that would be said to hold no disk
    manifest(StreamHash.SHA256, Vmdk.esxi(first), Vmdk.sparse(second.bytes()));
    Files.writeString(ovf, OVF.replace("DiskSection", "DiskSextion"));

    // When, Then
    assertThatThrownBy(() -> digest("1")).hasMessageContaining("The SHA256 of vm.ovf is");
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void aDamagedGrainIsToldWithItsFile(boolean withManifest) throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(first);
    if (withManifest) {
      manifest(StreamHash.SHA256, vmdk, Vmdk.sparse(second.bytes()));
    }
    vmdk[vmdk.length / 2] ^= 1;
    Files.write(dir.resolve("vm-disk1.vmdk"), vmdk);

    // When, Then
    assertThatThrownBy(() -> digest("1"))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageMatching("(?s)vm-disk1.vmdk: The grain.*byte \\d+, grain \\d+.*");
  }

  @ParameterizedTest
  @ValueSource(strings = {"1", "2"})
  void aDamagedHeaderIsToldWithItsFile(String number) throws IOException {
    // Given a grain size that is no power of two
    Path file = dir.resolve("vm-disk" + number + ".vmdk");
    byte[] vmdk = Files.readAllBytes(file);
    vmdk[20] ^= 1;
    Files.write(file, vmdk);

    // When, Then
    assertThatThrownBy(() -> digest(number))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageStartingWith("vm-disk" + number + ".vmdk: ");
    assertThatThrownBy(() -> DiskImages.key(ovf, number))
        .hasMessageStartingWith("vm-disk" + number + ".vmdk: ");
  }

  @ParameterizedTest
  @CsvSource({
    "vm.ovf=12, 'Line 2 of vm.mf is not \"SHA256(file)= digest\"'",
    "SHA1(vm.ovf)= 12, Line 2 of vm.mf has 2 digits for a SHA1"
  })
  void aLineThatIsNoneOfAManifestIsToldWithItsFile(String line, String message) throws IOException {
    // Given
    Files.writeString(dir.resolve("vm.mf"), "\n" + line + "\n");

    // When, Then
    assertThatThrownBy(() -> digest("1")).hasMessageStartingWith(message);
  }

  @Test
  void aManifestWithoutTheDiskIsRefused() throws IOException {
    // Given
    Files.writeString(dir.resolve("vm.mf"), line(StreamHash.SHA256, "vm.ovf", OVF.getBytes(UTF_8)));

    // When, Then
    assertThatThrownBy(() -> digest("1")).hasMessageContaining("no checksum of vm-disk1.vmdk");
  }

  @Test
  void severalDisksAreToBeChosenFrom() {
    assertThatThrownBy(() -> digest(null))
        .hasMessageContaining("The OVF package holds 2 disks: vm-disk1.vmdk, vm-disk2.vmdk")
        .hasMessageContaining("by its file, id or number");
    assertThatThrownBy(() -> digest("3")).hasMessageContaining("2 disks, none of them 3");
  }

  @Test
  void aLinkToADescriptorOfAnotherNameIsFollowed() throws IOException {
    // Given
    Path link = Files.createDirectory(dir.resolve("links")).resolve("vm.ovf");
    Files.createSymbolicLink(link, Files.move(ovf, dir.resolve("x")));
    ovf = link;

    // When
    DiskDigest digest = digest("1");

    // Then
    assertThat(digest).isEqualTo(truth(first));
  }

  @Test
  void aFileThatIsMissingIsNamed() throws IOException {
    // Given
    Files.delete(dir.resolve("vm-disk1.vmdk"));

    // When, Then
    assertThatThrownBy(() -> digest("1"))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("no vm-disk1.vmdk, which its descriptor names");
  }

  @ParameterizedTest
  @CsvSource({
    "vm-disk1.vmdk, mkdir, is a folder",
    "vm-disk1.vmdk, mkfifo, is neither a file nor a folder",
    "vm.mf, mkdir, is a folder",
    "vm.mf, mkfifo, is neither a file nor a folder"
  })
  @Timeout(value = 20, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
  void whatIsNoFileIsRefusedByNameAndNotWaitedFor(String name, String command, String what)
      throws Exception {
    // Given
    Path other = dir.resolve(name);
    Files.deleteIfExists(other);
    assertThat(new ProcessBuilder(command, other.toString()).start().waitFor()).isZero();

    // When, Then
    assertThatThrownBy(() -> digest("1"))
        .isInstanceOf(DiskFormatException.class)
        .hasMessage(
            "Expected a file, but " + name + " " + what + ". Put the file itself beside vm.ovf.");
  }

  @Test
  void aLinkOutOfTheFolderIsRefused() throws IOException {
    // Given
    Path elsewhere = Files.createDirectory(dir.resolve("elsewhere"));
    Files.move(dir.resolve("vm-disk1.vmdk"), elsewhere.resolve("x"));
    Files.createSymbolicLink(dir.resolve("vm-disk1.vmdk"), elsewhere.resolve("x"));

    // When, Then
    assertThatThrownBy(() -> digest("1")).hasMessageContaining("outside its folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"ovf:compression=\"gzip\"", "ovf:chunkSize=\"2147483648\""})
  void aFileThatIsPackedIsRefusedByName(String how) throws IOException {
    // Given
    Files.writeString(ovf, OVF.replace("href=\"vm-disk1.vmdk\"", "href=\"vm-disk1.vmdk\" " + how));

    // When, Then
    assertThatThrownBy(() -> digest("1"))
        .hasMessageContaining("holds vm-disk1.vmdk packed as ")
        .hasMessageContaining("without compressing or splitting");
  }

  @Test
  void whatIsNoDescriptorIsRefused() throws IOException {
    // Given
    Files.write(ovf, new byte[512]);

    // When, Then
    assertThatThrownBy(() -> digest("1"))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("The OVF descriptor");
  }

  private void manifest(StreamHash hash, byte[] one, byte[] two) throws IOException {
    Files.writeString(
        dir.resolve("vm.mf"),
        line(hash, "vm.ovf", OVF.getBytes(UTF_8))
            + line(hash, "vm-disk1.vmdk", one)
            + line(hash, "vm-disk2.vmdk", two));
  }

  private @Nullable DiskDigest digest(@Nullable String disk) throws IOException {
    return Conversion.of(DiskImages.source(ovf, disk), new DigestOnly()).run().digest();
  }

  private static DiskDigest truth(SampleDisk disk) throws IOException {
    return DiskDigests.of(disk, null, (bytes, guest) -> {}, () -> false);
  }
}
