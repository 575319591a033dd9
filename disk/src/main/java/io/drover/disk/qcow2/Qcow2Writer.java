// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import com.github.luben.zstd.ZstdException;
import io.drover.disk.image.Extent;
import io.drover.disk.image.FilePlace;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.image.PartialFile;
import io.drover.disk.image.RefusedException;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.Packed;
import io.drover.disk.pipe.ResumableSink;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * Writes a qcow2 version 3 image: data first, appended by many threads, all tables at the end, the
 * header last. Grows under a name ending in {@code .partial} and takes its own name when whole.
 * After QEMU's docs/interop/qcow2.txt.
 */
public final class Qcow2Writer implements ResumableSink {
  // A compressed cluster never takes less: so no host cluster is shared by more clusters than a
  // 16-bit reference count can tell.
  private static final int LEAST_STORED = 64;
  private static final int SECTOR = 512;

  // QEMU opens no image whose L1 table takes more than 32 MiB.
  private static final long MAX_L1 = (32 << 20) / Long.BYTES;

  private final Path path;
  private final Qcow2Options options;
  private final int cluster;
  private final AtomicLong end;
  private long there;
  private final PartialFile file;
  private long size;
  private @Nullable ClusterMap map;

  /**
   * Nothing is created before the conversion begins.
   *
   * @param path the image when it is finished; replaced if it exists
   */
  public Qcow2Writer(Path path, Qcow2Options options) {
    this.path = path;
    this.options = options;
    cluster = options.clusterBytes();
    end = new AtomicLong(cluster);
    file = new PartialFile(path);
  }

  @Override
  public void begin(long guestSize) throws IOException {
    check(guestSize);
    size = guestSize;
    map = new ClusterMap(guestSize, cluster);
    FileChannel ignored = file.create();
  }

  /** Refuses what QEMU would read otherwise, or not at all. */
  private void check(long guestSize) throws IOException {
    if (guestSize % SECTOR != 0) {
      throw new RefusedException(
          "Expected a disk of whole sectors of 512 bytes, but it has "
              + guestSize
              + " bytes. Fill it up with zeros, or write a raw file");
    }
    long most = MAX_L1 * cluster * (cluster / Long.BYTES);
    if (guestSize > most) {
      throw new RefusedException(
          "Expected a disk of at most "
              + most
              + " bytes for clusters of "
              + cluster
              + ", but it has "
              + guestSize
              + ". Use larger clusters");
    }
  }

  @Override
  public int unit() {
    return cluster;
  }

  private ClusterMap map() {
    ClusterMap known = map;
    if (known == null) {
      throw new IllegalStateException("begin was not called");
    }
    return known;
  }

  @Override
  public void write(Extent extent, Bench bench) throws IOException {
    if (extent.isZero()) {
      return;
    }
    if (options.compression() == Qcow2Options.Compression.NONE) {
      writePlain(extent);
    } else {
      writeCompressed(extent, bench);
    }
  }

  @Override
  public boolean needsContent(Packed packed) {
    return options.compression() != Qcow2Options.Compression.REWRAP_UNCHECKED || !fits(packed);
  }

  /** Whether the pieces are grains that can become clusters. */
  private boolean fits(Packed packed) {
    return options.rewraps() && packed.grainBytes() == cluster && cluster == Extent.BLOCK;
  }

  @Override
  public void write(Extent extent, Packed packed, Bench bench) throws IOException {
    if (fits(packed) && !extent.isZero()) {
      rewrap(extent, packed, bench);
    } else {
      write(extent, bench);
    }
  }

  private void rewrap(Extent extent, Packed packed, Bench bench) throws IOException {
    int run = 0;
    for (int i = 0; i <= packed.count(); i++) {
      if (i < packed.count() && moves(extent, packed, i)) {
        continue;
      }
      move(packed, run, i);
      run = i + 1;
      if (i < packed.count() && extent.has(block(extent, packed, i))) {
        ZlibFrame.inflate(packed, i, extent, block(extent, packed, i), bench);
        storePlain(extent, block(extent, packed, i));
      }
    }
  }

