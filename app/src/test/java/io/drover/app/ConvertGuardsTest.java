// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.app.cli.Exit;
import io.drover.disk.DiskDigests;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What {@code drover convert} spares: its source, files that are not its own, others at work. */
class ConvertGuardsTest {
  @TempDir private Path folder;
  private byte[] bytes = new byte[0];
  private Path raw = Path.of("");
  private Path out = Path.of("");

  @BeforeEach
  void aDisk() throws IOException {
    bytes = new byte[1 << 20];
    new Random(3).nextBytes(bytes);
    raw = Files.write(folder.resolve("disk.raw"), bytes);
    out = folder.resolve("out.qcow2");
  }

  @ParameterizedTest
  @ValueSource(strings = {"journal", "lock"})
  void aFileThatIsNotOfAConversionIsKept(String ending) throws Exception {
    byte[] diary = "Dear diary".getBytes(StandardCharsets.UTF_8);
    Path foreign = Files.write(folder.resolve("out.qcow2." + ending), diary);

    String said = refused(raw, out);

    assertThat(said).contains("Expected " + foreign, "but it is something else: move it");
    assertThat(foreign).hasBinaryContent(diary);
    assertThat(out).doesNotExist();
  }

  @Test
  void aPartialFileThatNobodyKnowsIsKept() throws Exception {
    Path foreign = Files.writeString(folder.resolve("out.qcow2.partial"), "Dear diary");

    String said = refused(raw, out);

    assertThat(said)
        .contains("Expected " + foreign, "nothing beside it tells so: move it")
        .doesNotContain("goes on with it");
    assertThat(foreign).hasContent("Dear diary");
    Terminal.run(Exit.OK, command(raw, out, "--anew"));
    assertThat(foreign).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"out.qcow2", "out.qcow2.partial", "out.qcow2.journal", "out.qcow2.lock", "link"})
  void theSourceIsNeverWrittenOver(String name) throws Exception {
    Path in = Files.copy(raw, folder.resolve(name));
    Path to = name.equals("link") ? Files.createLink(out, in) : out;

    String said = refused(in, to, "--force");

    assertThat(said).contains("Expected to convert " + in + ", but it would be overwritten");
    assertThat(in).hasSameBinaryContentAs(raw);
  }

  @ParameterizedTest
  @ValueSource(strings = {"--in-place", "--force"})
  void noPartOfTheSourceIsWrittenOver(String how) throws Exception {
    Path flat = Files.copy(raw, folder.resolve("a-flat.vmdk"));
    Path in =
        Files.writeString(
            folder.resolve("a.vmdk"),
            "# Disk DescriptorFile\nRW 2048 FLAT \"a-flat.vmdk\"\nddb.adapterType = \"ide\"\n");

    String said = refused(in, flat, how, "--to", "raw");

    assertThat(said).contains(flat + ", a part of it, would be overwritten");
    assertThat(flat).hasSameBinaryContentAs(raw);
  }

  @Test
  void theManifestOfAPackageIsNotWrittenOver() throws Exception {
    Path disk = folder.resolve("d.vmdk");
    Terminal.run(Exit.OK, "convert", raw.toString(), disk.toString());
    Path in =
        Files.writeString(
            folder.resolve("a.ovf"),
            "<Envelope><References><File id='f' href='d.vmdk'/></References><DiskSection>"
                + "<Disk diskId='d' fileRef='f' capacity='"
                + bytes.length
                + "'/></DiskSection></Envelope>");
    Path manifest = folder.resolve("a.mf");
    String sums = "SHA256(d.vmdk)= " + sha256(disk) + "\n";
    Files.writeString(manifest, sums);

    String said = refused(in, manifest, "--force", "--to", "raw");

    assertThat(said).contains(manifest.toRealPath() + ", a part of it, would be overwritten");
    assertThat(manifest).hasContent(sums);
  }

  private static String sha256(Path file) throws Exception {
    return HexFormat.of()
        .formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
  }

  @ParameterizedTest
  @CsvSource({"out.qcow2.lock, --anew", "out.qcow2, --in-place --to raw", "out.qcow2, --force"})
  void twoProcessesNeverWriteOneImage(String locked, String how) throws Exception {
    if (locked.equals("out.qcow2")) {
      Files.write(out, new byte[1 << 20]);
    }
    try (var channel =
            FileChannel.open(
                folder.resolve(locked), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        var ignored = channel.lock()) {

      String said = refused(raw, out, how.split(" "));

      assertThat(said)
          .contains("Expected to write " + out + " alone, but another process has it in use");
    }
    Terminal.run(Exit.OK, command(raw, out, how.split(" ")));
    assertThat(folder.resolve("out.qcow2.lock")).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"vhd", "VHDX", "ova", "gz"})
  void noImageIsNamedAsWhatItIsNot(String ending) {
    Path named = folder.resolve("out." + ending);

    String said = Terminal.run(Exit.USAGE, command(raw, named));

    assertThat(said).contains("but ." + ending.toLowerCase(Locale.ROOT) + " is not: name it");
    assertThat(Terminal.run(Exit.USAGE, command(raw, named, "--to", "raw"))).isEqualTo(said);
    assertThat(named).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource({"out.qcow2, vmdk", "out.vmdk, raw", "out.raw.zst, raw", "out.ZST, qcow2_zstd"})
  void noImageIsWrittenAsWhatItsNameDenies(String name, String to) throws Exception {
    Path named = folder.resolve(name);

    String said = Terminal.run(Exit.USAGE, command(raw, named, "--to", to));

    assertThat(said).contains("where --to says " + to + ": name it otherwise, or leave --to out");
    assertThat(named).doesNotExist();
    // What is there is written into whatever it is called.
    Files.write(named, new byte[Math.toIntExact(Files.size(raw))]);
    Terminal.run(Exit.OK, command(raw, named, "--in-place", "--to", "raw"));
    assertThat(named).hasSameBinaryContentAs(raw);
  }

  @Test
  void aNameOfAnImageDoesNotSteerTheTerminal() throws Exception {
    Path named = Files.copy(raw, folder.resolve("a\u001b[31m\nb.raw"));

    assertThat(Terminal.run(Exit.OK, "verify", named.toString()))
        .contains("a<1b>[31m<0a>b.raw")
        .doesNotContain("\u001b");
  }

  @Test
  void whatIsUnfinishedIsNoImage() throws Exception {
    Path partial = Files.copy(raw, folder.resolve("b.raw.partial"));
    assertThat(Terminal.run(Exit.OK, "verify", partial.toString())).contains("drover-disk-v1");
    Files.createFile(folder.resolve("b.raw.journal"));

    String verified = Terminal.run(Exit.REFUSED, "verify", partial.toString());
    String converted = refused(partial, out);

    assertThat(verified)
        .contains(partial + " is unfinished, as " + folder.resolve("b.raw.journal") + " tells");
    assertThat(converted).contains(partial + " is unfinished").contains("which goes on with it");
    assertThat(out).doesNotExist();
  }

  @Test
  void aNameOutOfAnImageDoesNotSteerTheTerminal() throws Exception {
    Path in =
        Files.writeString(
            folder.resolve("a.vmdk"),
            "# Disk DescriptorFile\nRW 2048 FLAT \"a\u001b]0;b\u0007.vmdk\"\nddb.adapterType = \"ide\"\n");

    String said = Terminal.run(Exit.CORRUPT, command(in, out));

    assertThat(said).contains("The extent a<1b>]0;b<07>.vmdk is not beside its descriptor");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--force", "--anew"})
  void aFolderThatStandsWhereTheImageIsMadeIsKept(String how) throws Exception {
    Path folderThere = Files.createDirectory(folder.resolve("out.qcow2.partial"));

    String said = refused(raw, out, how);

    assertThat(said).contains("Expected " + folderThere, "but it is a folder: move it");
    assertThat(folderThere).isDirectory();
  }

  @Test
  void aDeviceThatIsNotThereIsNotMadeAFile() {
    Path device = Path.of("/dev/drover-no-such-device");

    String said = refused(raw, device);

    assertThat(said).contains(device + " would be a device, and is not there", "--in-place");
    assertThat(device).doesNotExist();
  }

  @ParameterizedTest
  @ValueSource(strings = {"v.qcow2", "v.ova", "v-s001.vmdk"})
  void aFileThatIsNamedAsAnImageIsNoVolume(String name) throws Exception {
    Path volume = Files.write(folder.resolve(name), new byte[1 << 20]);

    String said = refused(raw, volume, "--in-place");

    assertThat(said).contains("for --in-place, but " + volume + " is named as an image");
    assertThat(volume).hasBinaryContent(new byte[1 << 20]);
  }

  @ParameterizedTest
  @CsvSource({"in.qcow2, QCOW2", "in.vmdk, VMDK"})
  void aFileThatHoldsAnImageIsNoVolumeUntilItIsSaidToBe(String image, String format)
      throws Exception {
    Path made = folder.resolve(image);
    Terminal.run(Exit.OK, command(raw, made));
    Path volume = Files.copy(made, folder.resolve("disk.img"));

    String said = refused(raw, volume, "--in-place");

    assertThat(said).contains("for --in-place, but " + volume + " holds a " + format + " image");
    assertThat(volume).hasSameBinaryContentAs(made);
    Terminal.run(Exit.OK, command(raw, volume, "--in-place", "--to", "raw"));
    assertThat(Arrays.copyOf(Files.readAllBytes(volume), bytes.length)).isEqualTo(bytes);
  }

  @ParameterizedTest
  @ValueSource(strings = {"disk.img", "v.raw", "disk-flat.vmdk", "pvc-1"})
  void theFileOfAVolumeIsWrittenInPlace(String name) throws Exception {
    Path volume = Files.write(folder.resolve(name), new byte[1 << 20]);

    Terminal.run(Exit.OK, command(raw, volume, "--in-place"));

    assertThat(volume).hasSameBinaryContentAs(raw);
  }

  @Test
  void whatIsNoVolumeIsNotWrittenInPlace() {
    Path none = Path.of("/dev/null");
    Assumptions.assumeTrue(Files.exists(none), "no such device here");

    assertThat(refused(raw, none, "--in-place"))
        .contains("Expected a block device or the raw file of a volume", "/dev/null is neither");
  }

  @Test
  void whatAFileHoldsIsNoArgument() throws Exception {
    Path list = Files.writeString(folder.resolve("list"), raw.toString());

    String said = Terminal.run(Exit.CONFIGURATION, "verify", "@" + list);

    assertThat(said).contains("There is no file @" + list);
  }

  @Test
  void nothingIsWrittenThroughALink() throws Exception {
    Path link = Files.createSymbolicLink(folder.resolve("out.qcow2.partial"), folder.resolve("a"));
    Path other = Files.writeString(folder.resolve("a"), "Dear diary");

    String said = refused(raw, out);

    assertThat(said).contains(link + ": it is a link", "Move it").doesNotContain("goes on with it");
    assertThat(other).hasContent("Dear diary");
  }

  @Test
  void aLinkLeadsToTheImage() throws Exception {
    Path image = Files.write(folder.resolve("image"), new byte[3]);
    Files.createSymbolicLink(out, image);

    Terminal.run(Exit.OK, command(raw, out, "--force"));

    assertThat(out).isSymbolicLink();
    assertThat(DiskDigests.ofQcow2(image)).isEqualTo(DiskDigests.ofRaw(raw));
    Files.delete(image);
    assertThat(refused(raw, out)).contains(out + " is a link to none: name the file itself");
  }

  @Test
  void aVolumeThatHoldsHalfADiskIsSaidTo() throws Exception {
    Path image = folder.resolve("in.qcow2");
    Terminal.run(Exit.OK, command(raw, image));
    try (var channel = FileChannel.open(image, StandardOpenOption.WRITE)) {
      // Its second cluster lies beyond its end.
      long l2 = ByteBuffer.wrap(Files.readAllBytes(image)).getLong(l1(image)) & ~(1L << 63);
      channel.write(ByteBuffer.allocate(8).putLong(1L << 63 | 1L << 40).flip(), l2 + 8);
    }
    Path volume = Files.write(folder.resolve("volume"), new byte[1 << 20]);

    String said = Terminal.run(Exit.CORRUPT, command(image, volume, "--in-place"));

    assertThat(said).contains("grain 1", volume + " may hold a part of it: convert again");
  }

  private static int l1(Path image) throws IOException {
    return (int) ByteBuffer.wrap(Files.readAllBytes(image)).getLong(40);
  }

  @Test
  void aFullDiskIsNamed() throws Exception {
    Assumptions.assumeTrue(Files.exists(Path.of("/dev/full")), "only Linux has a full disk");
    Path partial =
        Files.createSymbolicLink(folder.resolve("out.qcow2.partial"), Path.of("/dev/full"));

    String said = Terminal.run(Exit.NOT_WELL, command(raw, out));

    assertThat(said).contains(partial + " at byte ", "No space left", "Free space there");
    try (var left = Files.list(folder)) {
      assertThat(left).containsExactly(raw);
    }
  }

  @Test
  void aFolderThatMayNotBeWrittenIsNamedWithItsReason() throws Exception {
    Path sys = Path.of("/sys");
    Path forbidden = sys.resolve("drover.qcow2");
    Assumptions.assumeTrue(
        Files.isDirectory(sys) && !Files.getFileStore(sys).isReadOnly(),
        "no folder that refuses root");

    String said = Terminal.run(Exit.CONFIGURATION, command(raw, forbidden));

    assertThat(said)
        .contains("Expected to write into /sys, but this user may not: allow it")
        .doesNotContain("Exception");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--force", "--anew"})
  void anOptionThatWouldDoNothingInPlaceIsRefused(String option) throws Exception {
    Path volume = Files.write(folder.resolve("volume"), new byte[1 << 20]);

    String said = Terminal.run(Exit.USAGE, command(raw, volume, "--in-place", option));

    assertThat(said).contains("Expected no " + option + " beside --in-place");
    assertThat(volume).hasBinaryContent(new byte[1 << 20]);
  }

  @Test
  void whatIsNoFileIsNotConverted() {
    Path zeros = Path.of("/dev/zero");
    Assumptions.assumeTrue(Files.exists(zeros), "no device of zeros here");

    String said = Terminal.run(Exit.REFUSED, command(zeros, out));

    assertThat(said).contains("/dev/zero is neither, such as a pipe");
    assertThat(refused(raw, zeros)).contains("Expected to write a file, but /dev/zero is none");
  }

  private static String refused(Path in, Path to, String... options) {
    return Terminal.run(Exit.REFUSED, command(in, to, options));
  }

  private static String[] command(Path in, Path to, String... options) {
    String[] command = new String[3 + options.length];
    command[0] = "convert";
    command[1] = in.toString();
    command[2] = to.toString();
    System.arraycopy(options, 0, command, 3, options.length);
    return command;
  }
}
