// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.container;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.disk.Conversion;
import io.drover.disk.ConversionResult;
import io.drover.disk.DiskDigests;
import io.drover.disk.DiskImages;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.ForwardInput;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.DigestOnly;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.sample.Vmdk;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OvaTest {
  @TempDir Path dir;

  private static final String OVF =
      """
      <?xml version="1.0"?>
      <Envelope xmlns="http://schemas.dmtf.org/ovf/envelope/1" xmlns:ovf="http://schemas.dmtf.org/ovf/envelope/1">
        <References><File ovf:id="file1" ovf:href="vm-disk1.vmdk"/></References>
        <DiskSection>
          <Disk ovf:diskId="vmdisk1" ovf:fileRef="file1" ovf:capacity="3" ovf:capacityAllocationUnits="byte * 2^20"
                ovf:format="http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized"/>
        </DiskSection>
      </Envelope>
      """;

  private final SampleDisk disk = SampleDisk.mixed(3 << 20, 5);

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOvaIsConvertedAndComparedWithItsManifest(boolean manifestInFront) throws Exception {
    // Given
    Path ova =
        ova(
            Vmdk.esxi(disk),
            line(StreamHash.SHA256, "vm-disk1.vmdk", Vmdk.esxi(disk)),
            manifestInFront);

    // When
    ConversionResult result = Conversion.of(DiskImages.source(ova), new DigestOnly()).run();

    // Then
    assertThat(result.digest()).isEqualTo(DiskDigests.of(disk, null, (b, g) -> {}, () -> false));
    assertThat(result.streamHashes()).containsKey(StreamHash.SHA256);
  }

  @ParameterizedTest
  @CsvSource({
    "SHA1, true",
    "SHA1, false",
    "SHA256, true",
    "SHA256, false",
    "SHA512, true",
    "SHA512, false"
  })
  void anOvaWhoseManifestSaysOtherwiseIsRefused(StreamHash hash, boolean manifestInFront)
      throws Exception {
    // Given a manifest of another disk
    byte[] other = Vmdk.esxi(SampleDisk.mixed(1 << 20, 6));
    Path wrong = ova(Vmdk.esxi(disk), line(hash, "vm-disk1.vmdk", other), manifestInFront);

    // When, Then
    assertThatThrownBy(() -> Conversion.of(DiskImages.source(wrong), new DigestOnly()).run())
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("The " + hash + " of vm-disk1.vmdk is")
        .hasMessageContaining("transfer it again");
    Path right =
        ova(Vmdk.esxi(disk), line(hash, "vm-disk1.vmdk", Vmdk.esxi(disk)), manifestInFront);
    assertThat(Conversion.of(DiskImages.source(right), new DigestOnly()).run().streamHashes())
        .containsKey(hash);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aDamagedGrainIsToldBeforeTheManifest(boolean manifestInFront) throws Exception {
    // Given a bit that changed in the last grain
    byte[] vmdk = Vmdk.esxi(disk);
    String manifest = line(StreamHash.SHA256, "vm-disk1.vmdk", vmdk);
    int at =
        Vmdk.markers(vmdk).stream()
            .filter(i -> Vmdk.isGrain(vmdk, i))
            .mapToInt(i -> i)
            .max()
            .orElseThrow();
    vmdk[at + 100] ^= 1;
    Path ova = ova(vmdk, manifest, manifestInFront);

    // When, Then
    assertThatThrownBy(() -> Conversion.of(DiskImages.source(ova), new DigestOnly()).run())
        .isInstanceOf(DiskFormatException.class)
        .hasMessageStartingWith("vm-disk1.vmdk: The grain")
        .hasMessageContaining("(byte " + at + ", grain 47)");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anOvaWhoseDescriptorWasChangedIsRefused(boolean manifestInFront) throws Exception {
    // Given
    String manifest =
        line(StreamHash.SHA256, "vm.ovf", new byte[] {1})
            + line(StreamHash.SHA256, "vm-disk1.vmdk", Vmdk.esxi(disk));
    Path ova = ova(Vmdk.esxi(disk), manifest, manifestInFront);

    // When, Then
    assertThatThrownBy(() -> Conversion.of(DiskImages.source(ova), new DigestOnly()).run())
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("The SHA256 of vm.ovf is");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aManifestThatDoesNotNameTheDiskIsRefused(boolean manifestInFront) throws Exception {
    // Given
    Path ova =
        ova(
            Vmdk.esxi(disk),
            line(StreamHash.SHA256, "vm.ovf", OVF.getBytes(UTF_8)),
            manifestInFront);

    // When, Then
    assertThatThrownBy(() -> Conversion.of(DiskImages.source(ova), new DigestOnly()).run())
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("no checksum of vm-disk1.vmdk");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "capacity=\"3\"| capacity=\"2\"| a disk of 3145728 bytes, but the OVF descriptor says"
            + " 2097152",
        "capacity=\"3\"| capacity=\"4\"| a disk of 3145728 bytes, but the OVF descriptor says"
            + " 4194304"
      })
  void anOvaWhoseDescriptorLiesAboutTheDiskIsRefused(String said, String lie, String message)
      throws IOException {
    // Given
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    add(tar, "vm.ovf", OVF.replace(said, lie).getBytes(UTF_8), '0');
    add(tar, "vm-disk1.vmdk", Vmdk.esxi(disk), '0');
    tar.writeBytes(new byte[1024]);
    Path ova = Files.write(dir.resolve("vm.ova"), tar.toByteArray());

    // When, Then
    assertThatThrownBy(() -> DiskImages.source(ova))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining(message)
        .hasMessageContaining("convert that by itself");
  }

  @Test
  void aDiskThatTheOvaDoesNotNameIsRefusedWithThoseItDoes() throws Exception {
    // Given
    Path ova =
        ova(Vmdk.esxi(disk), line(StreamHash.SHA256, "vm-disk1.vmdk", Vmdk.esxi(disk)), true);

    // When, Then
    assertThatThrownBy(() -> DiskImages.source(ova, "other.vmdk"))
        .isInstanceOf(DiskChoiceException.class)
        .hasMessageContaining("1 disk, none of them other.vmdk: vm-disk1.vmdk");
  }

  @Test
  void aDescriptorBehindTheDiskIsToldSo() throws IOException {
    // Given
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    add(tar, "./vm-disk1.vmdk", Vmdk.esxi(disk), '0');
    add(tar, "./vm.ovf", OVF.getBytes(UTF_8), '0');
    tar.writeBytes(new byte[1024]);
    Path ova = Files.write(dir.resolve("x.tar"), tar.toByteArray());

    // When, Then
    assertThatThrownBy(() -> DiskImages.source(ova))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("descriptor behind vm-disk1.vmdk")
        .hasMessageContaining("the .ovf first");
  }

  @ParameterizedTest
  @CsvSource({
    "vm-disk1.vmdk, true, The OVA holds vm-disk1.vmdk twice",
    "vm.ovf, true, The OVA holds vm.ovf twice",
    "vm.ovf, false, The OVA holds vm.ovf twice",
    "other.OVF, true, 'The OVA holds a second descriptor, other.OVF'",
    "other.OVF, false, 'The OVA holds a second descriptor, other.OVF'",
    "other.mf, true, 'The OVA holds a second manifest, other.mf'",
    "other.mf, false, 'The OVA holds a second manifest, other.mf'"
  })
  void whatComesASecondTimeIsRefused(String name, boolean behindTheDisk, String message)
      throws IOException {
    // Given
    byte[] vmdk = Vmdk.esxi(disk);
    String manifest = line(StreamHash.SHA256, "vm-disk1.vmdk", vmdk);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    add(tar, "vm.ovf", OVF.getBytes(UTF_8), '0');
    add(tar, "vm.mf", manifest.getBytes(UTF_8), '0');
    if (behindTheDisk) {
      add(tar, "vm-disk1.vmdk", vmdk, '0');
    }
    int at = tar.size();
    add(tar, name, new byte[0], '0');
    if (!behindTheDisk) {
      add(tar, "vm-disk1.vmdk", vmdk, '0');
    }
    tar.writeBytes(new byte[1024]);
    Path ova = Files.write(dir.resolve("vm.ova"), tar.toByteArray());

    // When, Then
    assertThatThrownBy(() -> Conversion.of(DiskImages.source(ova), new DigestOnly()).run())
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining(message + " (byte " + at + "). Pack it again");
  }

  @Test
  void anArchiveOfMoreFilesThanAnyPackageHasIsRefused() throws IOException {
    // Given
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    add(tar, "vm.ovf", OVF.getBytes(UTF_8), '0');
    for (int i = 0; i < 10_000; i++) {
      add(tar, "x" + i, new byte[0], '0');
    }
    Path ova = Files.write(dir.resolve("vm.ova"), tar.toByteArray());

    // When, Then
    assertThatThrownBy(() -> DiskImages.source(ova)).hasMessageContaining("more than 10000 files");
  }

  private Path ova(byte[] vmdk, String lines, boolean manifestInFront) throws IOException {
    byte[] manifest = lines.getBytes(UTF_8);
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    add(tar, "vm.ovf", OVF.getBytes(UTF_8), '0');
    if (manifestInFront) {
      add(tar, "vm.mf", manifest, '0');
    }
    add(tar, "vm-disk1.vmdk", vmdk, '0');
    if (!manifestInFront) {
      add(tar, "vm.mf", manifest, '0');
    }
    tar.writeBytes(new byte[1024]);
    return Files.write(dir.resolve("vm.ova"), tar.toByteArray());
  }

  static String line(StreamHash hash, String file, byte[] content) {
    return hash
        + "("
        + file
        + ")= "
        + HexFormat.of().formatHex(hash.newDigest().digest(content))
        + "\n";
  }

  @Test
  void anArchiveIsReadForwardAndItsDiskConverted() throws IOException {
    // Given
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    add(tar, "vm.ovf", OVF.getBytes(UTF_8), '0');
    add(tar, "vm-disk1.vmdk", Vmdk.esxi(disk), '0');
    tar.writeBytes(new byte[1024]);

    try (OvaArchive ova = open(tar.toByteArray())) {
      // When
      OvaArchive.Entry first = ova.next();
      OvfPackage ovf = OvfPackage.parse(Channels.newInputStream(ova.content()).readAllBytes());
      OvaArchive.Entry second = ova.next();
      ConversionResult result =
          Conversion.of(
                  Conversion.streamOptimized(ova.content(), EnumSet.of(StreamHash.SHA256)),
                  new DigestOnly())
              .run();

      // Then
      assertThat(first).extracting(OvaArchive.Entry::name).isEqualTo("vm.ovf");
      assertThat(ovf.disks())
          .singleElement()
          .satisfies(it -> {
            assertThat(it.file()).isEqualTo("vm-disk1.vmdk");
            assertThat(it.capacity()).isEqualTo(3 << 20);
          });
      assertThat(second).extracting(OvaArchive.Entry::name).isEqualTo("vm-disk1.vmdk");
      assertThat(result.digest()).isEqualTo(DiskDigests.of(disk, null, (b, g) -> {}, () -> false));
      assertThat(ova.next()).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../../etc/passwd", "/etc/passwd", "a/b", "..\\x"})
  void aNameOutsideThePackageIsRefused(String name) throws IOException {
    // Given
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    add(tar, name, new byte[3], '0');

    // When, Then
    try (OvaArchive ova = open(tar.toByteArray())) {
      assertThatThrownBy(ova::next)
          .isInstanceOf(DiskFormatException.class)
          .hasMessageContaining("outside its package");
    }
  }

  @Test
  void aLinkIsRefused() throws IOException {
    // Given
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    add(tar, "x.vmdk", new byte[0], '2');

    // When, Then
    try (OvaArchive ova = open(tar.toByteArray())) {
      assertThatThrownBy(ova::next).hasMessageContaining("such as a link");
    }
  }

  @Test
  void aCutArchiveIsRefused() throws IOException {
    // Given
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    add(tar, "x.vmdk", new byte[5000], '0');

    // When, Then
    try (OvaArchive ova = open(Arrays.copyOf(tar.toByteArray(), 3000))) {
      ova.next();
      assertThatThrownBy(ova::next).hasMessageContaining("cut short");
    }
  }

  @Test
  void aDamagedHeaderIsRefused() throws IOException {
    // Given
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    add(tar, "x.vmdk", new byte[10], '0');
    byte[] bytes = tar.toByteArray();
    bytes[1] ^= 1;

    // When, Then
    try (OvaArchive ova = open(bytes)) {
      assertThatThrownBy(ova::next).hasMessageContaining("checksum");
    }
  }

  @Test
  void aManifestCatchesADamagedFile() throws IOException {
    // Given
    OvfManifest manifest =
        OvfManifest.parse(
            "vm.mf", "SHA1(a.vmdk)= da39a3ee5e6b4b0d3255bfef95601890afd80709\n".getBytes(UTF_8));

    // When, Then
    manifest.check("a.vmdk", Map.of(StreamHash.SHA1, "da39a3ee5e6b4b0d3255bfef95601890afd80709"));
    assertThatThrownBy(() -> manifest.check("b.vmdk", Map.of()))
        .hasMessageContaining("no checksum of b.vmdk");
    assertThatThrownBy(() -> manifest.check("a.vmdk", Map.of(StreamHash.SHA1, "00")))
        .hasMessageContaining("was damaged on its way");
  }

  @Test
  void anOvfWithADoctypeReadsNothingElse() {
    // Given
    String evil =
        "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/hostname\">]><Envelope><File id='a'"
            + " href='&e;'/></Envelope>";

    // When, Then
    assertThatThrownBy(() -> OvfPackage.parse(evil.getBytes(UTF_8)))
        .isInstanceOf(DiskFormatException.class)
        .hasMessageContaining("DOCTYPE, which is never read");
    assertThatThrownBy(() -> OvfPackage.parse("<Envelope>\n<x".getBytes(UTF_8)))
        .hasMessageMatching("The OVF descriptor is not well-formed in line 2, column \\d+: [^\n]+");
  }

  @ParameterizedTest
  @ValueSource(strings = {"%s<Envelope/>", "<!--%s--><Envelope/>", "<Envelope x='%s'/>"})
  void aByteThatIsNoUtf8IsToldOnce(String text) {
    // Given
    byte[] latin = text.formatted("\u00e9").getBytes(ISO_8859_1);
    PrintStream usual = System.err;
    ByteArrayOutputStream printed = new ByteArrayOutputStream();
    System.setErr(new PrintStream(printed, true, UTF_8));
    try {
      // When, Then
      assertThatThrownBy(() -> OvfPackage.parse(latin))
          .isInstanceOf(DiskFormatException.class)
          .hasMessageMatching(
              "The OVF descriptor is not well-formed in line 1, column \\d+: Invalid byte [^\n]+");
    } finally {
      System.setErr(usual);
    }
    assertThat(printed.toString(UTF_8)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"UTF-8", "UTF-16", "windows-1252", "ISO-8859-15"})
  void theEncodingThatAnOvfDeclaresIsHonoured(String encoding) throws IOException {
    // Given
    String ovf = OVF.replace("1.0\"?", "1.0\" encoding=\"" + encoding + "\"?");
    byte[] bytes = ovf.replace("vm-disk1", "\u20ac").getBytes(Charset.forName(encoding));

    // When
    OvfPackage read = OvfPackage.parse(bytes);

    // Then
    assertThat(read.disks()).singleElement().returns("\u20ac.vmdk", OvfPackage.OvfDisk::file);
  }

  @Test
  void anOvfThatNamesAFileElsewhereIsRefused() {
    // Given
    String ovf = OVF.replace("vm-disk1.vmdk", "../vm-disk1.vmdk");

    // When, Then
    assertThatThrownBy(() -> OvfPackage.parse(ovf.getBytes(UTF_8)))
        .hasMessageContaining("outside its package");
  }

  private static OvaArchive open(byte[] tar) {
    return new OvaArchive(
        new ForwardInput(Channels.newChannel(new ByteArrayInputStream(tar)), Set.of()));
  }

  private static void add(ByteArrayOutputStream tar, String name, byte[] bytes, char type) {
    byte[] header = new byte[512];
    put(header, 0, name);
    put(header, 100, "0000644");
    put(header, 124, String.format("%011o", bytes.length));
    put(header, 136, "00000000000");
    header[156] = (byte) type;
    put(header, 257, "ustar");
    Arrays.fill(header, 148, 156, (byte) ' ');
    int sum = 0;
    for (byte b : header) {
      sum += Byte.toUnsignedInt(b);
    }
    put(header, 148, String.format("%06o", sum));
    header[154] = 0;
    tar.writeBytes(header);
    tar.writeBytes(Arrays.copyOf(bytes, (bytes.length + 511) / 512 * 512));
  }

  private static void put(byte[] into, int at, String text) {
    byte[] bytes = text.getBytes(UTF_8);
    System.arraycopy(bytes, 0, into, at, bytes.length);
  }
}
