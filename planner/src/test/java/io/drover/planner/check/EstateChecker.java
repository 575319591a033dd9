// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.check;

import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Pool;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.Usage;
import io.drover.planner.estate.Workload;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Machine;
import io.drover.planner.schedule.Calendar;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * Judges a programme against the estate itself, not against the problem that the planner made of
 * it: slots of hosts, vCenters, datastores and storage classes, the link and what the target takes
 * in, conversion pods, people and teams, space, memory and pools of the target, windows, what
 * belongs together or must be apart, stages, criticality, dependencies.
 */
public final class EstateChecker {
  private final Programme programme;
  private final List<Machine> machines;
  private final Site site;
  private final List<String> wrong = new ArrayList<>();

  /** By resource, what begins or ends to be used at a second. */
  private final Map<String, TreeMap<Integer, Long>> events = new TreeMap<>();

  private final Map<String, Long> limits = new HashMap<>();

  private EstateChecker(Programme programme) {
    this.programme = programme;
    this.machines = programme.machines();
    this.site = programme.estate().site();
  }

  /** What is wrong, in words. */
  public static List<String> check(Programme programme) {
    var checker = new EstateChecker(programme);
    for (int i = 0; i < programme.machines().size(); i++) {
      checker.transfers(i);
      checker.people(i);
      checker.capacity(i);
      checker.window(i);
    }
    checker.apart();
    checker.sums();
    checker.order();
    checker.together();
    checker.waves();
    return checker.wrong;
  }

  /** Uses some of a resource for a while; more than there is of it counts as all there is. */
  private void use(String name, long limit, long amount, int from, int to) {
    if (limit < 1) {
      wrong.add("there is none of " + name + ", but it is used");
    }
    limits.put(name, limit);
    long taken = Math.min(amount, limit);
    var changes = events.computeIfAbsent(name, k -> new TreeMap<>());
    changes.merge(from, taken, Long::sum);
    changes.merge(to, -taken, Long::sum);
  }

  private void transfers(int i) {
    Machine m = machines.get(i);
    int cut = programme.cutover(i);
    int from = cut + m.estimate().shutdownSeconds();
    transfer(m, m.estimate().cutoverMiBs(), from, from + m.estimate().transferSeconds());
    if (m.way() == Way.WARM) {
      int copied = programme.copy(i) + m.estimate().copySeconds();
      transfer(m, m.estimate().copyMiBs(), programme.copy(i), copied);
      if (copied > cut) {
        wrong.add(m.vm().name() + " cuts over before it is copied");
      }
      if (!open(programme.estate().calendars().get("copies"), programme.copy(i), copied)) {
        wrong.add(m.vm().name() + " copies outside the calendar of copies");
      }
    }
  }

  private void transfer(Machine m, int mibs, int from, int to) {
    Inventory.Vm vm = m.vm();
    String vcenter = vm.vm().vcenter();
    var slots = site.limitsOf(vcenter);
    // Each vCenter counts for itself, and what it calls by a name is its own.
    String where = " of " + vcenter;
    // A machine of more disks than a host has slots goes disk after disk.
    int disks = Math.max(1, Math.min(vm.disks().size(), slots.disksPerHost()));
    String host = vm.placement().hostName();
    use(
        "host " + (host.isBlank() ? vm.placement().host() : host) + where,
        slots.disksPerHost(),
        disks,
        from,
        to);
    use("vCenter " + vcenter, slots.disksPerVCenter(), disks, from, to);
    var datastores = new TreeMap<String, Long>();
    var classes = new TreeMap<String, Long>();
    for (Inventory.Disk disk : vm.disks()) {
      datastores.merge(disk.datastore(), 1L, Long::sum);
      String own = programme.estate().settings().storage().get(disk.datastore());
      String other = programme.estate().settings().storage().get("*");
      if (own != null || other != null) {
        classes.merge(own == null ? other : own, 1L, Long::sum);
      }
    }
    datastores.forEach(
        (name, n) -> use("datastore " + name + where, slots.disksPerDatastore(), n, from, to));
    classes.forEach((name, n) ->
        use("storage class " + name + where, slots.disksPerStorageClass(), n, from, to));
    if (site.linkMiBs() > 0) {
      use("link", site.linkMiBs(), mibs, from, to);
    }
    if (site.ingestMiBs() > 0) {
      use("ingest", site.ingestMiBs(), mibs, from, to);
    }
  }

