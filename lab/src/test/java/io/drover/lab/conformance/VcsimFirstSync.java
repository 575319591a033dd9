// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import io.drover.vsphere.InventoryWatch;
import io.drover.vsphere.ObjectChange;
import io.drover.vsphere.Reconfiguration;
import io.drover.vsphere.VSphere;
import java.time.Duration;
import java.util.List;

/**
 * Measures how long the first reading of a large inventory takes, and one change after it. Run it
 * from an IDE or with {@code java -cp} on the test class path; arguments are numbers of machines.
 */
public final class VcsimFirstSync {
  private VcsimFirstSync() {}

  /** Prints one line for each number of machines. */
  public static void main(String[] counts) throws Exception {
    for (String count : counts.length == 0 ? new String[] {"1000", "5000"} : counts) {
      try (VcsimTarget target = VcsimTarget.start("-vm", count, "-filled", "0");
          VSphere vsphere = VSphere.connect(target.endpoint());
          InventoryWatch watch = vsphere.inventory().watch()) {
        long start = System.nanoTime();
        int batches = 0;
        InventoryWatch.Batch batch;
        do {
          batch = watch.next(Duration.ofSeconds(5));
          batches++;
        } while (batch.truncated());
        long synced = System.nanoTime();
        int machines = watch.view().vms().size();
        long assembled = System.nanoTime();
        long change = change(vsphere, watch);
        System.out.printf(
            "%d machines: read in %d ms (%d batches), facts in %d ms, a change seen after %d ms,"
                + " heap %d MiB%n",
            machines,
            (synced - start) / 1_000_000,
            batches,
            (assembled - synced) / 1_000_000,
            change,
            used() >> 20);
      }
    }
  }

  private static long change(VSphere vsphere, InventoryWatch watch) {
    var vm = watch.view().vms().getFirst().moref();
    vsphere
        .machines()
        .reconfigure(
            vm,
            Reconfiguration.NONE.setting("drover.bench", "1"),
            null,
            Duration.ofMinutes(1));
    long start = System.nanoTime();
    List<ObjectChange> changes;
    do {
      changes = watch.next(Duration.ofSeconds(30)).changes();
    } while (changes.stream().noneMatch(each -> each.moref().equals(vm)));
    return (System.nanoTime() - start) / 1_000_000;
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
