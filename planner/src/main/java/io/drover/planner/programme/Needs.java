// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Pool;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Usage;
import io.drover.planner.forecast.Durations;
import io.drover.planner.forecast.Durations.Estimate;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Resource;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** What the copy and the cutover of a machine need, and what there is of it. */
final class Needs {
  /** Of which nobody has more than fits a number twice. */
  private static final int MOST = Integer.MAX_VALUE / 2;

  private final Estate estate;
  private final Map<VmKey, Set<String>> apart;
  private final boolean severalVCenters;
  private final Map<String, Integer> ids = new LinkedHashMap<>();
  private final List<Resource> resources = new ArrayList<>();

  /**
   * @param apart per machine, what it has to share with those that it is to be apart from
   */
  Needs(Estate estate, Map<VmKey, Set<String>> apart) {
    this.estate = estate;
    this.apart = apart;
    this.severalVCenters =
        estate.vms().stream().map(vm -> vm.vm().vcenter()).distinct().limit(2).count() > 1;
  }

  /** All that was needed so far. */
  List<Resource> resources() {
    return resources;
  }

  /**
   * A machine as a job.
   *
   * @param window index of the calendar of its cutover
   * @param copies index of that of copies
   */
  Job job(Machine machine, int unit, int window, int copies) {
    Estimate estimate = machine.estimate();
    int cutover = estimate.cutoverSeconds();
    var takes = new TreeMap<Integer, Take>();
    transfer(
        machine,
        estimate.cutoverMiBs(),
        new Take(0, estimate.shutdownSeconds(), estimate.transferSeconds()),
        takes);
    people(machine, takes);
    pools(machine, cutover, false, takes);
    Activity ahead = null;
    if (machine.way() == Way.WARM) {
      int copy = estimate.copySeconds();
      var ofCopy = new TreeMap<Integer, Take>();
      transfer(machine, estimate.copyMiBs(), new Take(0, 0, copy), ofCopy);
      storage(machine, copy, ofCopy);
      pools(machine, copy, true, ofCopy);
      ahead = activity(copy, ofCopy, copies);
    } else {
      storage(machine, cutover, takes);
      pools(machine, cutover, true, takes);
    }
    return new Job(machine.vm().name(), unit, ahead, activity(cutover, takes, window));
  }

  /** So much of a resource, from a second of the activity on, for some seconds. */
  private record Take(int amount, int offset, int length) {}

  private static Activity activity(int seconds, Map<Integer, Take> takes, int calendar) {
    return new Activity(
        seconds,
        takes.keySet().stream().mapToInt(Integer::intValue).toArray(),
        takes.values().stream().mapToInt(Take::amount).toArray(),
        takes.values().stream().mapToInt(Take::offset).toArray(),
        takes.values().stream().mapToInt(Take::length).toArray(),
        calendar);
  }

  /**
   * What a copy takes: slots of its host, its datastores, its vCenter, its classes, and the link.
   */
  private void transfer(Machine machine, int mibs, Take when, Map<Integer, Take> takes) {
    Inventory.Vm vm = machine.vm();
    Site site = estate.site();
    int disks = machine.estimate().disks();
    String vcenter = vm.vm().vcenter();
    var limits = site.limitsOf(vcenter);
    take(
        takes,
        "disks in flight on host " + hostName(vm) + where(vcenter),
        limits.disksPerHost(),
        disks,
        when);
    take(takes, "NFC connections of vCenter " + vcenter, limits.disksPerVCenter(), disks, when);
    var datastores = new TreeMap<String, Integer>();
    var classes = new TreeMap<String, Integer>();
    for (Inventory.Disk disk : vm.disks()) {
      datastores.merge(disk.datastore(), 1, Integer::sum);
      String storage = machine.mapping().storage().get(disk.deviceKey());
      if (storage != null) {
        classes.merge(storage, 1, Integer::sum);
      }
    }
    datastores.forEach((name, count) ->
        take(
            takes,
            "snapshots on datastore " + name + where(vcenter),
            limits.disksPerDatastore(),
            count,
            when));
    classes.forEach((name, count) ->
        take(
            takes,
            "disks into storage class " + name + where(vcenter),
            limits.disksPerStorageClass(),
            count,
            when));
    if (site.linkMiBs() > 0) {
      take(takes, "the link (MiB/s)", site.linkMiBs(), mibs, when);
    }
    if (site.ingestMiBs() > 0) {
      take(takes, "what the target storage takes in (MiB/s)", site.ingestMiBs(), mibs, when);
    }
  }