  private void people(int i) {
    Machine m = machines.get(i);
    int from = programme.cutover(i);
    int to = programme.end(i);
    if (to - from != m.estimate().cutoverSeconds()) {
      wrong.add(m.vm().name() + " has another outage than was forecast");
    }
    String vcenter = m.vm().vm().vcenter();
    use("people", site.limits().cutovers(), 1, from, to);
    use("people of " + vcenter, site.limitsOf(vcenter).cutovers(), 1, from, to);
    Integer team = site.teams().get(m.workload().team());
    if (team != null) {
      use("team " + m.workload().team(), team, 1, from, to);
    }
    if (!m.mapping().compatibility()) {
      int begin = from + m.estimate().shutdownSeconds() + m.estimate().transferSeconds();
      use("pods", site.conversionPods(), 1, begin, begin + m.estimate().convertSeconds());
    }
    var budget = m.workload().downtimeBudget();
    if (budget != null && to - from > budget.toSeconds()) {
      wrong.add(m.vm().name() + " is out for longer than its budget");
    }
  }

  /** Space and memory are taken for good: by the copy, and by the guest that starts. */
  private void capacity(int i) {
    Machine m = machines.get(i);
    long bytes = m.vm().disks().stream().mapToLong(Inventory.Disk::capacityBytes).sum();
    int copied = m.way() == Way.WARM ? programme.copy(i) : programme.cutover(i);
    taken("space", site.storageGiB(), Math.max(1, Math.ceilDiv(bytes, 1L << 30)), copied);
    taken(
        "memory",
        site.memoryGiB(),
        Math.max(1, Math.ceilDiv(m.vm().compute().memoryMiB(), 1024L)),
        programme.cutover(i));
    for (Pool pool : site.pools()) {
      limits.put(pool.name(), pool.capacity());
      var changes = events.computeIfAbsent(pool.name(), k -> new TreeMap<>());
      changes.merge(pool.byCopies() ? copied : programme.cutover(i), of(pool, m), Long::sum);
    }
  }

  /** What a machine keeps of something of the target. */
  private long of(Pool pool, Machine m) {
    if (!pool.namespace().isEmpty() && !pool.namespace().equals(m.mapping().namespace())) {
      return 0;
    }
    long cpus = m.vm().compute().cpus();
    long memory = m.vm().compute().memoryMiB();
    long used = programme.estate().usage().getOrDefault(m.vm().vm(), Usage.UNKNOWN).usedBytes();
    double full = used == 0 ? 1 : (double) used / m.vm().capacityBytes();
    long sum = 0;
    for (Inventory.Disk disk : m.vm().disks()) {
      String to = m.mapping().storage().get(disk.deviceKey());
      Double times = pool.classes().get(to == null ? "" : to);
      if (pool.classes().isEmpty() || times != null) {
        double mib = disk.capacityBytes() / 1048576.0;
        sum +=
            switch (pool.what()) {
              case STORAGE -> (long) Math.ceil(mib);
              case HELD -> (long) Math.floor(mib * Math.min(1, full) * (times == null ? 1 : times));
              case CLAIMS -> 1;
              case MEMORY, MEMORY_LIMIT, CPU, MACHINES -> 0;
            };
      }
    }
    return switch (pool.what()) {
      case STORAGE, HELD, CLAIMS -> sum;
      case MEMORY, MEMORY_LIMIT -> memory + 200 + memory / 512 + 8 * cpus;
      case CPU -> 100 * cpus;
      case MACHINES -> 1;
    };
  }

  private void taken(String name, int now, long amount, int at) {
    if (now > 0) {
      limits.put(name, (long) now);
      events.computeIfAbsent(name, k -> new TreeMap<>()).merge(at, amount, Long::sum);
    }
  }

