// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.storage;

import java.io.IOException;
import java.io.StringReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Map;
import java.util.Properties;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What a guest knows of itself, as lines of key=value in the 4 KiB at byte 532480 of its boot disk:
 * so that it is the same guest wherever the disk is booted.
 *
 * @param hostname its name
 * @param guestId what vCenter calls its operating system
 * @param osName for people
 * @param efi whether it was installed for EFI
 * @param agent whether a QEMU guest agent is installed beforehand
 * @param virtio whether it boots from virtio without a conversion
 * @param disks how many of its disks carry a {@link LabGuestMarker}
 * @param rootBytes size of its root filesystem
 * @param addresses IP address by MAC, lower case with colons
 */
public record LabGuestIdentity(
    String hostname,
    String guestId,
    String osName,
    boolean efi,
    boolean agent,
    boolean virtio,
    int disks,
    long rootBytes,
    Map<String, String> addresses) {
  /** Byte offset of the record. */
  public static final long OFFSET = LabGuestMarker.OFFSET + 8192;

  /** Bytes of the record. */
  public static final int LENGTH = 4096;

  private static final String FIRST = "# drover lab guest\n";

  public LabGuestIdentity {
    addresses = Map.copyOf(addresses);
  }

  /** The record's bytes. */
  public byte[] toBytes() {
    StringBuilder text = new StringBuilder(FIRST);
    line(text, "hostname", hostname);
    line(text, "guestId", guestId);
    line(text, "osName", osName);
    line(text, "efi", efi);
    line(text, "agent", agent);
    line(text, "virtio", virtio);
    line(text, "disks", disks);
    line(text, "rootBytes", rootBytes);
    new TreeMap<>(addresses).forEach((mac, ip) -> line(text, "nic." + mac.replace(':', '-'), ip));
    byte[] bytes = text.toString().getBytes(StandardCharsets.US_ASCII);
    if (bytes.length > LENGTH) {
      throw new IllegalArgumentException(
          "The guest " + hostname + " has too many network cards for its identity record");
    }
    return Arrays.copyOf(bytes, LENGTH);
  }

  private static void line(StringBuilder text, String key, Object value) {
    text.append(key).append('=').append(value).append('\n');
  }

  /** Reads the record of a disk, or null if there is none. */
  public static @Nullable LabGuestIdentity read(LabGuestMarker.Reader disk) throws IOException {
    String text = new String(disk.read(OFFSET, LENGTH), StandardCharsets.US_ASCII);
    int end = text.indexOf(0);
    if (!text.startsWith(FIRST) || end < 0) {
      return null;
    }
    Properties lines = new Properties();
    try {
      lines.load(new StringReader(text.substring(0, end)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, String> addresses = new TreeMap<>();
    for (String key : lines.stringPropertyNames()) {
      if (key.startsWith("nic.")) {
        addresses.put(key.substring(4).replace('-', ':'), lines.getProperty(key));
      }
    }
    return new LabGuestIdentity(
        lines.getProperty("hostname", ""),
        lines.getProperty("guestId", ""),
        lines.getProperty("osName", ""),
        Boolean.parseBoolean(lines.getProperty("efi")),
        Boolean.parseBoolean(lines.getProperty("agent")),
        Boolean.parseBoolean(lines.getProperty("virtio")),
        Integer.parseInt(lines.getProperty("disks", "0")),
        Long.parseLong(lines.getProperty("rootBytes", "0")),
        addresses);
  }
}
