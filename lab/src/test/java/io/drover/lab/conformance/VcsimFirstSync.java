// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import io.drover.vsphere.InventoryWatch;
import io.drover.vsphere.VSphere;
import java.time.Duration;

/**
 * Measures how long the first reading of a large inventory takes. Run it from an IDE or with {@code
 * java -cp} on the test class path; arguments are numbers of machines. How soon a change is seen is
 * not measured: the simulator collects everything again for each.
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
        System.out.printf(
            "%d machines: read in %d ms (%d batches), facts in %d ms, heap %d MiB%n",
            machines,
            (synced - start) / 1_000_000,
            batches,
            (assembled - synced) / 1_000_000,
            used() >> 20);
      }
    }
  }

  private static long used() {
    System.gc();
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }
}
