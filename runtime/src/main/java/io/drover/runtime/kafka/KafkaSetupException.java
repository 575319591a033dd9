// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

/** Kafka cannot be reached or is not as Drover needs it; the message names the remedy. */
public final class KafkaSetupException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public KafkaSetupException(String message) {
    super(message);
  }

  public KafkaSetupException(String message, Throwable cause) {
    super(message, cause);
  }
}
