// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.image;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.ReadableByteChannel;
import java.nio.channels.SeekableByteChannel;
import java.security.MessageDigest;
import java.util.EnumMap;
import java.util.HexFormat;
import java.util.Map;
import java.util.Set;

/**
 * A stream read forward once: counts its bytes, looks ahead a little, and hashes everything that
 * passes. Little-endian, as VMDK is.
 */
public final class ForwardInput implements Closeable {
  private static final int WINDOW = 1 << 20;
  private static final int STEP = 64 << 10;
  private static final int PAGE = 4096;

  private final ReadableByteChannel channel;
  private final ByteBuffer window;
  private final Map<StreamHash, MessageDigest> hashes = new EnumMap<>(StreamHash.class);
  private final byte[] scratch;
  private long taken;
  private boolean ended;

  /**
   * @param channel read to its end; closed with this
   * @param wanted checksums to compute over every byte
   */
  public ForwardInput(ReadableByteChannel channel, Set<StreamHash> wanted) {
    this.channel = channel;
    // On a page, where a buffer is not by itself: some processors copy to 16 bytes behind one at a
    // fifth of the speed.
    window =
        ByteBuffer.allocateDirect(WINDOW + PAGE)
            .alignedSlice(PAGE)
            .slice(0, WINDOW)
            .order(ByteOrder.LITTLE_ENDIAN)
            .limit(0);
    wanted.forEach(hash -> hashes.put(hash, hash.newDigest()));
    scratch = new byte[hashes.isEmpty() ? 0 : STEP];
  }

  /** Offset of the next byte to be consumed. */
  public long position() {
    return taken - window.remaining();
  }

  /** Bytes taken from the channel, those looked ahead included. */
  public long bytesRead() {
    return taken;
  }

  /**
   * Makes at least {@code count} bytes readable in {@link #window}, if the stream has them.
   *
   * @param count at most 64 KiB
   * @return how many are readable, fewer than asked only at the end of the stream
   */
  public int ahead(int count) throws IOException {
    while (window.remaining() < count && !ended) {
      if (window.capacity() - window.position() < count) {
        window.compact().flip();
      }
      int mark = window.limit();
      int start = window.position();
      window.limit(Math.min(window.capacity(), mark + (WINDOW / 2))).position(mark);
      int got;
      try {
        got = read(window);
      } finally {
        window.limit(window.position()).position(start);
      }
      if (got < 0) {
        ended = true;
      } else {
        taken += got;
        hash(window, mark, got);
      }
    }
    return window.remaining();
  }

  /** The bytes ahead, in little-endian order; reading from it consumes them. */
  public ByteBuffer window() {
    return window;
  }

  /**
   * Fills {@code into}.
   *
   * @throws EOFException where the stream ends before
   */
  public void readFully(ByteBuffer into) throws IOException {
    takeAhead(into);
    while (into.hasRemaining()) {
      int got;
      if (into.remaining() < STEP) {
        // Many small pieces, the tables in front of a large disk, cost one read together.
        got = ahead(into.remaining());
        takeAhead(into);
      } else {
        // The bulk of a grain goes straight to its place, past the window.
        int mark = into.position();
        got = ended ? -1 : read(into);
        if (got > 0) {
          taken += got;
          hash(into, mark, got);
        }
      }
      if (got <= 0) {
        ended = true;
        throw new EOFException("The stream ends at byte " + taken);
      }
    }
  }

  private void takeAhead(ByteBuffer into) {
    int count = Math.min(window.remaining(), into.remaining());
    into.put(into.position(), window, window.position(), count);
    into.position(into.position() + count);
    window.position(window.position() + count);
  }

  /**
   * Passes over bytes, hashing them; where nothing is hashed a file is not read there.
   *
   * @throws EOFException where the stream ends before
   */
  public void skip(long count) throws IOException {
    long left = count;
    if (hashes.isEmpty()
        && channel instanceof SeekableByteChannel file
        && left > window.remaining()) {
      left -= window.remaining();
      window.position(window.limit());
      if (left > file.size() - file.position()) {
        throw new EOFException("The stream ends at byte " + file.size());
      }
      file.position(file.position() + left);
      taken += left;
      return;
    }
    while (left > 0) {
      int readable = ahead((int) Math.min(left, STEP));
      if (readable == 0) {
        throw new EOFException("The stream ends at byte " + taken);
      }
      int step = (int) Math.min(left, readable);
      window.position(window.position() + step);
      left -= step;
    }
  }

  /** The checksums of all bytes taken so far, as hex. Call it once, at the end. */
  public Map<StreamHash, String> hashes() {
    Map<StreamHash, String> result = new EnumMap<>(StreamHash.class);
    hashes.forEach((hash, digest) -> result.put(hash, HexFormat.of().formatHex(digest.digest())));
    return result;
  }

  private int read(ByteBuffer into) throws IOException {
    int got;
    int idle = 0;
    do {
      got = channel.read(into);
      if (got == 0 && ++idle > 1000) {
        throw new IOException("The source gives no bytes: it must be a blocking channel");
      }
    } while (got == 0);
    return got;
  }

  private void hash(ByteBuffer bytes, int from, int count) {
    if (hashes.isEmpty()) {
      return;
    }
    for (int at = from; at < from + count; at += STEP) {
      int step = Math.min(STEP, from + count - at);
      bytes.get(at, scratch, 0, step);
      hashes.values().forEach(digest -> digest.update(scratch, 0, step));
    }
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
