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
import java.util.List;
import java.util.Map;

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
    return new TextGuest(drive, hostname, machine.nics());
  }

  static byte[] read(Path file, long at, int length) throws IOException {
    ByteBuffer buffer = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      var _ = channel.read(buffer, at);
    }
    return buffer.array();
  }

  private static final class TextGuest implements Guest {
    private final Drive drive;
    private final String hostname;
    private final List<Nic> nics;
    private long number;

    TextGuest(Drive drive, String hostname, List<Nic> nics) {
      this.drive = drive;
      this.hostname = hostname;
      this.nics = nics;
    }

    @Override
    public Identity identity() {
      Map<String, List<String>> addresses =
          nics.isEmpty() ? Map.of() : Map.of(nics.getFirst().mac(), List.of("10.0.0.7"));
      return new Identity(
          hostname,
          true,
          new Os("rhel", "Red Hat Enterprise Linux", "9.4", "5.14.0-427.el9.x86_64"),
          List.of(new Filesystem("vda2", "/", "xfs", 1 << 20, 1 << 30)),
          addresses);
    }

    @Override
    public Map<String, Long> work() throws IOException {
      write("run " + ++number);
      return Map.of(drive.volume(), 512L);
    }

    @Override
    public void shutDown() throws IOException {
      write("clean stop");
    }

    private void write(String text) throws IOException {
      byte[] bytes = Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), 512);
      try (FileChannel channel = FileChannel.open(drive.image(), StandardOpenOption.WRITE)) {
        channel.write(ByteBuffer.wrap(bytes), WRITES_AT);
      }
    }
  }
}
