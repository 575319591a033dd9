// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.pipe;

import io.drover.disk.image.FilePlace;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * Remembers which extents of a conversion are durable, in a file beside the image: appended after
 * the image was forced to disk, so whatever it says is true after any crash. A torn last record is
 * cut off. Names the source it is about; a journal of another source, size or kind of image is
 * begun anew.
 */
public final class Journal implements Closeable {
  private static final int MAGIC = 0x44564a31;
  private static final int MAX_RECORD = 64 << 20;
  private static final int LEAF = 32;
  private static final int FORGOTTEN = -1;

  private final Path path;
  private final FileChannel channel;
  private final byte[] name;
  private final Map<Long, Entry> durable;
  private final long end;
  private long sourceBytes;
  private boolean appended;

  /**
   * A durable extent.
   *
   * @param extent its index
   * @param fingerprint of its stored data at the source
   * @param allocated its bytes that are not zeros
   * @param leaf of the digest; empty where none was computed
   * @param stored what the sink wants back
   */
  public record Entry(long extent, long fingerprint, int allocated, byte[] leaf, long[] stored) {}

  private Journal(
      Path path,
      FileChannel channel,
      byte[] name,
      Map<Long, Entry> durable,
      long end,
      long sourceBytes) {
    this.path = path;
    this.channel = channel;
    this.name = name;
    this.durable = durable;
    this.end = end;
    this.sourceBytes = sourceBytes;
  }

