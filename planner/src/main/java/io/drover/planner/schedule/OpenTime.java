// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.schedule;

/** How long work takes of a resource at least, if it is done in open time only. */
final class OpenTime {
  private OpenTime() {}

  /** The earliest second by which {@code work} amount-seconds fit into open time. */
  static int end(Resource resource, Calendar open, int from, long work, boolean withBlocks) {
    long left = work;
    for (Calendar.Interval window : open.open()) {
      int start = Math.max(from, window.from());
      if (start >= window.to()) {
        continue;
      }
      long room = (long) resource.capacity() * (window.to() - start);
      if (withBlocks) {
        for (Resource.Block block : resource.blocks()) {
          int low = Math.max(start, block.from());
          int high = Math.min(window.to(), block.to());
          room -= high > low ? (long) block.amount() * (high - low) : 0;
        }
      }
      if (room < left) {
        left -= room;
      } else if (withBlocks && !resource.blocks().isEmpty()) {
        return search(resource, start, window.to(), left);
      } else {
        return start + (int) ((left + resource.capacity() - 1) / resource.capacity());
      }
    }
    return 0; // It fits nowhere: no plan, so nothing is claimed of it here.
  }

  /** The earliest second of a window by which what is left fits, blocks taken off. */
  private static int search(Resource resource, int start, int end, long left) {
    int low = start;
    int high = end;
    while (low < high) {
      int middle = low + (high - low) / 2;
      long room = (long) resource.capacity() * (middle - start);
      for (Resource.Block block : resource.blocks()) {
        int a = Math.max(start, block.from());
        int b = Math.min(middle, block.to());
        room -= b > a ? (long) block.amount() * (b - a) : 0;
      }
      if (room >= left) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }
}