  private int block(Extent extent, Packed packed, int piece) {
    return (int) ((packed.guestOffset(piece) - extent.offset()) / cluster);
  }

  /**
   * Whether a piece can be a cluster as it is: not zeros, which stay absent, nor too large for an
   * entry to tell, nor a short last grain, since a cluster must decode to a whole.
   */
  private boolean moves(Extent extent, Packed packed, int piece) throws IOException {
    int block = block(extent, packed, piece);
    return extent.has(block)
        && ZlibFrame.check(packed, piece) <= cluster - 512
        && extent.blockLength(block) >= cluster;
  }

  /** Writes neighbouring pieces as they are, in one call. */
  private void move(Packed packed, int first, int behind) throws IOException {
    if (first == behind) {
      return;
    }
    int from = packed.from(first);
    int length = packed.from(behind - 1) + packed.length(behind - 1) - from;
    long at = end.getAndAdd(length);
    write(packed.all().asSlice(from, length).asByteBuffer(), at);
    for (int i = first; i < behind; i++) {
      map()
          .set(
              packed.guestOffset(i) / cluster,
              CompressedEntry.encode(
                  at + packed.from(i) - from + ZlibFrame.HEADER,
                  ZlibFrame.check(packed, i),
                  cluster));
    }
  }

  private int clusters(Extent extent) {
    return (extent.length() + cluster - 1) / cluster;
  }

  private boolean isZero(Extent extent, int index) {
    return extent.isZero(index * cluster, cluster);
  }

  private void writePlain(Extent extent) throws IOException {
    int clusters = clusters(extent);
    boolean coarse = cluster > Extent.BLOCK;
    if (coarse) {
      extent.fillHoles();
    }
    for (int i = 0; i < clusters; ) {
      if (isZero(extent, i)) {
        i++;
        continue;
      }
      int first = i;
      while (i < clusters && !isZero(extent, i)) {
        i++;
      }
      long at = end.getAndAdd((long) (i - first) * cluster);
      int from = first * cluster;
      write(extent.view(from, Math.min(i * cluster, extent.length()) - from), at);
      long guest = extent.offset() / cluster;
      for (int j = first; j < i; j++) {
        map().set(guest + j, (at + (long) (j - first) * cluster) | Qcow2Header.COPIED);
      }
    }
  }

  private void writeCompressed(Extent extent, Bench bench) throws IOException {
    MemorySegment memory = extent.memory();
    // A compressed cluster decodes to a whole one: zeros behind the end of the disk.
    extent.fillHoles();
    int tail = extent.length() % cluster;
    if (tail != 0) {
      memory.asSlice(extent.length(), cluster - tail).fill((byte) 0);
    }
    MemorySegment out = bench.encoded();
    int clusters = clusters(extent);
    int[] from = new int[clusters];
    int[] length = new int[clusters];
    int used = 0;
    for (int i = 0; i < clusters; i++) {
      if (isZero(extent, i)) {
        continue;
      }
      MemorySegment plain = memory.asSlice((long) i * cluster, cluster);
      int stored = compress(plain, out.asSlice(used, cluster), bench);
      if (stored == 0) {
        storePlain(extent, i);
        continue;
      }
      from[i] = used;
      length[i] = stored;
      used += Math.max(stored, LEAST_STORED);
    }
    if (used == 0) {
      return;
    }
    long at = end.getAndAdd(used);
    write(out.asSlice(0, used).asByteBuffer(), at);
    for (int i = 0; i < clusters; i++) {
      if (length[i] > 0) {
        map()
            .set(
                extent.offset() / cluster + i,
                CompressedEntry.encode(at + from[i], length[i], cluster));
      }
    }
  }

