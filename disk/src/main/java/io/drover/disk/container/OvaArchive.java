// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.container;

import io.drover.disk.image.DiskFormatException;
import io.drover.disk.image.ForwardInput;
import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads an OVA, which is a tar archive of an OVF package, forward: one file after the other, each
 * as a channel. Understands ustar, GNU long names and pax sizes; refuses links and any name that
 * leads out of the package. After POSIX.1-2017 pax and the OVF specification (DSP0243).
 */
public final class OvaArchive implements Closeable {
  private static final int BLOCK = 512;
  private static final int MAX_EXTENSION = 1 << 20;
  private static final int MAX_FILES = 10_000;
  private static final String REMAKE = "Transfer or export the OVA again.";

  private final ForwardInput in;
  private final Set<String> names = new HashSet<>();
  private long left;
  private long padding;

  /**
   * A file in the archive.
   *
   * @param name plain file name
   * @param size bytes
   * @param at byte of the archive at which its header begins
   */
  public record Entry(String name, long size, long at) {}

  /**
   * @param in positioned at the first byte; closed with this
   */
  public OvaArchive(ForwardInput in) {
    this.in = in;
  }

  /** Whether a file begins as a tar archive. */
  public static boolean looksLike(byte[] start) {
    return start.length >= BLOCK && string(start, 257, 5).equals("ustar");
  }

  /**
   * Moves to the next file, past what is unread of the one before. A name that comes again is
   * refused: unpacking would keep the last file of that name, a reader meets the first.
   *
   * @return null at the end of the archive
   * @throws DiskFormatException where the archive is damaged or holds what an OVA must not
   */
  public @Nullable Entry next() throws IOException {
    try {
      in.skip(left + padding);
      left = 0;
      padding = 0;
      return read();
    } catch (EOFException e) {
      throw new DiskFormatException(
          "The OVA ends inside a file: it was cut short", in.bytesRead(), -1, REMAKE);
    }
  }

  private @Nullable Entry read() throws IOException {
    String longName = null;
    long longSize = -1;
    while (true) {
      long at = in.position();
      if (in.ahead(BLOCK) == 0) {
        return null;
      }
      byte[] block = new byte[BLOCK];
      in.readFully(ByteBuffer.wrap(block));
      if (isZero(block)) {
        return null;
      }
      checkSum(block, at);
      long size = size(block, at);
      switch (block[156]) {
        case 'x' -> {
          String records = text(size, at);
          longName = pax(records, "path", longName);
          String paxSize = pax(records, "size", null);
          if (paxSize != null) {
            longSize = number(paxSize, 10, at);
          }
        }
        case 'L' -> longName = text(size, at).replace("\0", "");
        case 'g', '5' -> in.skip(size + pad(size));
        case '0', 0, '7' -> {
          left = longSize >= 0 ? longSize : size;
          padding = pad(left);
          return entry(plain(longName == null ? string(block, 0, 100) : longName, at), at);
        }
        default ->
            throw new DiskFormatException(
                "The OVA holds an entry of type '" + (char) block[156] + "', such as a link",
                at,
                -1,
                "Pack the package again with plain files only.");
      }
    }
  }

  private Entry entry(String name, long at) throws DiskFormatException {
    if (!names.add(name)) {
      throw new DiskFormatException(
          "The OVA holds " + name + " twice", at, -1, "Pack it again, each file once.");
    }
    if (names.size() > MAX_FILES) {
      throw new DiskFormatException(
          "The OVA holds more than " + MAX_FILES + " files",
          at,
          -1,
          "Pack it again with the files of the package only.");
    }
    return new Entry(name, left, at);
  }

  /** Whether a file was met, the current one included. */
  boolean had(String name) {
    return names.contains(name);
  }

