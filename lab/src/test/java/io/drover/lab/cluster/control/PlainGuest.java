// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import io.drover.lab.cluster.control.virt.GuestBoot;
import io.drover.lab.cluster.control.virt.GuestBoot.Drive;
import io.drover.lab.cluster.control.virt.GuestBoot.Filesystem;
import io.drover.lab.cluster.control.virt.GuestBoot.Identity;
import io.drover.lab.cluster.control.virt.GuestBoot.Nic;
import io.drover.lab.cluster.control.virt.GuestBoot.Os;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A guest for tests, with an agent: it counts in one sector of its disk, and notes a clean stop.
 */
public final class PlainGuest implements GuestBoot.Guest {
  private static final int SECTOR = 512;

  private final String hostname;
  private final Drive drive;
  private final List<Nic> nics;
  private final long at;
  private long number;

  /**
   * A guest that came up.
   *
   * @param at byte of its sector
   */
  public PlainGuest(String hostname, Drive drive, List<Nic> nics, long at) {
    this.hostname = hostname;
    this.drive = drive;
    this.nics = nics;
    this.at = at;
  }

  @Override
  public Identity identity() {
    var addresses = new TreeMap<String, List<String>>();
    nics.forEach(nic -> addresses.put(nic.mac(), List.of("10.0.0.7")));
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
    return Map.of(drive.volume(), (long) SECTOR);
  }

  @Override
  public void shutDown() throws IOException {
    write("clean stop");
  }

  private void write(String text) throws IOException {
    byte[] bytes = Arrays.copyOf(text.getBytes(StandardCharsets.US_ASCII), SECTOR);
    try (FileChannel channel = FileChannel.open(drive.image(), StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(bytes), at);
    }
  }
}