  private void sums() {
    events.forEach((name, changes) -> {
      long used = 0;
      for (var change : changes.entrySet()) {
        used += change.getValue();
        if (used > limits.get(name)) {
          wrong.add(
              used + " at once of " + limits.get(name) + " of " + name + " at " + change.getKey());
          return;
        }
      }
    });
  }

  private static boolean open(Calendar calendar, int from, int to) {
    return calendar == null
        || calendar.open().stream().anyMatch(w -> w.from() <= from && to <= w.to());
  }

  private void window(int i) {
    Machine m = machines.get(i);
    Calendar calendar = programme.estate().calendars().get(m.workload().calendar());
    if (!open(calendar, programme.cutover(i), programme.end(i))) {
      wrong.add(m.vm().name() + " is outside calendar " + m.workload().calendar());
    }
  }

  private Map<VmKey, Integer> indices() {
    var indices = new HashMap<VmKey, Integer>();
    for (int i = 0; i < machines.size(); i++) {
      indices.put(machines.get(i).vm().vm(), i);
    }
    return indices;
  }

  private int[] atomOf() {
    int[] atomOf = new int[machines.size()];
    for (int a = 0; a < programme.grouping().atoms().size(); a++) {
      for (int i : programme.grouping().atoms().get(a)) {
        atomOf[i] = a;
      }
    }
    return atomOf;
  }

  private void apart() {
    Map<VmKey, Integer> indices = indices();
    int[] atomOf = atomOf();
    for (Evidence e : programme.estate().evidence()) {
      Integer a = indices.get(e.from());
      Integer b = indices.get(e.to());
      if (e.kind() == Evidence.Kind.APART && a != null && b != null && atomOf[a] != atomOf[b]) {
        boolean overlaps =
            programme.cutover(a) < programme.end(b) && programme.cutover(b) < programme.end(a);
        if (overlaps) {
          wrong.add(machines.get(a).vm().name() + " is not apart from " + e.to());
        }
      }
    }
  }

  /**
   * Stage, then how critical it is, of each atom; what depends on something waits for that, too.
   */
  private int[] turns(List<int[]> after) {
    int[] turns = new int[programme.grouping().atoms().size()];
    for (int a = 0; a < turns.length; a++) {
      int stage = 0;
      int most = 0;
      for (int i : programme.grouping().atoms().get(a)) {
        Workload workload = machines.get(i).workload();
        stage = Math.max(stage, workload.stage().ordinal());
        most = Math.max(most, workload.criticality());
      }
      int grade = most < 3 ? 0 : most == 3 ? 1 : 2;
      turns[a] = (stage == 0 && grade == 2 ? 2 : stage) * 10 + grade;
    }
    for (boolean changed = true; changed; ) {
      changed = false;
      for (int[] edge : after) {
        int waits = turns[edge[0]];
        int first = turns[edge[1]];
        if (waits / 10 == first / 10 && first > waits) {
          turns[edge[0]] = first;
          changed = true;
        }
      }
    }
    return turns;
  }

  /** Pairs of atoms of which the first waits for the second: dependencies outside of circles. */
  private List<int[]> after(int[] atomOf) {
    var byName = new HashMap<String, List<Integer>>();
    for (int i = 0; i < machines.size(); i++) {
      byName
          .computeIfAbsent(machines.get(i).workload().application(), n -> new ArrayList<>())
          .add(i);
    }
    for (int i = 0; i < machines.size(); i++) {
      byName.put(machines.get(i).vm().name(), List.of(i));
    }
    var after = new ArrayList<int[]>();
    for (int i = 0; i < machines.size(); i++) {
      String on = machines.get(i).vm().attributes().getOrDefault("dependsOn", "");
      for (int first : byName.getOrDefault(on, List.of())) {
        after.add(new int[] {atomOf[i], atomOf[first]});
      }
    }
    Map<VmKey, Integer> indices = indices();
    for (Evidence e : programme.estate().evidence()) {
      Integer a = indices.get(e.from());
      Integer b = indices.get(e.to());
      if (e.kind() == Evidence.Kind.AFTER && a != null && b != null) {
        after.add(new int[] {atomOf[a], atomOf[b]});
      }
    }
    after.removeIf(edge -> edge[0] == edge[1]);
    return after;
  }

