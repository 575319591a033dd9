// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;

/**
 * What a stream of bytes is, by its first bytes, as CDI finds out (no file names, no media types).
 */
enum ImageKind {
  RAW,
  GZIP,
  ZSTD,
  XZ,
  QCOW2,
  VMDK;

  private static final int PEEK = 16;

  /** Looks at the first bytes without taking them. */
  static ImageKind of(BufferedInputStream stream) throws IOException {
    stream.mark(PEEK);
    byte[] head = stream.readNBytes(PEEK);
    stream.reset();
    if (starts(head, 'Q', 'F', 'I', 0xfb)) {
      return QCOW2;
    }
    if (starts(head, 'K', 'D', 'M', 'V')) {
      return VMDK;
    }
    if (starts(head, 0x1f, 0x8b)) {
      return GZIP;
    }
    if (starts(head, 0x28, 0xb5, 0x2f, 0xfd)) {
      return ZSTD;
    }
    return starts(head, 0xfd, '7', 'z', 'X', 'Z') ? XZ : RAW;
  }

  /** Whether the bytes must be staged before they can be read as a disk. */
  boolean staged() {
    return this == QCOW2 || this == VMDK;
  }

  /** Takes compression off a stream, if there is any. */
  static BufferedInputStream unwrapped(InputStream raw) throws IOException {
    BufferedInputStream stream = new BufferedInputStream(raw, 1 << 16);
    return switch (of(stream)) {
      case GZIP -> buffered(new java.util.zip.GZIPInputStream(stream, 1 << 16));
      case ZSTD -> buffered(new com.github.luben.zstd.ZstdInputStream(stream));
      case XZ -> throw new IOException("the lab does not unpack xz; send raw, gz, zst or qcow2");
      case RAW, QCOW2, VMDK -> stream;
    };
  }

  private static BufferedInputStream buffered(InputStream stream) {
    return new BufferedInputStream(stream, 1 << 20);
  }

  private static boolean starts(byte[] head, int... magic) {
    byte[] wanted = new byte[magic.length];
    for (int i = 0; i < magic.length; i++) {
      wanted[i] = (byte) magic[i];
    }
    return head.length >= wanted.length
        && Arrays.equals(head, 0, wanted.length, wanted, 0, wanted.length);
  }
}
