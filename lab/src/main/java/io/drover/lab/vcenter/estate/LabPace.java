// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import java.time.Duration;

/**
 * How long things take in a lab estate.
 *
 * @param taskQueued how long a task waits before it runs
 * @param taskRunning how long it runs before it takes effect
 * @param shutdown how long a guest takes to shut down
 * @param guestWrites pause between a guest's writes; zero makes silent guests
 * @param leaseTimeout how long an export lease lives without a progress call
 * @param leaseInitializing how long a lease takes to become ready
 */
public record LabPace(
    Duration taskQueued,
    Duration taskRunning,
    Duration shutdown,
    Duration guestWrites,
    Duration leaseTimeout,
    Duration leaseInitializing) {

  /**
   * As a person would see it, only faster: for demonstrations. A lease that nobody heartbeats ends
   * after 30 s, where vCenter gives it 300.
   */
  public static LabPace demo() {
    return new LabPace(
        Duration.ofMillis(30),
        Duration.ofMillis(150),
        Duration.ofMillis(600),
        Duration.ofMillis(400),
        Duration.ofSeconds(30),
        Duration.ofMillis(100));
  }

  /** Without waiting where nothing needs it: for tests. */
  public static LabPace quick() {
    return new LabPace(
        Duration.ZERO,
        Duration.ofMillis(5),
        Duration.ofMillis(40),
        Duration.ofMillis(20),
        Duration.ofSeconds(300),
        Duration.ofMillis(5));
  }

  public LabPace withTask(Duration queued, Duration running) {
    return new LabPace(queued, running, shutdown, guestWrites, leaseTimeout, leaseInitializing);
  }

  public LabPace withShutdown(Duration time) {
    return new LabPace(taskQueued, taskRunning, time, guestWrites, leaseTimeout, leaseInitializing);
  }

  public LabPace withGuestWrites(Duration pause) {
    return new LabPace(taskQueued, taskRunning, shutdown, pause, leaseTimeout, leaseInitializing);
  }

  public LabPace withLeaseTimeout(Duration timeout) {
    return new LabPace(taskQueued, taskRunning, shutdown, guestWrites, timeout, leaseInitializing);
  }
}
