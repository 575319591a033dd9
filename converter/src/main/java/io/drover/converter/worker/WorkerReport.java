// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.worker;

import io.drover.schemas.DiskDifference;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a worker says when it ends, as JSON in its pod's termination message (4096 bytes at most).
 *
 * @param task what it was asked for, for example {@code digest}
 * @param root root of the drover-disk-v1 digest: of the landed volume, or of the source as it came
 * @param size guest-visible bytes that were digested or written
 * @param level2 the digest's level-2 list, where it fits
 * @param seconds how long it took
 * @param difference of the volume from what was expected, when it was given that
 * @param received what came in, of a task that writes
 * @param error one sentence, when it failed
 * @param code of the error, where the source came damaged or its host failed
 * @param cached true where the volume was read back through the node's cache, as its storage has no
 *     direct reads
 * @param remedy what can be done about the error, where that is known
 */
public record WorkerReport(
    String task,
    @Nullable String root,
    @Nullable Long size,
    @Nullable List<String> level2,
    @Nullable Double seconds,
    @Nullable DiskDifference difference,
    @Nullable Received received,
    @Nullable String error,
    @Nullable String code,
    @Nullable Boolean cached,
    @Nullable String remedy) {
  /** Bytes that a kubelet keeps of a termination message. */
  public static final int MOST = 4096;

  /**
   * A stream that was received whole.
   *
   * @param bytes over the wire
   * @param stored guest-visible bytes that are not zeros
   * @param passedOver those of them that an earlier attempt had written
   * @param hashes hex of the received stream by algorithm
   */
  public record Received(long bytes, long stored, long passedOver, Map<String, String> hashes) {}

  static WorkerReport failed(
      String task, String error, @Nullable String code, @Nullable String remedy) {
    return new WorkerReport(task, null, null, null, null, null, null, error, code, null, remedy);
  }

  /** The same without what is only nice to have, for a message that is too long. */
  WorkerReport shorter() {
    return new WorkerReport(
        task,
        root,
        size,
        null,
        seconds,
        difference,
        received,
        error == null ? null : error.substring(0, Math.min(1000, error.length())),
        code,
        cached,
        remedy);
  }
}
