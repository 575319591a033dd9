// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.storage;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * A folder that plays the storage array: one sparse raw file per volume and per snapshot. A block
 * volume is {@code <handle>.raw}; a filesystem volume is a folder {@code <handle>} that holds
 * {@code disk.img}, as CDI lays it out. Beside it may lie {@code <handle>.converted}: the guest on
 * it was converted.
 */
public final class VolumeStore {

  private final Path volumes;
  private final Path snapshots;
  private final long capacity;

  /**
   * Opens or makes the folder.
   *
   * @param folder where the files live
   * @param capacity bytes that may be provisioned in all, over all volumes
   */
  public VolumeStore(Path folder, long capacity) throws IOException {
    this.volumes = Files.createDirectories(folder.resolve("volumes"));
    this.snapshots = Files.createDirectories(folder.resolve("snapshots"));
    this.capacity = capacity;
  }

  /**
   * One volume or snapshot.
   *
   * @param handle its name in the store
   * @param block block device, else a folder with an image
   * @param image the raw bytes that a guest sees
   * @param size bytes of the image
   */
  public record Volume(String handle, boolean block, Path image, long size) {

    /** What a Job mounts: the image itself, or the folder that holds it. */
    public Path mount() {
      Path folder = image.getParent();
      return block || folder == null ? image : folder;
    }
  }

  /** Bytes that may be provisioned in all. */
  public long capacity() {
    return capacity;
  }

  /** Bytes that are provisioned by volumes now. */
  public long provisioned() throws IOException {
    long sum = 0;
    for (Volume volume : volumes()) {
      sum += volume.size();
    }
    return sum;
  }

  /** All volumes. */
  public List<Volume> volumes() throws IOException {
    return list(volumes);
  }

  /** All snapshots. */
  public List<Volume> snapshots() throws IOException {
    return list(snapshots);
  }

  /** The volume of that handle (a PersistentVolume's name). */
  public Optional<Volume> volume(String handle) throws IOException {
    return find(volumes, handle);
  }

  /** The snapshot of that handle. */
  public Optional<Volume> snapshot(String handle) throws IOException {
    return find(snapshots, handle);
  }

  /**
   * An empty volume; the one that is there already when it was made before.
   *
   * @throws NoRoom when the store's capacity does not allow it
   */
  public synchronized Volume create(String handle, boolean block, long size) throws IOException {
    Optional<Volume> there = volume(handle);
    if (there.isPresent()) {
      return there.get();
    }
    if (provisioned() + size > capacity) {
      throw new NoRoom(handle, size, capacity - provisioned());
    }
    Path image = place(volumes, handle, block);
    try (FileChannel file =
        FileChannel.open(image, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      setSize(file, size);
    } catch (FileAlreadyExistsException e) {
      throw new IOException("volume " + handle + " appeared while it was made", e);
    }
    return new Volume(handle, block, image, size);
  }

  /** A volume that starts as the copy of another volume or of a snapshot, and may be larger. */
  public synchronized Volume copy(Volume source, String handle, boolean block, long size)
      throws IOException {
    Optional<Volume> there = volume(handle);
    if (there.isPresent()) {
      return there.get();
    }
    if (provisioned() + size > capacity) {
      throw new NoRoom(handle, size, capacity - provisioned());
    }
    return copyTo(volumes, source, handle, block, Math.max(size, source.size()));
  }

  /** The state of a volume as it is now, kept under a handle of its own. */
  public synchronized Volume takeSnapshot(Volume source, String handle) throws IOException {
    Optional<Volume> there = snapshot(handle);
    return there.isPresent()
        ? there.get()
        : copyTo(snapshots, source, handle, source.block(), source.size());
  }

  /** Really deletes a volume's files; nothing to do is fine. */
  public synchronized void delete(String handle) throws IOException {
    remove(volumes, handle);
  }

  /** Really deletes a snapshot's files; nothing to do is fine. */
  public synchronized void deleteSnapshot(String handle) throws IOException {
    remove(snapshots, handle);
  }

  /** Marks the guest on a volume as converted; snapshots and copies carry the mark. */
  public void markConverted(Volume volume) throws IOException {
    Files.writeString(mark(volumes, volume.handle()), "converted\n");
  }

  /** Whether the guest on a volume was marked as converted. */
  public boolean converted(Volume volume) {
    return Files.exists(mark(volumes, volume.handle()));
  }

  private Volume copyTo(Path folder, Volume source, String handle, boolean block, long size)
      throws IOException {
    // A copy that died half-way must not be taken for a whole one: it gets its name when complete.
    Path unfinished = folder.resolve("." + handle + ".part");
    Files.deleteIfExists(unfinished);
    SparseFiles.copy(source.image(), unfinished);
    try (FileChannel file = FileChannel.open(unfinished, StandardOpenOption.WRITE)) {
      setSize(file, size);
    }
    Path from = source.image().startsWith(snapshots) ? snapshots : volumes;
    if (Files.exists(mark(from, source.handle()))) {
      Files.copy(
          mark(from, source.handle()), mark(folder, handle), StandardCopyOption.REPLACE_EXISTING);
    }
    Path image = place(folder, handle, block);
    Files.move(unfinished, image, StandardCopyOption.ATOMIC_MOVE);
    return new Volume(handle, block, image, size);
  }

  private static void setSize(FileChannel file, long size) throws IOException {
    if (file.size() > size) {
      file.truncate(size);
    } else if (file.size() < size) {
      file.write(java.nio.ByteBuffer.allocate(1), size - 1);
    }
  }

  private static Path place(Path folder, String handle, boolean block) throws IOException {
    return block
        ? folder.resolve(handle + ".raw")
        : Files.createDirectories(folder.resolve(handle)).resolve("disk.img");
  }

  private static Path mark(Path folder, String handle) {
    return folder.resolve(handle + ".converted");
  }

  private static Optional<Volume> find(Path folder, String handle) throws IOException {
    Path block = folder.resolve(handle + ".raw");
    Path image = folder.resolve(handle).resolve("disk.img");
    try {
      if (Files.exists(block)) {
        return Optional.of(new Volume(handle, true, block, Files.size(block)));
      }
      return Files.exists(image)
          ? Optional.of(new Volume(handle, false, image, Files.size(image)))
          : Optional.empty();
    } catch (NoSuchFileException e) {
      return Optional.empty(); // deleted between the two looks
    }
  }

  private static List<Volume> list(Path folder) throws IOException {
    List<Volume> all = new ArrayList<>();
    try (Stream<Path> entries = Files.list(folder)) {
      for (Path entry : entries.sorted().toList()) {
        String file = String.valueOf(entry.getFileName());
        if (file.startsWith(".") || file.endsWith(".converted")) {
          continue;
        }
        find(folder, file.endsWith(".raw") ? file.substring(0, file.length() - 4) : file)
            .ifPresent(all::add);
      }
    }
    return all;
  }

  private static void remove(Path folder, String handle) throws IOException {
    Files.deleteIfExists(folder.resolve(handle + ".raw"));
    Path tree = folder.resolve(handle);
    if (Files.isDirectory(tree)) {
      try (Stream<Path> all = Files.walk(tree)) {
        for (Path path : all.sorted(java.util.Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(path);
        }
      }
    }
    Files.deleteIfExists(mark(folder, handle));
  }

  /** The store cannot take a volume of that size. */
  public static final class NoRoom extends IOException {
    private static final long serialVersionUID = 1L;

    NoRoom(String handle, long wanted, long left) {
      super(
          "volume "
              + handle
              + " needs "
              + wanted
              + " bytes, the pool has "
              + Math.max(0, left)
              + " left");
    }
  }
}
