// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

import io.drover.planner.schedule.Problem.Activity;
import java.util.List;

/** What is left of every resource of a schedule in the making, and where an activity has room. */
final class Room {
  private final Problem problem;
  private final Timeline[] timelines;
  private final boolean[] consumed;

  Room(Problem problem) {
    this.problem = problem;
    int resources = problem.resources().size();
    this.timelines = new Timeline[resources];
    this.consumed = new boolean[resources];
    for (int r = 0; r < resources; r++) {
      Resource resource = problem.resources().get(r);
      timelines[r] = new Timeline(resource.capacity());
      consumed[r] = resource.consumed();
      for (Resource.Block block : resource.blocks()) {
        timelines[r].add(block.from(), block.to(), block.amount());
      }
    }
  }

  /** The earliest start in open time from {@code from} on; it ends by {@code until}. -1 if none. */
  int earliest(Activity activity, int from, int until) {
    Calendar calendar = problem.calendars().get(activity.calendar());
    List<Calendar.Interval> open = calendar.open();
    for (int w = calendar.indexAt(from); w < open.size(); w++) {
      Calendar.Interval window = open.get(w);
      if (window.from() + activity.seconds() > until) {
        return -1;
      }
      int at = within(activity, Math.max(from, window.from()), Math.min(window.to(), until));
      if (at >= 0) {
        return at;
      }
    }
    return -1;
  }

  /** The earliest start in {@code [from, end - duration]} at which every resource has room. */
  int within(Activity activity, int from, int end) {
    int latest = end - activity.seconds();
    int at = from;
    int agreed = 0;
    int[] resources = activity.resource();
    for (int i = 0; agreed < resources.length; i = (i + 1) % resources.length) {
      int r = resources[i];
      int seconds = consumed[r] ? Calendar.END : activity.length()[i];
      int offset = activity.offset()[i];
      int next = timelines[r].earliest(at + offset, seconds, activity.amount()[i], latest + offset);
      if (next < 0) {
        return -1;
      }
      next -= offset;
      agreed = next == at ? agreed + 1 : 1;
      at = next;
    }
    return at <= latest ? at : -1;
  }

  /** What is free of a resource and when; see {@link Timeline#free}. */
  Timeline.Free free(int resource, int from, int to) {
    return timelines[resource].free(from, to);
  }

  /** Takes what an activity at {@code at} needs ({@code sign} 1), or gives it back (-1). */
  void use(Activity activity, int at, int sign) {
    int[] resources = activity.resource();
    for (int i = 0; i < resources.length; i++) {
      int r = resources[i];
      int from = at + activity.offset()[i];
      int end = consumed[r] ? 2 * Calendar.END : from + activity.length()[i];
      timelines[r].add(from, end, sign * activity.amount()[i]);
    }
  }
}
