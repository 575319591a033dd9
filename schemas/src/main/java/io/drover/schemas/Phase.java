// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** Where a journey is, coarsely, for people. */
public enum Phase {
  WAITING,
  PREPARING,
  COPYING,
  READY,
  CUTTING_OVER,
  VERIFYING,
  SOAKING,
  COMMITTING,
  ROLLING_BACK,
  PAUSED,
  HELD,
  COMMITTED,
  ROLLED_BACK,
  ABANDONED
}