  /** The bytes of the current file. Closing it leaves the archive open. */
  public ReadableByteChannel content() {
    return new ReadableByteChannel() {
      private boolean open = true;

      @Override
      public int read(ByteBuffer into) throws IOException {
        if (left == 0) {
          return -1;
        }
        int count = in.ahead(1);
        if (count == 0) {
          throw new DiskFormatException(
              "The OVA ends inside a file: it was cut short", in.bytesRead(), -1, REMAKE);
        }
        ByteBuffer window = in.window();
        count = (int) Math.min(left, Math.min(count, into.remaining()));
        into.put(window.slice(window.position(), count));
        window.position(window.position() + count);
        left -= count;
        return count;
      }

      @Override
      public boolean isOpen() {
        return open;
      }

      @Override
      public void close() {
        open = false;
      }
    };
  }

  private String text(long size, long at) throws IOException {
    if (size > MAX_EXTENSION) {
      throw new DiskFormatException(
          "A header extension in the OVA claims " + size + " bytes", at, -1, REMAKE);
    }
    byte[] bytes = new byte[(int) size];
    in.readFully(ByteBuffer.wrap(bytes));
    in.skip(pad(size));
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static @Nullable String pax(String records, String key, @Nullable String otherwise) {
    for (String line : records.split("\n", -1)) {
      int space = line.indexOf(' ');
      if (space > 0 && line.startsWith(key + "=", space + 1)) {
        return line.substring(space + key.length() + 2);
      }
    }
    return otherwise;
  }

  private static String plain(String name, long at) throws DiskFormatException {
    String plain = name.startsWith("./") ? name.substring(2) : name;
    if (plain.isEmpty()
        || plain.indexOf('/') >= 0
        || plain.indexOf('\\') >= 0
        || plain.indexOf('\0') >= 0
        || plain.equals("..")
        || plain.equals(".")) {
      throw new DiskFormatException(
          "The OVA holds a file outside its package: \"" + name + "\"",
          at,
          -1,
          "Pack the package again with plain file names.");
    }
    return plain;
  }

  private static void checkSum(byte[] block, long at) throws DiskFormatException {
    int sum = 0;
    for (int i = 0; i < BLOCK; i++) {
      sum += i >= 148 && i < 156 ? ' ' : Byte.toUnsignedInt(block[i]);
    }
    if (sum != number(string(block, 148, 8).strip(), 8, at)) {
      throw new DiskFormatException(
          "A tar header in the OVA does not match its checksum", at, -1, REMAKE);
    }
  }

  private static long size(byte[] block, long at) throws DiskFormatException {
    if (block[124] >= 0) {
      String digits = string(block, 124, 12).strip();
      return digits.isEmpty() ? 0 : number(digits, 8, at);
    }
    // GNU's base-256, for files of 8 GiB and more.
    ByteBuffer value = ByteBuffer.wrap(block, 128, 8);
    long size = value.getLong();
    if (size < 0 || block[124] != (byte) 0x80) {
      throw new DiskFormatException("A file in the OVA claims an absurd size", at, -1, REMAKE);
    }
    return size;
  }

  private static long number(String digits, int radix, long at) throws DiskFormatException {
    try {
      long value = Long.parseLong(digits, radix);
      if (value >= 0 && value < Long.MAX_VALUE / 2) {
        return value;
      }
    } catch (NumberFormatException e) {
      // Told below, with where it stands.
    }
    throw new DiskFormatException(
        "A tar header in the OVA holds \"" + digits + "\" for a number", at, -1, REMAKE);
  }

  private static String string(byte[] block, int from, int length) {
    int end = from;
    while (end < from + length && block[end] != 0) {
      end++;
    }
    return new String(block, from, end - from, StandardCharsets.UTF_8);
  }

  private static boolean isZero(byte[] block) {
    for (byte b : block) {
      if (b != 0) {
        return false;
      }
    }
    return true;
  }

  private static long pad(long size) {
    return -size & (BLOCK - 1);
  }

  @Override
  public void close() throws IOException {
    in.close();
  }
}
