// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.container;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.Extent;
import io.drover.disk.image.ForwardInput;
import io.drover.disk.image.NamedFile;
import io.drover.disk.image.StreamHash;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.ExtentSource;
import io.drover.disk.pipe.Packed;
import io.drover.disk.vmdk.StreamOptimizedReader;
import io.drover.disk.vmdk.VmdkDisk;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An OVF package whose files lie in a folder, as ovftool and the vSphere client leave it: which
 * file holds a disk, and whether it is what the manifest beside says. After DSP0243.
 *
 * @param descriptor the .ovf file
 * @param disk the file of the disk that was chosen
 * @param described what the descriptor says of the disk
 * @param manifest what stands in the .mf file of the same name; null where there is none
 */
public record OvfFolder(
    Path descriptor, Path disk, OvfPackage.OvfDisk described, @Nullable OvfManifest manifest) {
  private static final int MAX_TEXT = 16 << 20;
  private static final int PIECE = 1 << 20;

  /**
   * Reads the descriptor and the manifest.
   *
   * @param named the descriptor, or a link to it
   * @param disk file name, id or number of the disk; null where the package has only one
   * @throws DiskFormatException where the package is damaged
   * @throws DiskChoiceException where it has no such disk, or several to choose from
   */
  public static OvfFolder open(Path named, @Nullable String disk) throws IOException {
    // The files lie beside the descriptor itself, not beside a link to it.
    Path descriptor = named.toRealPath();
    String name = String.valueOf(descriptor.getFileName());
    byte[] text = text(descriptor);
    Path list = list(descriptor);
    OvfManifest manifest = null;
    if (Files.exists(list)) {
      refuseOther(list, name);
      manifest = OvfManifest.parse(String.valueOf(list.getFileName()), text(list));
      manifest.check(name, text);
    }
    OvfPackage.OvfDisk described = OvfPackage.parse(text).choose(disk, "The OVF package");
    Path beside = beside(descriptor, described.file());
    if (manifest != null) {
      OvfManifest.Sum ignored = manifest.sum(described.file());
    }
    return new OvfFolder(descriptor, beside, described, manifest);
  }

  private static Path list(Path descriptor) {
    String name = String.valueOf(descriptor.getFileName());
    int dot = name.lastIndexOf('.');
    return descriptor.resolveSibling((dot < 0 ? name : name.substring(0, dot)) + ".mf");
  }

  /** The files that are read beside the descriptor: the manifest where there is one, the disk. */
  public List<Path> files() {
    return manifest == null ? List.of(disk) : List.of(list(descriptor), disk);
  }

  private static byte[] text(Path path) throws IOException {
    long size = Files.size(path);
    if (size > MAX_TEXT) {
      throw new DiskFormatException(
          path.getFileName() + " has " + size + " bytes, more than " + MAX_TEXT,
          "Check that it is a part of an OVF package.");
    }
    return Files.readAllBytes(path);
  }

  /** The descriptor names plain files; a link could lead out of the folder all the same. */
  private static Path beside(Path descriptor, String name) throws IOException {
    Path folder = descriptor.getParent();
    Path file = NamedFile.in(folder == null ? Path.of("") : folder, name);
    if (!Files.exists(file)) {
      throw new DiskFormatException(
          "The OVF package has no " + name + ", which its descriptor names",
          "Copy all of its files into one folder.");
    }
    if (folder == null || !folder.equals(file.toRealPath().getParent())) {
      throw new DiskFormatException(
          "The OVF package has " + name + " outside its folder", "Copy the file itself there.");
    }
    refuseOther(file, String.valueOf(descriptor.getFileName()));
    return file;
  }

  /** A pipe would be waited for, perhaps for ever, and a folder fails without its name. */
  private static void refuseOther(Path file, String descriptor) throws DiskFormatException {
    if (!Files.isRegularFile(file)) {
      throw new DiskFormatException(
          "Expected a file, but "
              + file.getFileName()
              + (Files.isDirectory(file) ? " is a folder" : " is neither a file nor a folder"),
          "Put the file itself beside " + descriptor + ".");
    }
  }

  /** Whether the disk is read as a stream, and compared while it is. */
  public boolean isStream() throws IOException {
    try {
      return VmdkDisk.isStreamOptimized(disk);
    } catch (DiskFormatException e) {
      throw e.in(String.valueOf(disk.getFileName()));
    }
  }

  /**
   * The disk as a stream; the last call of {@link ExtentSource#next} compares it with the manifest.
   *
   * @throws DiskFormatException where it is no whole streamOptimized VMDK
   */
  public ExtentSource stream() throws IOException {
    OvfManifest known = manifest;
    String file = String.valueOf(disk.getFileName());
    Set<StreamHash> wanted = known == null ? Set.of() : Set.of(known.sum(file).hash());
    FileChannel channel = FileChannel.open(disk, StandardOpenOption.READ);
    try {
      ExtentSource reader = new StreamOptimizedReader(new ForwardInput(channel, wanted));
      described.checkCapacity(reader.size(), reader.part());
      return new NamedDisk(reader, known, file);
    } catch (DiskFormatException e) {
      channel.close();
      throw e.in(file);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /**
   * Compares the disk with the manifest by reading all of it: for a disk that will be read at
   * random.
   *
   * @throws DiskFormatException where it differs
   */
  public void compare() throws IOException {
    OvfManifest known = manifest;
    if (known == null) {
      return;
    }
    String file = String.valueOf(disk.getFileName());
    try (FileChannel channel = FileChannel.open(disk, StandardOpenOption.READ);
        ForwardInput in = new ForwardInput(channel, Set.of(known.sum(file).hash()))) {
      for (long left = channel.size(); left > 0; left -= PIECE) {
        in.skip(Math.min(left, PIECE));
      }
      known.check(file, in.hashes());
    }
  }

  /**
   * A stream that is named where it is damaged, and compared with a manifest once all of it came.
   */
  private static final class NamedDisk implements ExtentSource {
    private final ExtentSource reader;
    private final @Nullable OvfManifest manifest;
    private final String file;
    private Map<StreamHash, String> hashes = Map.of();

    NamedDisk(ExtentSource reader, @Nullable OvfManifest manifest, String file) {
      this.reader = reader;
      this.manifest = manifest;
      this.file = file;
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
      if (manifest != null) {
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
      return reader.bytesRead();
    }

    @Override
    public Map<StreamHash, String> hashes() {
      return hashes;
    }

    @Override
    public void close() throws IOException {
      reader.close();
    }
  }
}
