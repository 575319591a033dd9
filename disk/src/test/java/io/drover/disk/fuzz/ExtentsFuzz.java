// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.fuzz;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.vmdk.VmdkDisk;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Fuzzes descriptors whose extents lie in two files: those that overlap are refused, those that do
 * not give a disk as long as all of them. Compared with a look at every pair.
 */
public final class ExtentsFuzz {
  private static final int SECTORS = 64;
  private static final int MOST = 24;
  private static final String[] NAMES = {"extents-a", "extents-b"};

  private ExtentsFuzz() {}

  private record Line(String file, int offset, int sectors) {
    boolean overlaps(Line other) {
      return !file.isEmpty()
          && file.equals(other.file)
          && offset < other.offset + other.sectors
          && other.offset < offset + sectors;
    }
  }

  /** Called with each input. */
  public static void fuzzerTestOneInput(byte[] data) throws IOException {
    Pieces pieces = new Pieces(data);
    List<Line> lines = new ArrayList<>();
    boolean overlap = false;
    boolean outside = false;
    long sectors = 0;
    for (int i = 0; i < MOST && !pieces.isEmpty(); i++) {
      int which = pieces.next() % 5;
      Line line =
          new Line(which == 4 ? "" : NAMES[which & 1], pieces.next() % SECTORS, pieces.next() % 24);
      overlap |= lines.stream().anyMatch(line::overlaps);
      outside |=
          line.sectors == 0 || (!line.file.isEmpty() && line.offset + line.sectors > SECTORS);
      sectors += line.sectors;
      lines.add(line);
    }
    boolean good = !overlap && !outside && !lines.isEmpty();
    try (GuestDisk disk = VmdkDisk.open(descriptor(lines))) {
      if (!good || disk.size() != sectors * 512) {
        throw new AssertionError("Expected a refusal, but got " + disk.size() + " bytes: " + lines);
      }
      Some.read(disk);
    } catch (DiskFormatException e) {
      if (good) {
        throw new AssertionError("Refused what is in order: " + lines, e);
      }
      Some.precise(e);
    }
  }

  private static Path descriptor(List<Line> lines) throws IOException {
    StringBuilder text = new StringBuilder("# Disk DescriptorFile\nversion=1\nCID=12345678\n");
    text.append("parentCID=ffffffff\ncreateType=\"twoGbMaxExtentFlat\"\n");
    for (Line line : lines) {
      text.append("RW ").append(line.sectors);
      if (line.file.isEmpty()) {
        text.append(" ZERO\n");
      } else {
        text.append(" FLAT \"").append(line.file).append("\" ").append(line.offset).append('\n');
      }
    }
    text.append("ddb.adapterType = \"lsilogic\"\n");
    Path descriptor = Some.file(text.toString().getBytes(UTF_8));
    for (String name : NAMES) {
      Path file = descriptor.resolveSibling(name);
      if (!Files.exists(file)) {
        Files.write(file, new byte[SECTORS * 512]);
        file.toFile().deleteOnExit();
      }
    }
    return descriptor;
  }
}
