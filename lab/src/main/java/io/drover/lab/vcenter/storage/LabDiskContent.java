// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.storage;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of one virtual disk: what a seed laid down, overlaid with what was written since, in
 * blocks of 64 KiB. A frozen state (a snapshot's) keeps its bytes while the disk goes on: a block
 * is saved before it is overwritten. Safe for use by several threads.
 */
public final class LabDiskContent implements AutoCloseable {
  /** Bytes of a block, also the granularity of changed block tracking. */
  public static final int BLOCK = DiskPattern.BLOCK;

  private static final byte[] ZERO = new byte[0];

  private final Path file;
  private final long size;
  private final DiskPattern pattern;
  private final BitSet written = new BitSet();
  private final BitSet allocated;
  private final List<Frozen> frozen = new ArrayList<>();
  private @Nullable FileChannel channel;
  private @Nullable ChangeTracker tracker;
  private boolean closed;

  /** Bytes as they were at one moment. */
  public final class Frozen implements BlockSource {
    private final Map<Integer, byte[]> saved = new HashMap<>();
    private final BitSet allocatedThen = (BitSet) allocated.clone();

    private Frozen() {}

    @Override
    public long size() {
      return size;
    }

    @Override
    public BitSet allocatedBlocks() {
      return (BitSet) allocatedThen.clone();
    }

    @Override
    public byte[] block(int index) {
      synchronized (LabDiskContent.this) {
        int at = frozen.indexOf(this);
        if (at < 0) {
          throw new IllegalStateException(
              "The snapshot of " + file.getFileName() + " was removed while it was read");
        }
        for (Frozen layer : frozen.subList(at, frozen.size())) {
          byte[] old = layer.saved.get(index);
          if (old != null) {
            return old == ZERO ? new byte[BLOCK] : old.clone();
          }
        }
        return live(index);
      }
    }
  }

  /**
   * @param file where written blocks go, created when the first is written
   * @param size bytes, a multiple of 512
   * @param payload about how many bytes of files the seed lays down
   */
  public LabDiskContent(Path file, long size, long seed, long payload, DiskLayout layout) {
    if (size <= 0 || size % 512 != 0) {
      throw new IllegalArgumentException(
          "Expected a disk size that is a multiple of 512, but got " + size);
    }
    this.file = file;
    this.size = size;
    this.pattern = new DiskPattern(seed, size, payload, layout);
    this.allocated = pattern.allocated();
  }

  public long size() {
    return size;
  }

  /** First byte of the area that a guest may write to. */
  public long firstDataByte() {
    return pattern.firstData();
  }

  /** End (exclusive) of the area that a guest may write to. */
  public long endOfData() {
    return pattern.lastData();
  }

  /** The bytes as they are now; a reader of several blocks sees writes in between. */
  public BlockSource now() {
    return new BlockSource() {
      @Override
      public long size() {
        return size;
      }

      @Override
      public BitSet allocatedBlocks() {
        synchronized (LabDiskContent.this) {
          return (BitSet) allocated.clone();
        }
      }

      @Override
      public byte[] block(int index) {
        synchronized (LabDiskContent.this) {
          return live(index);
        }
      }
    };
  }

  private byte[] live(int index) {
    if (!written.get(index)) {
      return pattern.block(index);
    }
    byte[] block = new byte[BLOCK];
    ByteBuffer to = ByteBuffer.wrap(block);
    try {
      FileChannel from = open();
      long at = (long) index * BLOCK;
      while (to.hasRemaining()) {
        if (from.read(to, at + to.position()) < 0) {
          break;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return block;
  }

  /** Reads bytes as they are now. */
  public synchronized byte[] read(long offset, int length) {
    check(offset, length);
    byte[] out = new byte[length];
    int done = 0;
    while (done < length) {
      int index = (int) ((offset + done) / BLOCK);
      int inside = (int) ((offset + done) % BLOCK);
      int count = Math.min(length - done, BLOCK - inside);
      System.arraycopy(live(index), inside, out, done, count);
      done += count;
    }
    return out;
  }

  /** Writes bytes: what a guest, or a test in its place, does. */
  public synchronized void write(long offset, byte[] bytes) {
    check(offset, bytes.length);
    int done = 0;
    while (done < bytes.length) {
      int index = (int) ((offset + done) / BLOCK);
      int inside = (int) ((offset + done) % BLOCK);
      int count = Math.min(bytes.length - done, BLOCK - inside);
      byte[] block = live(index);
      if (!frozen.isEmpty()) {
        frozen.getLast().saved.putIfAbsent(index, allocated.get(index) ? block.clone() : ZERO);
      }
      System.arraycopy(bytes, done, block, inside, count);
      store(index, block);
      if (tracker != null) {
        tracker.wrote(index);
      }
      done += count;
    }
  }

  private void check(long offset, int length) {
    if (offset < 0 || length < 0 || offset + length > size) {
      throw new IllegalArgumentException(
          "Expected a range within " + size + " bytes, but got " + offset + "+" + length);
    }
  }

  private void store(int index, byte[] block) {
    long at = (long) index * BLOCK;
    ByteBuffer from = ByteBuffer.wrap(block, 0, (int) Math.min(BLOCK, size - at));
    try {
      FileChannel to = open();
      while (from.hasRemaining()) {
        to.write(from, at + from.position());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    written.set(index);
    allocated.set(index);
  }

  private FileChannel open() throws IOException {
    if (closed) {
      throw new IOException("The lab disk " + file.getFileName() + " is closed");
    }
    FileChannel open = channel;
    if (open == null) {
      Files.createDirectories(file.toAbsolutePath().getParent());
      open =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.SPARSE,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE);
      channel = open;
    }
    return open;
  }

  /** Freezes the bytes of this moment, as a snapshot does. */
  public synchronized Frozen freeze() {
    Frozen state = new Frozen();
    frozen.add(state);
    return state;
  }

  /** Gives a frozen state up; older ones keep their bytes. */
  public synchronized void release(Frozen state) {
    int at = frozen.indexOf(state);
    if (at < 0) {
      return;
    }
    if (at > 0) {
      Frozen older = frozen.get(at - 1);
      state.saved.forEach(older.saved::putIfAbsent);
    }
    frozen.remove(at);
  }

  /**
   * Starts changed block tracking with a fresh identity; what was written before is unknown to it.
   */
  public synchronized void track(SplittableRandom random) {
    tracker = new ChangeTracker(random);
  }

  /** Ends changed block tracking. */
  public synchronized void untrack() {
    tracker = null;
  }

  /** The change id that the live disk shows, or null without tracking. */
  public synchronized @Nullable String changeId() {
    return tracker == null ? null : tracker.current();
  }

  /**
   * Closes the tracker's epoch, as a snapshot or power cycle does; returns the id of what it
   * closed, or null without tracking.
   */
  public synchronized @Nullable String closeEpoch() {
    return tracker == null ? null : tracker.close();
  }

  /**
   * Blocks written after {@code since} up to {@code until} (null: now); null if tracking is off or
   * an id is unknown to it.
   */
  public synchronized @Nullable BitSet changed(String since, @Nullable String until) {
    return tracker == null ? null : tracker.changed(since, until);
  }

  /** Writes the whole disk as it is now into a sparse raw file: the source side of a comparison. */
  public void flatten(Path raw) throws IOException {
    BlockSource from = now();
    try (FileChannel out =
        FileChannel.open(
            raw,
            StandardOpenOption.CREATE_NEW,
            StandardOpenOption.SPARSE,
            StandardOpenOption.WRITE)) {
      BitSet blocks = from.allocatedBlocks();
      for (int i = blocks.nextSetBit(0); i >= 0; i = blocks.nextSetBit(i + 1)) {
        long at = (long) i * BLOCK;
        ByteBuffer bytes = ByteBuffer.wrap(from.block(i), 0, (int) Math.min(BLOCK, size - at));
        while (bytes.hasRemaining()) {
          out.write(bytes, at + bytes.position());
        }
      }
      if (out.size() < size) {
        // the last byte gives the file its length; it is zero because no allocated block reached
        // the end
        out.write(ByteBuffer.wrap(new byte[1]), size - 1);
      }
    }
  }

  @Override
  public synchronized void close() throws IOException {
    closed = true;
    if (channel != null) {
      channel.close();
      channel = null;
    }
  }
}
