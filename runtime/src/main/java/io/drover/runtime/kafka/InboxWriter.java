// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.Codec;
import io.drover.runtime.Inbox;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Message;
import java.time.Duration;
import java.util.Map;

/**
 * How people speak to the brains: appends commands to an inbox and returns when Kafka holds them.
 * Thread-safe; one for a process is enough.
 */
public final class InboxWriter implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofSeconds(25);

  private final KafkaInbox inbox;

  public InboxWriter(KafkaSettings settings) {
    this.inbox = new KafkaInbox(settings);
  }

  /**
   * Tells a brain something.
   *
   * @return where it is, {@code topic-partition-offset}: the {@code causationid} of what it causes
   * @throws KafkaSetupException if Kafka does not take it in time; it may still have taken it
   */
  public String tell(Brain brain, String key, Message message, Actor by)
      throws InterruptedException {
    return tell(brain, key, message, by, Map.of());
  }

  /** As {@link #tell(Brain, String, Message, Actor)}, with headers, for example a traceparent. */
  public String tell(
      Brain brain, String key, Message message, Actor by, Map<String, String> headers)
      throws InterruptedException {
    return inbox.appendOnce(brain.inbox(), key, headers, Codec.told(message, by), PATIENCE);
  }

  /** Has the inputs of a quarantined key decided again, from the poison on. */
  public void retryQuarantined(Brain brain, String key, Actor by) throws InterruptedException {
    control(brain, key, by, Inbox.RETRY_QUARANTINED);
  }

  /** As {@link #retryQuarantined}, but leaves out the input that poisoned the key. */
  public void skipQuarantined(Brain brain, String key, Actor by) throws InterruptedException {
    control(brain, key, by, Inbox.SKIP_QUARANTINED);
  }

  private void control(Brain brain, String key, Actor by, String word) throws InterruptedException {
    inbox.appendOnce(
        brain.inbox(),
        key,
        Map.of(Inbox.CONTROL, word, "drover-actor", by.name()),
        new byte[0],
        PATIENCE);
  }

  @Override
  public void close() {
    inbox.close();
  }
}
