// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

/**
 * What a machine really uses, where somebody measured it.
 *
 * @param usedBytes bytes in use on its disks, 0 = not known
 * @param changedBytesPerSecond how fast its disks change, 0 = not known
 * @param cpuShare highest share of its CPUs in use, 0 to 1, 0 = not known
 * @param memoryMiB highest memory in use, 0 = not known
 */
public record Usage(long usedBytes, long changedBytesPerSecond, double cpuShare, long memoryMiB) {
  /** Nobody measured. */
  public static final Usage UNKNOWN = new Usage(0, 0, 0, 0);
}
