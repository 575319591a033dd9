// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import io.drover.schemas.VmKey;

/**
 * Something that says that two machines have to do with each other.
 *
 * @param from for {@link Kind#AFTER} the one that depends
 * @param to for {@link Kind#AFTER} the one that is depended on and goes first
 * @param weight how strong, at least 0; only affinity is weighed
 * @param source where it comes from, for people: a file and row, a tag, a rule
 */
public record Evidence(VmKey from, VmKey to, Kind kind, double weight, String source) {
  /** What follows from it. */
  public enum Kind {
    /** They cannot be apart: one application, one vApp, stated. */
    TOGETHER,
    /** They had better not be in one place at one time: stated. */
    APART,
    /** The second goes first. */
    AFTER,
    /** The heavier, the better they move in one wave. */
    AFFINITY
  }
}