  /** Returns the stored length, or 0 where compression saves nothing. */
  private int compress(MemorySegment plain, MemorySegment out, Bench bench) {
    if (options.compression() != Qcow2Options.Compression.ZSTD) {
      return bench.deflate(options.level()).deflate(plain, out.asSlice(0, cluster - 512));
    }
    try {
      return bench
          .zstd(options.level())
          .compressDirectByteBuffer(
              out.asByteBuffer(), 0, cluster - 512, plain.asByteBuffer(), 0, cluster);
    } catch (ZstdException e) {
      return 0; // Larger than the room: this cluster is stored as it is.
    }
  }

  private void storePlain(Extent extent, int index) throws IOException {
    // Compressed data is packed to the byte, a plain cluster must begin on a cluster.
    long at = end.getAndUpdate(old -> roundUp(old, cluster) + cluster);
    long aligned = roundUp(at, cluster);
    write(extent.memory().asSlice((long) index * cluster, cluster).asByteBuffer(), aligned);
    map().set(extent.offset() / cluster + index, aligned | Qcow2Header.COPIED);
  }

  private void write(ByteBuffer bytes, long at) throws IOException {
    FilePlace.write(file.channel(), file.partial(), bytes, at);
  }

  private static long roundUp(long value, long unit) {
    return (value + unit - 1) / unit * unit;
  }

  @Override
  public void finish() throws IOException {
    long tables = roundUp(end.get(), cluster);
    new Qcow2Tables(file, map(), cluster)
        .write(size, tables, options.compression() == Qcow2Options.Compression.ZSTD);
    file.complete(options.durable());
  }

  @Override
  public String kind() {
    return "qcow2 " + options.compression() + " " + cluster;
  }

  @Override
  public boolean hasEarlier() {
    return file.hasPartial();
  }

  @Override
  public void beginAgain(long guestSize, long at) throws IOException {
    size = guestSize;
    map = new ClusterMap(guestSize, cluster);
    end.set(Math.max(at, cluster));
    FileChannel channel = file.reopen();
    there = channel.size();
    // What was appended after the last checkpoint is nobody's.
    channel.truncate(end.get());
  }

  @Override
  public long[] stored(long extent) {
    int perExtent = Extent.SIZE / cluster;
    long[] entries = new long[(int) Math.min(perExtent, clustersOf(size) - extent * perExtent)];
    for (int i = 0; i < entries.length; i++) {
      entries[i] = map().get(extent * perExtent + i);
    }
    return entries;
  }

  private long clustersOf(long bytes) {
    return (bytes + cluster - 1) / cluster;
  }

  @Override
  public boolean restore(long extent, long[] stored) {
    int perExtent = Extent.SIZE / cluster;
    for (int i = 0; i < stored.length; i++) {
      if (stored[i] != 0 && behind(stored[i], extent * perExtent + i) > there) {
        return false;
      }
    }
    for (int i = 0; i < stored.length; i++) {
      if (stored[i] != 0) {
        map().set(extent * perExtent + i, stored[i]);
      }
    }
    return true;
  }

  /** Where the file may end at the earliest if it holds a cluster, or a little later. */
  private long behind(long entry, long index) {
    if ((entry & Qcow2Header.COMPRESSED) != 0) {
      // How much of its last sector it fills is not told, only where all that was written ended.
      return Math.min(
          CompressedEntry.offset(entry, cluster) + CompressedEntry.length(entry, cluster),
          end.get());
    }
    return (entry & ~Qcow2Header.COPIED) + Math.min(cluster, size - index * cluster);
  }

  @Override
  public void discard(long extent) {
    for (int i = 0; i < stored(extent).length; i++) {
      if (map().get(extent * (Extent.SIZE / cluster) + i) != 0) {
        map().set(extent * (Extent.SIZE / cluster) + i, 0);
      }
    }
  }

  @Override
  public long end() {
    return end.get();
  }

  @Override
  public void force() throws IOException {
    FilePlace.force(file.channel(), file.partial(), false);
  }

  @Override
  public void keep() {
    file.keep();
  }

  @Override
  public GuestDisk reopen() throws IOException {
    return Qcow2Disk.open(path);
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
