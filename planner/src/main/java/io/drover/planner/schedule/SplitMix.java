// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

/**
 * Luck from a seed (SplitMix64, Steele, Lea and Flood 2014): the same on every machine and JDK, so
 * that a seed gives one plan.
 */
public final class SplitMix {
  private long state;

  public SplitMix(long seed) {
    this.state = seed;
  }

  /** The next 64 bits. */
  public long next() {
    state += 0x9E3779B97F4A7C15L;
    long z = state;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  /** From 0 to {@code bound - 1}; {@code bound} is at least 1. */
  public int below(int bound) {
    return (int) Long.remainderUnsigned(next(), bound);
  }

  /** In [0, 1). */
  public double unit() {
    return (next() >>> 11) * 0x1.0p-53;
  }

  /** Normal with mean 0 and deviation 1 (Box and Muller). */
  public double normal() {
    double u = 1 - unit();
    return Math.sqrt(-2 * Math.log(u)) * Math.cos(2 * Math.PI * unit());
  }

  /** Luck of its own, for a part of the work. */
  public SplitMix split() {
    return new SplitMix(next());
  }
}
