// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.worker;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a worker says when it ends, as JSON in its pod's termination message (4096 bytes at most).
 *
 * @param task what it was asked for, for example {@code digest}
 * @param root root of the drover-disk-v1 digest
 * @param size guest-visible bytes that were digested or written
 * @param level2 the digest's level-2 list, where it fits
 * @param seconds how long it took
 * @param error one sentence, when it failed
 */
public record WorkerReport(
    String task,
    @Nullable String root,
    @Nullable Long size,
    @Nullable List<String> level2,
    @Nullable Double seconds,
    @Nullable String error) {
  /** Bytes that a kubelet keeps of a termination message. */
  public static final int MOST = 4096;
}
