// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Pool;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Stage;
import io.drover.planner.estate.Turn;
import io.drover.planner.forecast.Durations.Estimate;
import io.drover.planner.group.Grouping;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Problem.Job;
import io.drover.planner.schedule.Problem.Unit;
import io.drover.planner.schedule.Resource;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Writes an estate as a scheduling problem: machines as jobs, atoms as units, limits as resources.
 */
final class Drafting {
  /** The calendar that copies ahead of a cutover keep to, if an estate has one of this name. */
  static final String COPIES = "copies";

  /** Of which nobody has more than fits a number twice. */
  private static final int MOST = Integer.MAX_VALUE / 2;

  private final Estate estate;
  private final Map<String, Integer> resourceIds = new LinkedHashMap<>();
  private final List<Resource> resources = new ArrayList<>();
  private final Map<Calendar, Integer> calendarIds = new HashMap<>();
  private final List<Calendar> calendars = new ArrayList<>();
  private final List<String> notes;

  /** Per machine, the pairs that it is one of. */
  private final Map<VmKey, Set<String>> apart = new HashMap<>();

  Drafting(Estate estate, List<String> notes) {
    this.estate = estate;
    this.notes = notes;
  }

  Problem draft(List<Machine> machines, Grouping grouping) {
    int copies = calendar(estate.calendars().getOrDefault(COPIES, Calendar.ALWAYS));
    int[] unitOf = new int[machines.size()];
    var windows = new ArrayList<Integer>();
    for (int u = 0; u < grouping.atoms().size(); u++) {
      Calendar common = null;
      for (int m : grouping.atoms().get(u)) {
        unitOf[m] = u;
        Calendar own = window(machines.get(m).workload().calendar());
        common = common == null ? own : common.intersect(own);
      }
      windows.add(calendar(common == null ? Calendar.ALWAYS : common));
    }
    apart(machines, unitOf);
    var jobs = new ArrayList<Job>();
    for (int m = 0; m < machines.size(); m++) {
      jobs.add(job(machines.get(m), unitOf[m], windows.get(unitOf[m]), copies));
    }
    List<Turn> turns = turns(machines, grouping);
    var order = List.copyOf(new TreeSet<>(turns));
    var units = new ArrayList<Unit>();
    for (int u = 0; u < grouping.atoms().size(); u++) {
      units.add(unit(u, machines, grouping, turns, order));
    }
    return new Problem(resources, calendars, units, jobs);
  }

  /** When each unit has its turn: what depends on something of its stage not before that has. */
  private List<Turn> turns(List<Machine> machines, Grouping grouping) {
    var turns = new ArrayList<Turn>();
    for (List<Integer> atom : grouping.atoms()) {
      Turn turn = Turn.of(atom.stream().map(m -> machines.get(m).workload()).toList());
      parted(atom, machines, turn.stage());
      turns.add(turn);
    }
    for (boolean later = true; later; ) {
      later = false;
      for (int u = 0; u < turns.size(); u++) {
        for (int first : grouping.after().get(u)) {
          Turn turn = turns.get(u).notBefore(turns.get(first));
          later |= !turn.equals(turns.set(u, turn));
        }
      }
    }
    return turns;
  }

  /** Machines that are to be apart are not cut over at one time, unless they belong together. */
  private void apart(List<Machine> machines, int[] unitOf) {
    var index = new HashMap<VmKey, Integer>();
    for (int m = 0; m < machines.size(); m++) {
      index.put(machines.get(m).vm().vm(), m);
    }
    for (Evidence e : estate.evidence()) {
      Integer from = index.get(e.from());
      Integer to = index.get(e.to());
      if (e.kind() != Evidence.Kind.APART
          || from == null
          || to == null
          || unitOf[from] == unitOf[to]) {
        continue;
      }
      int first = Math.min(from, to);
      int second = Math.max(from, to);
      String pair =
          "cutovers of "
              + machines.get(first).vm().name()
              + " and "
              + machines.get(second).vm().name()
              + ", one at a time";
      for (int m : new int[] {first, second}) {
        apart.computeIfAbsent(machines.get(m).vm().vm(), vm -> new TreeSet<>()).add(pair);
      }
    }
  }

  /** Tells of machines that wait for a later stage than their own. */
  private void parted(List<Integer> atom, List<Machine> machines, Stage stage) {
    List<Integer> early =
        atom.stream().filter(m -> machines.get(m).workload().stage() != stage).toList();
    if (early.isEmpty()) {
      return;
    }
    Machine first = machines.get(early.getFirst());
    var late =
        atom.stream().map(machines::get).filter(m -> m.workload().stage() == stage).findFirst();
    notes.add(
        first.vm().name()
            + " ("
            + first.workload().stage().words()
            + ")"
            + (early.size() > 1 ? " and " + (early.size() - 1) + " more like it" : "")
            + " goes with "
            + stage.words()
            + ", because "
            + late.map(m ->
                    "it belongs together with "
                        + m.vm().name()
                        + " ("
                        + m.workload().application()
                        + "): to move it earlier, say that it is of another application")
                .orElse(
                    first.workload().application()
                        + " is critical: a pilot is of what nobody misses"));
  }

