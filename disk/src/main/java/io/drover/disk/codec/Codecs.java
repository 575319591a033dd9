// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.codec;

import java.util.concurrent.atomic.AtomicBoolean;

/**
 * Chooses the deflate engine once, when first used: libdeflate where the machine has it (about
 * twice the speed of zlib), the JDK's own everywhere else. The system property {@code
 * drover.disk.inflater=jdk} forces the JDK.
 */
public final class Codecs {
  private static final boolean LIBDEFLATE =
      !"jdk".equals(System.getProperty("drover.disk.inflater")) && LibDeflate.available();

  private static final AtomicBoolean PREPARED = new AtomicBoolean();

  private Codecs() {}

  /** What was chosen, for the log line at start: {@code libdeflate} or {@code jdk}. */
  public static String chosen() {
    return LIBDEFLATE ? "libdeflate" : "jdk";
  }

  /**
   * Binds the inflater once, on a thread of its own, beside what is read before the first grain.
   */
  public static void prepare() {
    if (!PREPARED.getAndSet(true)) {
      Thread ignored = Thread.ofPlatform().daemon().name("codecs").start(() -> inflate().close());
    }
  }

  /** A new inflater for one thread. */
  public static Inflate inflate() {
    return LIBDEFLATE ? new LibDeflate.Decompressor() : new JdkInflate();
  }

  /**
   * A new compressor for one thread.
   *
   * @param level 1 (fast) to 9 (small)
   */
  public static Deflate deflate(int level) {
    return LIBDEFLATE ? new LibDeflate.Compressor(level) : new JdkDeflate(level);
  }
}
