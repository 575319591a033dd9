// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.qcow2;

import com.github.luben.zstd.ZstdException;
import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.GuestDisk;
import io.drover.disk.pipe.Bench;
import io.drover.disk.pipe.BenchPool;
import java.io.EOFException;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.zip.DataFormatException;

/**
 * Reads a qcow2 image, version 2 or 3, plain or compressed with zlib or zstd, as a guest disk.
 * Images that need another file, or a feature we do not read, are refused by name. After QEMU's
 * docs/interop/qcow2.txt.
 */
public final class Qcow2Disk implements GuestDisk {
  private static final int CACHED_TABLES = 32;
  private static final String REMAKE = "Make the image again, or check it with qemu-img check.";

  private final FileChannel channel;
  private final Qcow2Layout layout;
  private final long[] l1;
  private final long fileSize;
  private final ClusterClaims claims;
  private final BenchPool benches = new BenchPool();
  private final Map<Long, long[]> tables =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Long, long[]> eldest) {
          return size() > CACHED_TABLES;
        }
      };

  private Qcow2Disk(FileChannel channel, Qcow2Layout layout, long[] l1) throws IOException {
    this.channel = channel;
    this.layout = layout;
    this.l1 = l1;
    fileSize = channel.size();
    claims = new ClusterClaims(layout, fileSize, l1, new ReferenceCounts(channel, layout));
  }

  /**
   * Opens an image.
   *
   * @throws DiskFormatException where it is damaged, encrypted, or not whole by itself
   */
  public static Qcow2Disk open(Path path) throws IOException {
    FileChannel channel = FileChannel.open(path, StandardOpenOption.READ);
    try {
      Qcow2Layout layout = Qcow2Layout.read(channel);
      return new Qcow2Disk(channel, layout, layout.readL1(channel));
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  @Override
  public long size() {
    return layout.size();
  }

  @Override
  public void read(long offset, ByteBuffer into) throws IOException {
    int cluster = layout.cluster();
    if (offset < 0 || offset + into.remaining() > size()) {
      throw new EOFException("Read at byte " + offset + " of a disk of " + size());
    }
    long at = offset;
    while (into.hasRemaining()) {
      int within = (int) (at % cluster);
      int count = Math.min(into.remaining(), cluster - within);
      readCluster(at / cluster, within, into.slice(into.position(), count));
      into.position(into.position() + count);
      at += count;
    }
  }

  @Override
  public boolean isZero(long offset, long length) throws IOException {
    int cluster = layout.cluster();
    long last = (Math.min(size(), offset + length) - 1) / cluster;
    for (long c = offset / cluster; c <= last; c++) {
      int table = (int) (c / layout.entriesPerTable());
      if ((l1[table] & Qcow2Header.OFFSET_MASK) == 0) {
        c = (table + 1L) * layout.entriesPerTable() - 1;
      } else if (!zero(entry(c))) {
        return false;
      }
    }
    return true;
  }

  private boolean zero(long entry) {
    return (entry & Qcow2Header.COMPRESSED) == 0
        && ((entry & Qcow2Header.ZERO_FLAG) != 0 && layout.version() >= 3
            || (entry & Qcow2Header.OFFSET_MASK) == 0);
  }

  private long entry(long cluster) throws IOException {
    int index = (int) (cluster / layout.entriesPerTable());
    long place = l1[index] & Qcow2Header.OFFSET_MASK;
    if (place == 0) {
      return 0;
    }
    long[] table;
    synchronized (tables) {
      table = tables.get(place);
      if (table == null) {
        table = layout.readTable(channel, place, layout.entriesPerTable());
        claims.claim(index, table);
        tables.put(place, table);
      }
    }
    return table[(int) (cluster % layout.entriesPerTable())];
  }

  private void readCluster(long index, int within, ByteBuffer into) throws IOException {
    long entry = entry(index);
    if (zero(entry)) {
      MemorySegment.ofBuffer(into).fill((byte) 0);
    } else if ((entry & Qcow2Header.COMPRESSED) != 0) {
      inflate(entry, index, within, into);
    } else {
      long at = entry & Qcow2Header.OFFSET_MASK;
      if (at % layout.cluster() != 0 || at >= fileSize) {
        throw new DiskFormatException(
            "A cluster claims to be stored at byte "
                + at
                + " of a file of "
                + fileSize
                + layout.clusters(),
            at,
            index,
            REMAKE);
      }
      readAt(at + within, into);
      if (into.hasRemaining()) {
        // Behind the end of the guest's disk it may be cut; nothing of that is asked for.
        throw new DiskFormatException(
            "The file ends inside a cluster that is stored at byte " + at, fileSize, index, REMAKE);
      }
    }
  }

  /** Reads until {@code into} is full or the file ends. */
  private void readAt(long offset, ByteBuffer into) throws IOException {
    long at = offset;
    while (into.hasRemaining()) {
      int got = channel.read(into, at);
      if (got < 0) {
        return;
      }
      at += got;
    }
  }

  private void inflate(long entry, long index, int within, ByteBuffer into) throws IOException {
    int cluster = layout.cluster();
    long at = CompressedEntry.offset(entry, cluster);
    if (at >= fileSize) {
      throw new DiskFormatException(
          "A compressed cluster claims to be stored at byte " + at + " of a file of " + fileSize,
          at,
          index,
          REMAKE);
    }
    int length = (int) Math.min(CompressedEntry.length(entry, cluster), fileSize - at);
    Bench bench = benches.take();
    try {
      // A cluster is at most 2 MiB, and its entry cannot tell of more than 4 MiB.
      boolean whole = into.isDirect() && into.remaining() == cluster;
      MemorySegment plain =
          whole ? MemorySegment.ofBuffer(into) : bench.extent().memory().asSlice(0, cluster);
      MemorySegment stored = bench.encoded().asSlice(0, length);
      readAt(at, stored.asByteBuffer());
      int produced = decode(stored, plain, bench);
      if (produced != cluster) {
        throw new DiskFormatException(
            "A compressed cluster holds " + produced + " bytes, not " + cluster, at, index, REMAKE);
      }
      if (!whole) {
        into.put(plain.asByteBuffer().slice(within, into.remaining()));
      }
    } catch (DataFormatException | ZstdException e) {
      throw new DiskFormatException("A compressed cluster cannot be decoded", at, index, REMAKE);
    } finally {
      benches.give(bench);
    }
  }

  private int decode(MemorySegment stored, MemorySegment plain, Bench bench)
      throws DataFormatException {
    if (!layout.zstd()) {
      return bench.inflate().deflate(stored, plain);
    }
    // What follows the frame up to the sector's end is the next cluster's: a stream stops before.
    ByteBuffer target = plain.asByteBuffer();
    ByteBuffer source = stored.asByteBuffer();
    bench.unzstd().reset();
    while (!bench.unzstd().decompressDirectByteBufferStream(target, source)) {
      if (!source.hasRemaining() || !target.hasRemaining()) {
        throw new DataFormatException("the zstd frame does not end where it must");
      }
    }
    return target.position();
  }

  @Override
  public long bufferBytes() {
    return benches.bytes();
  }

  @Override
  public void close() throws IOException {
    benches.close();
    channel.close();
  }
}
