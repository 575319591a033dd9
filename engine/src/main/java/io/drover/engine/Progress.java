// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

/** Where a hand says how far it is; lossy, never read by a decision. */
@FunctionalInterface
public interface Progress {
  /** Tells nobody. */
  Progress NONE = (subject, what, done, total) -> {};

  /**
   * Reports.
   *
   * @param subject the disk's device key, or another name within the key
   * @param what what is being done, for example {@code copying}
   * @param done bytes done
   * @param total bytes in all
   */
  void report(String subject, String what, long done, long total);
}