  private Calendar window(String name) {
    return name.isEmpty()
        ? Calendar.ALWAYS
        : estate.calendars().getOrDefault(name, Calendar.ALWAYS);
  }

  private int calendar(Calendar calendar) {
    Integer known = calendarIds.get(calendar);
    if (known != null) {
      return known;
    }
    calendars.add(calendar);
    calendarIds.put(calendar, calendars.size() - 1);
    return calendars.size() - 1;
  }

  private Unit unit(
      int u, List<Machine> machines, Grouping grouping, List<Turn> turns, List<Turn> order) {
    List<Integer> members = grouping.atoms().get(u);
    var after = new ArrayList<Integer>();
    for (int first : grouping.after().get(u)) {
      int later = turns.get(first).compareTo(turns.get(u));
      if (later == 0) {
        after.add(first);
      } else if (later > 0) {
        notes.add(
            machines.get(members.getFirst()).workload().application()
                + " ("
                + turns.get(u).stage().words()
                + ") depends on "
                + machines.get(grouping.atoms().get(first).getFirst()).workload().application()
                + " ("
                + turns.get(first).stage().words()
                + "), which goes later: the stages win");
      }
    }
    // The longest first: it decides whether a window is long enough for the others beside it.
    int[] jobs =
        members.stream()
            .sorted(
                java.util.Comparator.<Integer>comparingInt(
                        m -> -machines.get(m).estimate().cutoverSeconds())
                    .thenComparing(m -> m))
            .mapToInt(Integer::intValue)
            .toArray();
    boolean splittable = members.stream().allMatch(m -> machines.get(m).workload().splittable());
    return new Unit(
        machines.get(members.getFirst()).workload().application(),
        jobs,
        order.indexOf(turns.get(u)),
        after.stream().mapToInt(Integer::intValue).toArray(),
        0,
        Calendar.END,
        splittable);
  }

  private Job job(Machine machine, int unit, int window, int copies) {
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
    take(takes, "disks in flight on host " + hostName(vm), limits.disksPerHost(), disks, when);
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

  /** Slots are counted by each vCenter for itself where limits are set for each. */
  private String where(String vcenter) {
    return estate.site().vcenters().size() > 1 ? " for vCenter " + vcenter : "";
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
      int later = site.growth().stream().mapToInt(Site.Growth::memoryGiB).sum();
      var blocks =
          site.growth().stream()
              .map(g -> new Resource.Block(0, g.at(), g.memoryGiB()))
              .filter(b -> b.to() > 0 && b.amount() > 0)
              .toList();
      take(
          takes,
          consumed("memory of the target, GiB", site.memoryGiB() + later, blocks),
          (int) Math.max(1, (machine.vm().compute().memoryMiB() + 1023) / 1024),
          whole);
    }
  }

  private void storage(Machine machine, int seconds, Map<Integer, Take> takes) {
    Site site = estate.site();
    if (site.storageGiB() > 0) {
      int later = site.growth().stream().mapToInt(Site.Growth::storageGiB).sum();
      var blocks =
          site.growth().stream()
              .map(g -> new Resource.Block(0, g.at(), g.storageGiB()))
              .filter(b -> b.to() > 0 && b.amount() > 0)
              .toList();
      long gib = (machine.estimate().bytes() + (1L << 30) - 1) >> 30;
      take(
          takes,
          consumed("space of the target, GiB", site.storageGiB() + later, blocks),
          (int) Math.max(1, Math.min(Integer.MAX_VALUE / 2, gib)),
          new Take(0, 0, seconds));
    }
  }

  private void pools(Machine machine, int seconds, boolean byCopies, Map<Integer, Take> takes) {
    for (Pool pool : estate.site().pools()) {
      long amount =
          pool.byCopies() != byCopies
              ? 0
              : pool.takes(
                  machine.vm(), machine.mapping().namespace(), machine.mapping().storage());
      if (amount > 0) {
        take(
            takes,
            consumed(pool.name(), (int) Math.min(MOST, pool.capacity()), List.of()),
            (int) Math.min(MOST, amount),
            new Take(0, 0, seconds));
      }
    }
  }

  private Resource consumed(String name, int capacity, List<Resource.Block> blocks) {
    return new Resource(name, capacity, true, blocks);
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
    Integer id = resourceIds.get(resource.name());
    if (id == null) {
      id = resources.size();
      resourceIds.put(resource.name(), id);
      resources.add(resource);
    }
    takes.put(id, new Take(amount, when.offset(), when.length()));
  }
}