  /**
   * Opens a journal, or begins it.
   *
   * @param path of the journal's file
   * @param key says which source, which size and which kind of image it is about
   */
  public static Journal open(Path path, String key) throws IOException {
    FileChannel channel =
        FileChannel.open(
            path, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
    try {
      Map<Long, Entry> durable = new HashMap<>();
      long end = 0;
      long sourceBytes = -1;
      ByteBuffer head = record(channel, MAX_RECORD);
      byte[] name = key.getBytes(StandardCharsets.UTF_8);
      if (head == null || !head.equals(ByteBuffer.wrap(name))) {
        channel.truncate(0);
        Journal fresh = new Journal(path, channel, name, durable, 0, -1);
        fresh.reset();
        return fresh;
      }
      long good = channel.position();
      for (ByteBuffer in = record(channel, MAX_RECORD);
          in != null;
          in = record(channel, MAX_RECORD)) {
        long said = in.getLong();
        // Negative: nothing more will come. What comes all the same takes it back.
        end = Math.max(end, said);
        sourceBytes = said < 0 ? ~said : -1;
        while (in.hasRemaining()) {
          Entry entry = decode(in);
          if (entry.allocated() == FORGOTTEN) {
            durable.remove(entry.extent());
          } else {
            durable.put(entry.extent(), entry);
          }
        }
        good = channel.position();
      }
      channel.truncate(good).position(good);
      return new Journal(path, channel, name, durable, end, sourceBytes);
    } catch (IOException | RuntimeException e) {
      channel.close();
      throw e;
    }
  }

  /** Whether a file could be a journal: it is empty, or begins as one. */
  public static boolean is(Path path) throws IOException {
    try (FileChannel channel = FileChannel.open(path)) {
      ByteBuffer head = ByteBuffer.allocate(4);
      return channel.size() == 0 || (fill(channel, head) && head.getInt(0) == MAGIC);
    }
  }

  /** Forgets everything: the image it spoke of is gone. */
  void reset() throws IOException {
    durable.clear();
    sourceBytes = -1;
    channel.truncate(0).position(0);
    put(ByteBuffer.wrap(name));
    force();
  }

  /** The extents that are durable, by index. */
  public Map<Long, Entry> durable() {
    return durable;
  }

  /** Whether nothing is durable, so that there is nothing to go on with. */
  public boolean isEmpty() {
    return durable.isEmpty() && !appended && sourceBytes < 0;
  }

  /** How far the sink was filled at the last record. */
  public long end() {
    return end;
  }

  /** Bytes of the source, once all of it is durable; -1 until then. */
  public long sourceBytes() {
    return sourceBytes;
  }

  /**
   * Says that the source ended and all of it is durable: nothing of it is needed any more.
   *
   * @param bytes that were read from it
   */
  synchronized void complete(long bytes) throws IOException {
    put(ByteBuffer.allocate(8).putLong(~bytes).flip());
    force();
    sourceBytes = bytes;
  }

  /**
   * Adds extents that were forced to disk before, and forces this.
   *
   * @param sinkEnd how far the sink is filled
   */
  synchronized void append(List<Entry> entries, long sinkEnd) throws IOException {
    sourceBytes = -1;
    for (List<Entry> part : parts(entries)) {
      int bytes = 8;
      for (Entry entry : part) {
        bytes += 8 + 8 + 4 + 1 + 2 + entry.leaf().length + entry.stored().length * 8;
      }
      ByteBuffer out = ByteBuffer.allocate(bytes).putLong(sinkEnd);
      for (Entry entry : part) {
        out.putLong(entry.extent())
            .putLong(entry.fingerprint())
            .putInt(entry.allocated())
            .put((byte) entry.leaf().length)
            .putShort((short) entry.stored().length)
            .put(entry.leaf());
        for (long value : entry.stored()) {
          out.putLong(value);
        }
      }
      put(out.flip());
    }
    force();
    appended = true;
  }

  /**
   * Takes back what was said of extents, before something else is written over them.
   *
   * @param extents their indices
   * @param sinkEnd how far the sink is filled
   */
  void forget(Collection<Long> extents, long sinkEnd) throws IOException {
    append(
        extents.stream()
            .map(extent -> new Entry(extent, 0, FORGOTTEN, new byte[0], new long[0]))
            .toList(),
        sinkEnd);
  }

  private static List<List<Entry>> parts(List<Entry> entries) {
    List<List<Entry>> parts = new ArrayList<>();
    for (int from = 0; from < entries.size(); from += 1024) {
      parts.add(entries.subList(from, Math.min(entries.size(), from + 1024)));
    }
    return parts;
  }

  private static Entry decode(ByteBuffer in) {
    long extent = in.getLong();
    long fingerprint = in.getLong();
    int allocated = in.getInt();
    byte[] leaf = new byte[in.get() == LEAF ? LEAF : 0];
    long[] stored = new long[Short.toUnsignedInt(in.getShort())];
    in.get(leaf);
    in.asLongBuffer().get(stored);
    in.position(in.position() + stored.length * 8);
    return new Entry(extent, fingerprint, allocated, leaf, stored);
  }

  private void put(ByteBuffer body) throws IOException {
    CRC32C sum = new CRC32C();
    sum.update(body.duplicate());
    ByteBuffer record =
        ByteBuffer.allocate(12 + body.remaining())
            .putInt(MAGIC)
            .putInt(body.remaining())
            .putInt((int) sum.getValue())
            .put(body)
            .flip();
    long at = channel.position();
    FilePlace.write(channel, path, record, at);
    channel.position(at + record.limit());
  }

  private void force() throws IOException {
    FilePlace.force(channel, path, false);
  }

  /** Reads one whole, unharmed record; null at the end or where the rest is torn. */
  private static @Nullable ByteBuffer record(FileChannel channel, int most) throws IOException {
    ByteBuffer head = ByteBuffer.allocate(12);
    if (!fill(channel, head) || head.getInt(0) != MAGIC) {
      return null;
    }
    int length = head.getInt(4);
    if (length < 0 || length > most || length > channel.size() - channel.position()) {
      return null;
    }
    ByteBuffer body = ByteBuffer.allocate(length);
    if (!fill(channel, body)) {
      return null;
    }
    CRC32C sum = new CRC32C();
    sum.update(body.flip().duplicate());
    return (int) sum.getValue() == head.getInt(8) ? body : null;
  }

  private static boolean fill(FileChannel channel, ByteBuffer into) throws IOException {
    while (into.hasRemaining()) {
      if (channel.read(into) < 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
