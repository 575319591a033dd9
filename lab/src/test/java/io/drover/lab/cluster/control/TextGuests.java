// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import io.drover.lab.cluster.control.virt.GuestBoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;

/**
 * Guests for tests: a disk boots if its first bytes say {@code GUEST name}; a clean stop is noted.
 */
final class TextGuests implements GuestBoot {

  static final int WRITES_AT = 4096;

  static byte[] disk(String hostname, int size) {
    byte[] bytes = new byte[size];
    byte[] text = ("GUEST " + hostname + "\n").getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(text, 0, bytes, 0, text.length);
    Arrays.fill(bytes, size - 100, size, (byte) 7);
    return bytes;
  }

  @Override
  public Guest boot(Machine machine) throws IOException {
    Drive drive = machine.bootDrive().orElseThrow(() -> new NotBootable("no disk"));
    byte[] head = read(drive.image(), 0, 64);
    String text = new String(head, StandardCharsets.US_ASCII);
    if (!text.startsWith("GUEST ")) {
      throw new NotBootable("No bootable device.");
    }
    String hostname = text.substring(6, text.indexOf('\n'));
    return new PlainGuest(hostname, drive, machine.nics(), WRITES_AT);
  }

  static byte[] read(Path file, long at, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var _ = channel.read(buffer, at);
    }
    return buffer.array();
  }
}
