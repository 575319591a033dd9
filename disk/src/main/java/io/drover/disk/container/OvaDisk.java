// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.container;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.Extent;
import io.drover.disk.image.ForwardInput;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.Packed;
import io.drover.disk.vmdk.StreamOptimizedReader;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One disk of an OVA as the source of a conversion, read forward; its file and the descriptor are
 * compared with the package's manifest where it has one, before the conversion may end.
 */
public final class OvaDisk implements ExtentSource {
  private static final int MAX_TEXT = 16 << 20;
  private static final String REPACK = "Export or pack the OVA again.";

  private final ForwardInput in;
  private final OvaArchive archive;
  private final String file;
  private final StreamOptimizedReader reader;
  private String descriptor = "";
  private byte[] description = new byte[0];
  private @Nullable OvfManifest manifest;
  private Map<StreamHash, String> hashes = Map.of();

  private OvaDisk(ForwardInput in, OvaArchive archive, @Nullable String wanted) throws IOException {
    this.in = in;
    this.archive = archive;
    OvfPackage.OvfDisk chosen = null;
    for (OvaArchive.Entry entry = archive.next(); entry != null; entry = archive.next()) {
      describe(entry);
      if (chosen == null && !descriptor.isEmpty()) {
        chosen = OvfPackage.parse(description).choose(wanted, "The OVA");
        if (archive.had(chosen.file())) {
          throw new DiskFormatException(
              "The OVA has its descriptor behind " + chosen.file(),
              "Pack it again, the .ovf first, then the .mf and the disks.");
        }
      } else if (chosen != null && entry.name().equals(chosen.file())) {
        file = entry.name();
        try {
          reader = new StreamOptimizedReader(new ForwardInput(archive.content(), wantedHashes()));
          chosen.checkCapacity(reader.size(), reader.part());
        } catch (DiskFormatException e) {
          throw e.in(entry.name());
        }
        return;
      }
    }
    throw new DiskFormatException(
        chosen == null
            ? "The OVA holds no OVF descriptor"
            : "The OVA does not hold " + chosen.file() + ", which its descriptor names",
        REPACK);
  }

  /**
   * Opens a disk of an OVA.
   *
   * @param channel positioned at the first byte; closed with the disk, and where opening fails
   * @param disk file name, id or number of the disk; null where the package has only one
   * @throws DiskFormatException where the package is damaged, has no such disk, or has several to
   *     choose from
   */
  public static OvaDisk open(ReadableByteChannel channel, @Nullable String disk)
      throws IOException {
    ForwardInput in = new ForwardInput(channel, Set.of());
    try {
      return new OvaDisk(in, new OvaArchive(in), disk);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Reads the descriptor or the manifest, where that is what comes; there is one of each. */
  private void describe(OvaArchive.Entry entry) throws IOException {
    String name = entry.name().toLowerCase(Locale.ROOT);
    if (name.endsWith(".ovf")) {
      refuseSecond(entry, !descriptor.isEmpty(), "descriptor");
      descriptor = entry.name();
      description = text(entry);
    } else if (name.endsWith(".mf")) {
      refuseSecond(entry, manifest != null, "manifest");
      manifest = OvfManifest.parse(entry.name(), text(entry));
    }
  }

  private static void refuseSecond(OvaArchive.Entry entry, boolean second, String what)
      throws DiskFormatException {
    if (second) {
      throw new DiskFormatException(
          "The OVA holds a second " + what + ", " + entry.name(),
          entry.at(),
          -1,
          "Pack it again with one " + what + " only.");
    }
  }

  private byte[] text(OvaArchive.Entry entry) throws IOException {
    if (entry.size() > MAX_TEXT) {
      throw new DiskFormatException(
          entry.name() + " in the OVA claims " + entry.size() + " bytes", REPACK);
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) entry.size());
    ReadableByteChannel content = archive.content();
    while (bytes.hasRemaining() && content.read(bytes) >= 0) {}
    return bytes.array();
  }

  /** What the manifest has; all there may be, where the manifest stands behind the disk. */
  private Set<StreamHash> wantedHashes() throws DiskFormatException {
    OvfManifest known = manifest;
    if (known == null) {
      return EnumSet.allOf(StreamHash.class);
    }
    return Set.of(known.sum(file).hash());
  }

  /** Name of the disk's file in the package. */
  public String file() {
    return file;
  }

  @Override
  public long size() {
    return reader.size();
  }

  @Override
  public int part() {
    return reader.part();
  }

  @Override
  public boolean next(Packed into) throws IOException {
    try {
      if (reader.next(into)) {
        return true;
      }
    } catch (DiskFormatException e) {
      throw e.in(file);
    }
    hashes = reader.hashes();
    // To the end: the manifest may stand there, and what contradicts what was taken.
    for (OvaArchive.Entry entry = archive.next(); entry != null; entry = archive.next()) {
      describe(entry);
    }
    if (manifest != null) {
      manifest.check(descriptor, description);
      manifest.check(file, hashes);
    }
    return false;
  }

  @Override
  public void unpack(Packed packed, Extent out, Bench bench) throws IOException {
    try {
      reader.unpack(packed, out, bench);
    } catch (DiskFormatException e) {
      throw e.in(file);
    }
  }

  @Override
  public long bytesRead() {
    return in.bytesRead();
  }

  @Override
  public Map<StreamHash, String> hashes() {
    return hashes;
  }

  @Override
  public void close() throws IOException {
    reader.close();
    archive.close();
  }
}
