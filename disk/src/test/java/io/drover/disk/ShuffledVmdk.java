// SPDX-License-Identifier: Apache-2.0
package io.drover.disk;

import io.drover.disk.image.GuestDisk;
import io.drover.disk.vmdk.StreamOptimizedWriter;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** An export whose grains were put into another order, which the format allows. */
final class ShuffledVmdk {
  private static final int FIRST = 128 * 512;

  private ShuffledVmdk() {}

  static byte[] of(GuestDisk disk, long seed) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    StreamOptimizedWriter.stream(disk, Channels.newChannel(out), 1);
    byte[] vmdk = out.toByteArray();
    ByteBuffer in = ByteBuffer.wrap(vmdk).order(ByteOrder.LITTLE_ENDIAN);
    List<byte[]> grains = new ArrayList<>();
    List<byte[]> rest = new ArrayList<>();
    for (int at = FIRST; at < vmdk.length; ) {
      int size = in.getInt(at + 8);
      int end =
          size > 0
              ? at + ((12 + size + 511) & -512)
              : at + 512 + (in.getInt(at + 12) == 0 ? 0 : (int) in.getLong(at) * 512);
      (size > 0 ? grains : rest).add(Arrays.copyOfRange(vmdk, at, end));
      at = end;
    }
    Collections.shuffle(grains, new Random(seed));
    ByteArrayOutputStream shuffled = new ByteArrayOutputStream();
    shuffled.write(vmdk, 0, FIRST);
    for (byte[] grain : grains) {
      shuffled.write(grain);
    }
    // Without the tables, which would name the old places: the footer and the end alone.
    for (byte[] part : rest) {
      int type = ByteBuffer.wrap(part).order(ByteOrder.LITTLE_ENDIAN).getInt(12);
      if (type == 3 || type == 0) {
        shuffled.write(part);
      }
    }
    return shuffled.toByteArray();
  }
}
