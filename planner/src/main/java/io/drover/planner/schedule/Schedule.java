// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import java.util.Arrays;

/**
 * When each job of a problem is to happen.
 *
 * @param ahead second at which the copy ahead begins, -1 if the job has none or is not scheduled
 * @param cutover second at which the cutover begins, -1 if the job is not scheduled
 */
@SuppressWarnings("ArrayRecordComponent")
public record Schedule(int[] ahead, int[] cutover) {
  /** Nothing is scheduled yet. */
  public static Schedule empty(int jobs) {
    int[] none = new int[jobs];
    Arrays.fill(none, -1);
    return new Schedule(none, none.clone());
  }

  /** Second at which the last cutover has ended; 0 if nothing is scheduled. */
  public int makespan(Problem problem) {
    int end = 0;
    for (int j = 0; j < cutover.length; j++) {
      if (cutover[j] >= 0) {
        end = Math.max(end, cutover[j] + problem.jobs().get(j).cutover().seconds());
      }
    }
    return end;
  }

  /** How many jobs have no place. */
  public int unscheduled() {
    return (int) Arrays.stream(cutover).filter(start -> start < 0).count();
  }
}
