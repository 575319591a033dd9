// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.vsphere;

import io.drover.engine.StopSignal;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Bounds how many disks are read at a time, per vCenter and per ESXi host, and how fast. */
final class ReadBudget {
  private final NfcSettings settings;
  private final Map<String, Semaphore> vcenters = new ConcurrentHashMap<>();
  private final Map<String, Semaphore> hosts = new ConcurrentHashMap<>();
  private final Map<String, Pace> paces = new ConcurrentHashMap<>();

  ReadBudget(NfcSettings settings) {
    this.settings = settings;
  }

  /** A place that is given back by {@link #close}. */
  record Place(Semaphore vcenter, Semaphore host, Pace pace) implements AutoCloseable {
    @Override
    public void close() {
      host.release();
      vcenter.release();
    }
  }

  /** Waits for a place, in turn, until told to stop. */
  Place take(String vcenter, String host, StopSignal stop) {
    Semaphore all =
        vcenters.computeIfAbsent(vcenter, _ -> new Semaphore(settings.readsPerVCenter(), true));
    Semaphore one =
        hosts.computeIfAbsent(
            vcenter + "/" + host, _ -> new Semaphore(settings.readsPerHost(), true));
    // The host's place first: whoever waits for a busy host must not hold a place of the vCenter.
    await(one, stop);
    try {
      await(all, stop);
    } catch (RuntimeException e) {
      one.release();
      throw e;
    }
    return new Place(
        all, one, paces.computeIfAbsent(vcenter, _ -> new Pace(settings.bytesPerSecond())));
  }

  private static void await(Semaphore places, StopSignal stop) {
    try {
      while (!places.tryAcquire(200, TimeUnit.MILLISECONDS)) {
        stop.check();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StopSignal.Stopped();
    }
  }
}
