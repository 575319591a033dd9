// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.runtime.PartitionLoop;
import java.time.Duration;

/**
 * A partition that the group assigned to this instance, from its assignment until it is let go. But
 * for {@link #let} it belongs to the brain's thread.
 */
final class Tenure {
  final int partition;
  final PartitionLoop<?, ?, ?, ?, ?> loop;

  /** Whether it was let go: what is still on its way to it counts no more. */
  volatile boolean let;

  /** Whether it was taken over and takes inputs. */
  boolean running;

  /** Whether another owner claimed it. */
  boolean dropped;

  private final long began = System.nanoTime();
  private long touched = began;

  Tenure(int partition, PartitionLoop<?, ?, ?, ?, ?> loop) {
    this.partition = partition;
    this.loop = loop;
  }

  /** Something was heard of it. */
  void touch() {
    touched = System.nanoTime();
  }

  /** Whether nothing was heard of it for longer than that. */
  boolean quietFor(Duration time) {
    return System.nanoTime() - touched > time.toNanos();
  }

  /** Since its assignment. */
  Duration age() {
    return Duration.ofNanos(System.nanoTime() - began);
  }
}
