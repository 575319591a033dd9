// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.drover.disk.Conversion;
import io.drover.disk.container.DiskChoiceException;
import io.drover.disk.container.OvaDisk;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.pipe.DigestOnly;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Fuzzes what stands in an OVA whose tar headers are in order: descriptor, manifest and disks in
 * any number and order, so that no checksum of a header keeps the fuzzer out.
 */
public final class OvaDiskFuzz {
  private static final String OVF =
      "<Envelope xmlns=\"http://schemas.dmtf.org/ovf/envelope/1\""
          + " xmlns:ovf=\"http://schemas.dmtf.org/ovf/envelope/1\"><References><File ovf:id=\"f\""
          + " ovf:href=\"d.vmdk\"/></References><DiskSection><Disk ovf:diskId=\"d\""
          + " ovf:fileRef=\"f\" ovf:capacity=\"%d\"/></DiskSection></Envelope>";
  private static final int MOST = 8;

  private OvaDiskFuzz() {}

  /** A file of the package, which claims to be so much longer than it is. */
  private record Part(String name, byte[] content, int longer) {}

  /** Called with each input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    Pieces pieces = new Pieces(data);
    List<Part> parts = new ArrayList<>();
    for (int i = 1 + pieces.next() % MOST; i > 0; i--) {
      parts.add(
          switch (pieces.next() % 6) {
            case 0 -> new Part("d.ovf", new byte[0], 0);
            case 1 -> new Part("d.ovf", pieces.bytes(pieces.two()), 0);
            case 2 -> new Part("d.mf", pieces.bytes(pieces.two() % 512), 0);
            case 3 -> new Part("other.vmdk", pieces.bytes(pieces.two()), pieces.next());
            case 4 -> new Part("d.vmdk", pieces.bytes(pieces.two()), pieces.next());
            default -> new Part("d.vmdk", pieces.bytes(pieces.two() << 2), 0);
          });
    }
    ByteArrayOutputStream tar = new ByteArrayOutputStream();
    for (Part part : parts) {
      boolean ours = part.name().equals("d.ovf") && part.content().length == 0;
      add(tar, part.name(), ours ? descriptor(parts) : part.content(), part.longer());
    }
    if (pieces.next() % 4 != 0) {
      tar.writeBytes(new byte[1024]);
    }
    try {
      OvaDisk disk =
          OvaDisk.open(Channels.newChannel(new ByteArrayInputStream(tar.toByteArray())), null);
      Conversion.of(disk, new DigestOnly())
          .workers(Some.WORKERS)
          .digest(disk.size() < Some.MUCH)
          .run();
    } catch (DiskChoiceException e) {
      return; // A package of several disks.
    } catch (DiskFormatException e) {
      Some.precise(e);
    }
  }

  /** A descriptor that gives the disk the capacity that stands in its file. */
  private static byte[] descriptor(List<Part> parts) {
    long sectors =
        parts.stream()
            .filter(part -> part.name().equals("d.vmdk") && part.content().length >= 20)
            .mapToLong(
                part -> ByteBuffer.wrap(part.content()).order(ByteOrder.LITTLE_ENDIAN).getLong(12))
            .findFirst()
            .orElse(0);
    return OVF.formatted(Math.max(0, sectors * 512)).getBytes(ISO_8859_1);
  }

  /** Adds a file that claims to be so much longer than it is. */
  private static void add(ByteArrayOutputStream tar, String name, byte[] content, int longer) {
    byte[] header = new byte[512];
    put(header, 0, name);
    put(header, 100, "0000644\0");
    put(header, 124, String.format(Locale.ROOT, "%011o\0", content.length + longer));
    put(header, 148, "        ");
    header[156] = '0';
    put(header, 257, "ustar\00000");
    int sum = 0;
    for (byte b : header) {
      sum += b & 0xff;
    }
    put(header, 148, String.format(Locale.ROOT, "%06o\0 ", sum));
    tar.writeBytes(header);
    tar.writeBytes(content);
    tar.writeBytes(new byte[(512 - content.length % 512) % 512]);
  }

  private static void put(byte[] header, int at, String text) {
    byte[] bytes = text.getBytes(ISO_8859_1);
    System.arraycopy(bytes, 0, header, at, bytes.length);
  }
}
