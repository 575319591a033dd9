// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.sample;

import io.drover.disk.image.GuestDisk;
import io.drover.disk.vmdk.StreamOptimizedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.zip.Deflater;

/** Makes VMDK bytes for tests, and finds its way in them. */
public final class Vmdk {
  /** Where the first grain of our ESXi layout stands. */
  public static final int FIRST = 128 * 512;

  private Vmdk() {}

  /** A disk as ESXi exports it. */
  public static byte[] esxi(GuestDisk disk) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StreamOptimizedWriter.stream(disk, Channels.newChannel(out), 1);
    return out.toByteArray();
  }

  /**
   * A stream of another version, with other grains than ours, the last of them cut where the disk
   * ends; without tables, which a stream may do.
   *
   * @param grainBytes a power of two
   */
  public static byte[] stream(byte[] guest, int version, int grainBytes) {
    return stream(guest, version, grainBytes, false);
  }

  /** The same, with or without the grains that hold nothing but zeros. */
  public static byte[] stream(byte[] guest, int version, int grainBytes, boolean storesZeros) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    byte[] head = new byte[FIRST];
    little(head)
        .putInt(0, 0x564d444b)
        .putInt(4, version)
        .putInt(8, 1 | 3 << 16)
        .putLong(12, guest.length / 512)
        .putLong(20, grainBytes / 512)
        .putInt(44, 512)
        .putLong(56, -1)
        .putLong(64, FIRST / 512)
        .put(73, (byte) '\n')
        .put(74, (byte) ' ')
        .put(75, (byte) '\r')
        .put(76, (byte) '\n')
        .putShort(77, (short) 1);
    out.writeBytes(head);
    for (int at = 0; at < guest.length; at += grainBytes) {
      byte[] grain = Arrays.copyOfRange(guest, at, Math.min(guest.length, at + grainBytes));
      if (!storesZeros && Arrays.equals(grain, new byte[grain.length])) {
        continue;
      }
      Deflater deflater = new Deflater(6);
      deflater.setInput(grain);
      deflater.finish();
      byte[] room = new byte[2 * grainBytes];
      int length = deflater.deflate(room);
      deflater.end();
      byte[] stored = new byte[(12 + length + 511) & -512];
      System.arraycopy(room, 0, stored, 12, length);
      little(stored).putLong(0, at / 512).putInt(8, length);
      out.writeBytes(stored);
    }
    byte[] tail = new byte[3 * 512];
    little(tail).putLong(0, 1).putInt(12, 3);
    System.arraycopy(head, 0, tail, 512, 512);
    little(tail).putLong(512 + 56, 1);
    out.writeBytes(tail);
    return out.toByteArray();
  }

  /** Offsets of all markers of an export, grains and tables, in order. */
  public static List<Integer> markers(byte[] vmdk) {
    List<Integer> offsets = new ArrayList<>();
    ByteBuffer in = little(vmdk);
    for (int at = FIRST; at < vmdk.length; ) {
      offsets.add(at);
      int size = in.getInt(at + 8);
      at +=
          size > 0
              ? (12 + size + 511) & -512
              : 512 + (in.getInt(at + 12) == 0 ? 0 : (int) in.getLong(at) * 512);
    }
    return offsets;
  }

  /** Whether the marker at an offset is of a grain. */
  public static boolean isGrain(byte[] vmdk, int at) {
    return little(vmdk).getInt(at + 8) > 0;
  }

  /** A little-endian view. */
  public static ByteBuffer little(byte[] bytes) {
    return ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A monolithicSparse file without descriptor, as the extents of a split disk are. */
  public static byte[] sparse(byte[] guest) {
    int grains = (guest.length + 65535) / 65536;
    int tables = (grains + 511) / 512;
    int first = (1 + 1 + tables * 4 + 127) / 128 * 128;
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    ByteBuffer head = ByteBuffer.allocate(first * 512).order(ByteOrder.LITTLE_ENDIAN);
    head.putInt(0, 0x564d444b).putInt(4, 1).putInt(8, 1).putLong(12, guest.length / 512);
    head.putLong(20, 128).putInt(44, 512).putLong(56, 1).putLong(64, first);
    head.put(73, (byte) '\n').put(74, (byte) ' ').put(75, (byte) '\r').put(76, (byte) '\n');
    for (int i = 0; i < tables; i++) {
      head.putInt(512 + i * 4, 2 + i * 4);
    }
    for (int i = 0; i < grains; i++) {
      byte[] grain = new byte[65536];
      int count = Math.min(65536, guest.length - i * 65536);
      System.arraycopy(guest, i * 65536, grain, 0, count);
      boolean zero = true;
      for (byte b : grain) {
        zero &= b == 0;
      }
      if (!zero) {
        head.putInt(1024 + i * 4, first + data.size() / 512);
        data.writeBytes(grain);
      }
    }
    byte[] all = new byte[head.capacity() + data.size()];
    System.arraycopy(head.array(), 0, all, 0, head.capacity());
    System.arraycopy(data.toByteArray(), 0, all, head.capacity(), data.size());
    return all;
  }
}