  /** Slots are counted by each vCenter for itself, and names are its own. */
  private String where(String vcenter) {
    return severalVCenters ? " for vCenter " + vcenter : "";
  }

  private static String hostName(Inventory.Vm vm) {
    return vm.placement().hostName().isBlank() ? vm.placement().host() : vm.placement().hostName();
  }

  private void people(Machine machine, Map<Integer, Take> takes) {
    Site site = estate.site();
    Estimate estimate = machine.estimate();
    Take whole = new Take(0, 0, estimate.cutoverSeconds());
    take(takes, "cutovers at once", site.limits().cutovers(), 1, whole);
    for (String pair : apart.getOrDefault(machine.vm().vm(), Set.of())) {
      take(takes, pair, 1, 1, whole);
    }
    String vcenter = machine.vm().vm().vcenter();
    int own = site.limitsOf(vcenter).cutovers();
    if (own < site.limits().cutovers()) {
      take(takes, "cutovers of vCenter " + vcenter, own, 1, whole);
    }
    String team = machine.workload().team();
    Integer size = site.teams().get(team);
    if (size != null) {
      take(takes, "people of team " + team, size, 1, whole);
    }
    if (!machine.mapping().compatibility()) {
      int from = estimate.shutdownSeconds() + estimate.transferSeconds();
      take(
          takes,
          "conversion pods",
          site.conversionPods(),
          1,
          new Take(0, from, Math.max(1, estimate.convertSeconds())));
    }
    if (site.memoryGiB() > 0) {
      take(
          takes,
          consumed("memory of the target, GiB", site.memoryGiB()),
          (int) Math.max(1, (machine.vm().compute().memoryMiB() + 1023) / 1024),
          whole);
    }
  }

  private void storage(Machine machine, int seconds, Map<Integer, Take> takes) {
    Site site = estate.site();
    if (site.storageGiB() > 0) {
      long gib = (machine.estimate().bytes() + (1L << 30) - 1) >> 30;
      take(
          takes,
          consumed("space of the target, GiB", site.storageGiB()),
          (int) Math.max(1, Math.min(MOST, gib)),
          new Take(0, 0, seconds));
    }
  }

  private void pools(Machine machine, int seconds, boolean byCopies, Map<Integer, Take> takes) {
    Usage usage = estate.usage().getOrDefault(machine.vm().vm(), Usage.UNKNOWN);
    for (Pool pool : estate.site().pools()) {
      long amount =
          pool.byCopies() != byCopies
              ? 0
              : pool.takes(
                  machine.vm(),
                  machine.mapping().namespace(),
                  machine.mapping().storage(),
                  disk -> Durations.heldMiB(machine.vm(), usage, disk));
      if (amount > 0) {
        // More than a thousand TiB in MiB is more than a number holds.
        long unit = pool.capacity() > MOST ? 1024 : 1;
        take(
            takes,
            consumed(
                pool.name() + (unit > 1 ? " times 1024" : ""),
                (int) Math.min(MOST, pool.capacity() / unit)),
            (int) Math.min(MOST, Math.ceilDiv(amount, unit)),
            new Take(0, 0, seconds));
      }
    }
  }

  private static Resource consumed(String name, int capacity) {
    return new Resource(name, capacity, true, List.of());
  }

  /** A machine that wants more slots than there are takes all of them; with none it never goes. */
  private void take(Map<Integer, Take> takes, String name, int capacity, int amount, Take when) {
    int all = Math.max(0, capacity);
    take(
        takes,
        Resource.slots(name, all),
        all == 0 ? Math.max(1, amount) : Math.min(amount, all),
        when);
  }

  private void take(Map<Integer, Take> takes, Resource resource, int amount, Take when) {
    Integer id = ids.get(resource.name());
    if (id == null) {
      id = resources.size();
      ids.put(resource.name(), id);
      resources.add(resource);
    }
    takes.put(id, new Take(amount, when.offset(), when.length()));
  }
}
