// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.AuditEntry;

/** Where the console writes down who asked for what. */
@FunctionalInterface
public interface Audit {
  /** For tests that look at something else. */
  Audit NONE = line -> {};

  /**
   * Writes a line at the end of the chain, which sets its number and what it follows; returns once
   * it is kept.
   *
   * @throws io.drover.runtime.kafka.KafkaSetupException if it cannot be kept: then nothing may be
   *     done that the line speaks of
   */
  void write(AuditEntry line);
}
