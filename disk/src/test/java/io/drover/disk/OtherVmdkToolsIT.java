// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.disk.digest.DiskDigest;
import io.drover.disk.qcow2.Qcow2Options;
import io.drover.disk.qcow2.Qcow2Writer;
import io.drover.disk.sample.Peer;
import io.drover.disk.sample.SampleDisk;
import io.drover.disk.vmdk.StreamOptimizedWriter;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Streams of VMDKstream, which Red Hat's image tools write for vSphere, read by us, and ours read
 * by libvmdk, which forensic tools read with. Neither shares code with us, QEMU or VMware.
 */
class OtherVmdkToolsIT {
  /** Debian's own, which sees the modules of its packages. */
  private static final String PYTHON = "/usr/bin/python3";

  private static final String WRITE =
      """
      import sys, VMDKstream as v
      v.convert_to_stream(sys.argv[1], sys.argv[2])
      """;

  private static final String READ =
      """
      import sys, hashlib, pyvmdk
      disk, sha = pyvmdk.handle(), hashlib.sha256()
      disk.open(sys.argv[1])
      disk.open_extent_data_files()
      left = disk.get_media_size()
      while left > 0:
        part = disk.read_buffer(min(left, 1 << 20))
        sha.update(part)
        left -= len(part)
      print(sha.hexdigest())
      """;

  @TempDir Path dir;

  @ParameterizedTest
  @ValueSource(
      ints = {512, 65536, 65536 + 512, (1 << 20) + 512 * 127, 32 << 20, (33 << 20) + 512 * 11})
  void aStreamOfVmdkStreamIsReadAsItsGuest(int size) throws Exception {
    // Given a disk whose last grain it stores although it is zeros, where it is a short one
    Peer.require("VMDKstream", "python3-vmdkstream", PYTHON, "-c", "import VMDKstream");
    byte[] bytes = SampleDisk.mixed(size, size).bytes();
    Arrays.fill(bytes, (size - 1) / 65536 * 65536, size, (byte) 0);
    bytes[size / 2] = 1;
    Path raw = Files.write(dir.resolve("truth.raw"), bytes);
    Path vmdk = dir.resolve("disk.vmdk");
    Peer.Result written = Peer.run(PYTHON, "-c", WRITE, raw.toString(), vmdk.toString());
    assertThat(written.code()).as(written.output()).isZero();
    Path image = dir.resolve("a.qcow2");

    // When
    ConversionResult result =
        Conversion.of(
                DiskImages.source(vmdk),
                new Qcow2Writer(image, Qcow2Options.plain().withDurable(false)))
            .run();

    // Then
    DiskDigest truth = DiskDigests.ofRaw(raw);
    assertThat(result.digest()).isEqualTo(truth).isEqualTo(DiskDigests.ofQcow2(image));
    assertThat(result.bytesRead()).isEqualTo(Files.size(vmdk));
  }

  @ParameterizedTest
  @CsvSource({
    "esxi, 65536",
    "esxi, 1113600",
    "esxi, 34608640",
    "front, 65536",
    "front, 1113600",
    "front, 34608640"
  })
  void oursIsReadByLibvmdkAsItsGuest(String layout, int size) throws Exception {
    // Given an image under the name that its descriptor has for its extent
    Peer.require("libvmdk", "python3-libvmdk", PYTHON, "-c", "import pyvmdk");
    SampleDisk disk = SampleDisk.mixed(size, size);
    Path image = dir.resolve("disk.vmdk");
    if (layout.equals("front")) {
      StreamOptimizedWriter.file(disk, image, 6);
    } else {
      try (var out = FileChannel.open(image, StandardOpenOption.CREATE, StandardOpenOption.WRITE)) {
        StreamOptimizedWriter.stream(disk, out, 6);
      }
    }

    // When
    Peer.Result read = Peer.run(PYTHON, "-c", READ, image.toString());

    // Then
    assertThat(read.output().strip())
        .isEqualTo(
            HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(disk.bytes())));
  }
}
