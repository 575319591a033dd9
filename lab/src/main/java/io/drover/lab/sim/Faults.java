// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import java.time.Duration;
import java.util.Random;

/**
 * What goes wrong in a simulation, and how often. Probabilities are per occasion.
 *
 * @param crashBeforeCommit the process dies, nothing is written
 * @param crashAfterCommit the process dies, all is written, nobody was told
 * @param unknownLost the commit is not answered, and was not written
 * @param unknownKept the commit is not answered, but was written
 * @param postponed the group is being rebalanced
 * @param duplicate an outcome or timer reaches the inbox twice
 * @param lateAct what a hand sent lands although its process died or was told to stop
 * @param crashEvery mean time between crashes of a process; zero for never
 * @param pauseEvery mean time between pauses of a process (it wakes up as a zombie); zero for never
 * @param moveEvery mean time between orderly rebalances; zero for never
 * @param longestDelay the longest that an outcome takes to the inbox
 */
public record Faults(
    double crashBeforeCommit,
    double crashAfterCommit,
    double unknownLost,
    double unknownKept,
    double postponed,
    double duplicate,
    double lateAct,
    Duration crashEvery,
    Duration pauseEvery,
    Duration moveEvery,
    Duration longestDelay) {
  /** Nothing goes wrong. */
  public static final Faults NONE =
      new Faults(
          0, 0, 0, 0, 0, 0, 0, Duration.ZERO, Duration.ZERO, Duration.ZERO, Duration.ofMillis(5));

  /** A mix of its own for every seed: some faults often, some seldom, some never. */
  public static Faults swarm(Random luck) {
    return new Faults(
        some(luck, 0.02),
        some(luck, 0.02),
        some(luck, 0.02),
        some(luck, 0.02),
        some(luck, 0.05),
        some(luck, 0.3),
        some(luck, 0.5),
        mean(luck, 60, 600),
        mean(luck, 60, 600),
        mean(luck, 20, 300),
        Duration.ofMillis(10 + luck.nextInt(luck.nextInt(4) == 0 ? 120_000 : 2_000)));
  }

  private static double some(Random luck, double most) {
    return luck.nextInt(3) == 0 ? 0 : luck.nextDouble() * most;
  }

  private static Duration mean(Random luck, int least, int most) {
    return luck.nextInt(3) == 0
        ? Duration.ZERO
        : Duration.ofSeconds(least + luck.nextInt(most - least));
  }
}
