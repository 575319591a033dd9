// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.planner.estate.Usage;
import io.drover.schemas.Inventory;

/**
 * How large a machine should be at the target, from what it used at its highest, with room to
 * spare; as it is where nobody measured. Never larger than it is: that is for people to decide.
 *
 * @param why in words
 */
public record RightSize(int cpus, long memoryMiB, String why) {
  private static final double ROOM = 1.3;

  static RightSize of(Inventory.Vm vm, Usage usage) {
    int cpus = vm.compute().cpus();
    long memory = vm.compute().memoryMiB();
    boolean cpuKnown = usage.cpuShare() > 0;
    boolean memoryKnown = usage.memoryMiB() > 0;
    if (!cpuKnown && !memoryKnown) {
      return new RightSize(cpus, memory, "as it is: its use was not measured");
    }
    int fewer =
        cpuKnown
            ? (int) Math.max(1, Math.min(cpus, Math.ceil(cpus * usage.cpuShare() * ROOM)))
            : cpus;
    // Guests and balloon drivers are happiest with whole GiB.
    long less =
        memoryKnown
            ? Math.max(
                Math.min(memory, 1024),
                Math.min(memory, (long) Math.ceil(usage.memoryMiB() * ROOM / 1024) * 1024))
            : memory;
    return fewer == cpus && less == memory
        ? new RightSize(cpus, memory, "it uses what it has")
        : new RightSize(
            fewer,
            less,
            "at its highest it used "
                + (cpuKnown ? Math.round(usage.cpuShare() * 100) + " % of its CPUs" : "")
                + (cpuKnown && memoryKnown ? " and " : "")
                + (memoryKnown ? usage.memoryMiB() + " MiB of memory" : ""));
  }
}