  private void order() {
    int[] atomOf = atomOf();
    List<int[]> after = after(atomOf);
    int[] turns = turns(after);
    int[] begins = new int[turns.length];
    int[] ends = new int[turns.length];
    Arrays.fill(begins, Integer.MAX_VALUE);
    for (int i = 0; i < machines.size(); i++) {
      begins[atomOf[i]] = Math.min(begins[atomOf[i]], programme.cutover(i));
      ends[atomOf[i]] = Math.max(ends[atomOf[i]], programme.end(i));
    }
    var first = new TreeMap<Integer, Integer>();
    var last = new TreeMap<Integer, Integer>();
    for (int a = 0; a < turns.length; a++) {
      first.merge(turns[a], begins[a], Math::min);
      last.merge(turns[a], ends[a], Math::max);
    }
    int before = 0;
    for (int turn : first.keySet()) {
      if (first.get(turn) < before) {
        wrong.add("turn " + turn + " begins before the turns before it have ended");
      }
      before = Math.max(before, last.get(turn));
    }
    for (int[] edge : after) {
      boolean sameStage = turns[edge[0]] / 10 == turns[edge[1]] / 10;
      if (sameStage && begins[edge[0]] < ends[edge[1]]) {
        wrong.add(
            name(edge[0]) + " begins before " + name(edge[1]) + ", which it depends on, has ended");
      }
    }
  }

  private String name(int atom) {
    return machines.get(programme.grouping().atoms().get(atom).getFirst()).vm().name();
  }

  /** An application, a vApp, and what is stated to be together is one atom, and of one window. */
  private void together() {
    int[] atomOf = atomOf();
    var atoms = new HashMap<String, Integer>();
    for (int i = 0; i < machines.size(); i++) {
      Workload workload = machines.get(i).workload();
      String vApp = machines.get(i).vm().attributes().getOrDefault("vApp", "");
      var bonds = new ArrayList<String>();
      if (!workload.splittable()) {
        bonds.add("application " + workload.application());
      }
      if (!vApp.isBlank()) {
        bonds.add("vApp " + vApp);
      }
      for (String bond : bonds) {
        Integer was = atoms.put(bond, atomOf[i]);
        if (was != null && was != atomOf[i]) {
          wrong.add(bond + " is more than one atom");
        }
      }
    }
    Map<VmKey, Integer> indices = indices();
    for (Evidence e : programme.estate().evidence()) {
      Integer a = indices.get(e.from());
      Integer b = indices.get(e.to());
      if (e.kind() == Evidence.Kind.TOGETHER && a != null && b != null && atomOf[a] != atomOf[b]) {
        wrong.add(e.from() + " is parted from " + e.to());
      }
    }
    for (List<Integer> atom : programme.grouping().atoms()) {
      if (atom.stream().allMatch(i -> machines.get(i).workload().splittable())) {
        continue;
      }
      int from = atom.stream().mapToInt(programme::cutover).min().orElse(0);
      int to = atom.stream().mapToInt(programme::end).max().orElse(0);
      for (int i : atom) {
        String calendar = machines.get(i).workload().calendar();
        if (!open(programme.estate().calendars().get(calendar), from, to)) {
          wrong.add(machines.get(i).vm().name() + " and what is with it are in several windows");
        }
      }
    }
  }

  private void waves() {
    int[] waveOf = new int[machines.size()];
    programme.waves().forEach(wave -> wave.machines().forEach(i -> waveOf[i] += wave.number()));
    int[] atomOf = atomOf();
    for (List<Integer> atom : programme.grouping().atoms()) {
      boolean whole =
          atom.size() <= programme.options().waveSize()
              && atom.stream().noneMatch(i -> machines.get(i).workload().splittable());
      if (whole && atom.stream().anyMatch(i -> waveOf[i] != waveOf[atom.getFirst()])) {
        wrong.add(name(atomOf[atom.getFirst()]) + " and what is with it is split over waves");
      }
    }
  }
}
