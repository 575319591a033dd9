// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import org.jspecify.annotations.Nullable;

/**
 * What going back to a checkpoint costs.
 *
 * @param kind none, writes at the target, or not known
 * @param bytes upper bound of the bytes written at the target that would be lost; only with {@link
 *     Kind#TARGET_WRITES}
 */
public record LossBound(Kind kind, @Nullable Long bytes) {
  /** The three answers a checkpoint can give. */
  public enum Kind {
    NONE,
    TARGET_WRITES,
    UNKNOWN
  }

  public static final LossBound NONE = new LossBound(Kind.NONE, null);
  public static final LossBound UNKNOWN = new LossBound(Kind.UNKNOWN, null);

  public static LossBound targetWrites(long bytes) {
    return new LossBound(Kind.TARGET_WRITES, bytes);
  }
}
