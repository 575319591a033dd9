// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.executor.SourceVm;
import io.drover.executor.Trouble;
import io.drover.schemas.Inventory;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.VmKey;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A vCenter as far as a journey can tell: tasks that may land late and lock the VM meanwhile, a
 * guest shutdown that is no task, silences the tools and comes when it comes, {@code changeVersion}
 * compared, templates that nobody can power on, and guests that write while they run.
 */
public final class ModelSourceVm implements SourceVm {
  private final World world;
  private final Map<VmKey, Vm> vms = new HashMap<>();
  private boolean compares = true;
  private boolean showsTasks = true;
  private boolean doubled;
  private boolean tracksForEver;

  /** A source VM of the model. */
  public static final class Vm {
    private final String name;
    private String moref;
    private Power power;
    private boolean template;
    private int version = 1;
    private final Map<Integer, Boolean> nics = new TreeMap<>();
    private final Map<String, String> marks = new TreeMap<>();
    private String pool;
    private @Nullable String host;
    private final Map<Integer, Long> disks = new TreeMap<>();
    private final boolean tools;
    private @Nullable String busy;
    private boolean shuttingDown;
    private boolean silent;
    private int asked;
    private long writes;
    private boolean tracking;
    private @Nullable Instant trackedAt;
    private @Nullable String trackedFor;
    private final List<Start> starts = new ArrayList<>();

    private record Start(Instant at, String by) {}

    private Vm(Inventory.Vm planned) {
      name = planned.name();
      moref = planned.placement().moref();
      power = planned.power();
      template = planned.template();
      pool = planned.placement().resourcePool();
      host = planned.placement().host();
      tracking = planned.changeTracking().enabled();
      tools = planned.guest().toolsRunning();
      planned.nics().forEach(nic -> nics.put(nic.deviceKey(), nic.startConnected()));
      planned.disks().forEach(disk -> disks.put(disk.deviceKey(), disk.capacityBytes()));
    }

    /** Whether its tools answer: on their way down they fall silent before the guest is off. */
    private boolean listens() {
      return tools && power == Power.ON && !silent;
    }

    /** Tracking notices what the guest wrote. */
    private Map<Integer, String> changeIds() {
      var ids = new TreeMap<Integer, String>();
      disks.keySet().forEach(disk -> ids.put(disk, "52 de/" + writes));
      return ids;
    }

    /** Whether it runs. */
    public Power power() {
      return power;
    }

    /** Whether nobody can power it on. */
    public boolean template() {
      return template;
    }

    /** Id of its ESXi host. */
    public @Nullable String host() {
      return host;
    }

    /** How the NICs connect at power on. */
    public Map<Integer, Boolean> nics() {
      return Map.copyOf(nics);
    }

    /** The settings of ours that are left on it. */
    public Map<String, String> marks() {
      return Map.copyOf(marks);
    }

    /** Whether changed blocks are tracked. */
    public boolean tracking() {
      return tracking;
    }

    /** When a copy last had tracking switched on; null if none had. */
    public @Nullable Instant trackedAt() {
      return trackedAt;
    }

    /** Whether its guest is on its way down, or asked to be by a request that is under way. */
    public boolean goingDown() {
      return asked > 0 || shuttingDown;
    }

    /** Whether it runs and is on the network. */
    public boolean onNetwork() {
      return power == Power.ON && nics.containsValue(true);
    }

    /** Counts what its guest wrote: two equal numbers are equal disks. */
    public long writes() {
      return writes;
    }
  }

  public ModelSourceVm(World world) {
    this.world = world;
  }

  /** Puts a VM into the model as it was planned. */
  public Vm add(Inventory.Vm planned) {
    var vm = new Vm(planned);
    vms.put(planned.vm(), vm);
    return vm;
  }

  /** The VM behind the ports, for invariants and for people in vCenter. */
  public Vm vm(VmKey key) {
    Vm vm = vms.get(key);
    if (vm == null) {
      throw Trouble.refused("source-gone", "There is no VM " + key + ".", "Add it to the model.");
    }
    return vm;
  }

  /** The guest writes something, if it runs. */
  public void write(VmKey key) {
    Vm vm = vm(key);
    if (vm.power == Power.ON) {
      vm.writes++;
    }
  }

  /** It was taken off the inventory and put back, and has another id. */
  public void registerAnew(VmKey key, String moref) {
    vm(key).moref = moref;
  }

  /** Its ESXi host was emptied, as for maintenance: what is off or a template moves, too. */
  public void moveTo(VmKey key, String host) {
    vm(key).host = host;
  }

  /** Somebody powers it on in vCenter, where vCenter lets them. */
  public void powerOnBy(VmKey key, String who) {
    Vm vm = vm(key);
    if (vm.power != Power.ON && !vm.template && vm.busy == null) {
      on(vm, who);
    }
  }

  /** Somebody changes its configuration in vCenter, where vCenter lets them. */
  public void editBy(VmKey key, String who) {
    Vm vm = vm(key);
    if (!vm.template && vm.busy == null) {
      vm.version++;
      world.trace(vm.name + " edited by " + who);
    }
  }

  /** Somebody changes a setting of it in vCenter, where vCenter lets them; empty removes it. */
  public void setBy(VmKey key, String who, String setting, String value) {
    Vm vm = vm(key);
    if (!vm.template && vm.busy == null) {
      put(vm, Map.of(setting, value));
      vm.version++;
      world.trace(vm.name + " got " + setting + "=" + value + " by " + who);
    }
  }

  /** Somebody has a network card of it connect at power on or not, where vCenter lets them. */
  public void connectBy(VmKey key, String who, int card, boolean on) {
    Vm vm = vm(key);
    if (!vm.template && vm.busy == null) {
      vm.nics.put(card, on);
      vm.version++;
      world.trace(vm.name + " has card " + card + (on ? " on" : " off") + " by " + who);
    }
  }

  /** Somebody makes all its disks another size in vCenter, where vCenter lets them. */
  public void resizeBy(VmKey key, String who, long bytes) {
    Vm vm = vm(key);
    if (!vm.template && vm.busy == null) {
      vm.disks.replaceAll((disk, size) -> bytes);
      vm.version++;
      world.trace(vm.name + " has disks of " + bytes + " bytes by " + who);
    }
  }

  private void on(Vm vm, String who) {
    vm.power = Power.ON;
    vm.writes++;
    vm.starts.add(new Vm.Start(world.now(), who));
    world.trace(vm.name + " on by " + who);
  }

  @Override
  public Sight look(VmKey key) {
    world.look("look-source");
    Vm vm = vm(key);
    return new Sight(
        vm.moref,
        world.now(),
        vm.power,
        vm.template,
        showsTasks ? vm.busy : null,
        vm.listens(),
        vm.shuttingDown && !vm.silent,
        "v" + vm.version,
        vm.nics,
        vm.marks,
        vm.template ? "" : vm.pool,
        vm.host,
        vm.disks,
        vm.changeIds());
  }

  @Override
  public String note(VmKey vm) {
    return "note of " + vm.vm();
  }

  @Override
  public void shutDownGuest(VmKey key) {
    Vm vm = vm(key);
    if (!vm.listens()) {
      throw Trouble.refused("tools-unavailable", "No tools answer in " + vm.name + ".", "Wait.");
    }
    // No task and no lock: a request on its way is not to be seen.
    world.act(
        "shut-down-guest",
        queued -> vm.asked += queued ? 1 : -1,
        () -> {
          if (vm.power == Power.ON && !vm.shuttingDown) {
            vm.shuttingDown = true;
            world.after(
                "tools-stop",
                () -> {
                  vm.silent = vm.shuttingDown;
                  world.after("guest-down", () -> down(vm));
                });
          }
        });
  }

  private void down(Vm vm) {
    if (vm.shuttingDown) {
      off(vm);
      world.trace(vm.name + " shut down");
    }
  }

  private static void off(Vm vm) {
    vm.power = Power.OFF;
    vm.shuttingDown = false;
    vm.silent = false;
  }

  @Override
  public void powerOff(VmKey key) {
    task(
        key,
        "power-off",
        vm -> {
          if (vm.power == Power.OFF) {
            throw state(vm, "off already");
          }
          off(vm);
          world.trace(vm.name + " powered off");
        });
  }

  @Override
  public void powerOn(VmKey key) {
    task(
        key,
        "power-on",
        vm -> {
          if (vm.template || vm.power == Power.ON) {
            throw state(vm, vm.template ? "a template" : "on already");
          }
          on(vm, "drover");
        });
  }

  @Override
  public void fence(VmKey key, String changeVersion, Map<String, String> marks) {
    task(
        key,
        "fence",
        vm -> {
          compare(vm, changeVersion);
          vm.nics.replaceAll((nic, on) -> false);
          put(vm, marks);
          world.trace(vm.name + " fenced by " + marks.get(MARK));
        });
  }

  @Override
  public void mark(VmKey key, String changeVersion, Map<String, String> marks) {
    task(
        key,
        "mark",
        vm -> {
          compare(vm, changeVersion);
          put(vm, marks);
        });
  }

  private static void put(Vm vm, Map<String, String> marks) {
    vm.marks.putAll(marks);
    vm.marks.values().removeIf(String::isEmpty);
  }

  @Override
  public void unfence(
      VmKey key,
      String changeVersion,
      Map<Integer, Boolean> startConnected,
      Map<String, String> marks) {
    task(
        key,
        "unfence",
        vm -> {
          compare(vm, changeVersion);
          vm.nics.putAll(startConnected);
          put(vm, marks);
          world.trace(vm.name + " unfenced");
        });
  }

  /** A defect for tests of the checkers: nobody compares change versions. */
  public void comparesNothing() {
    compares = false;
  }

  /** A defect for tests of the checkers: nobody looks whether a task is queued. */
  public void showsNoTasks() {
    showsTasks = false;
  }

  /** Whether a task was ever issued on a VM that had one queued. */
  public boolean doubled() {
    return doubled;
  }

  private void compare(Vm vm, String changeVersion) {
    if (vm.template) {
      throw state(vm, "a template");
    }
    if (compares && !changeVersion.equals("v" + vm.version)) {
      throw Trouble.passing(
          "source-changed-meanwhile", vm.name + " is at v" + vm.version + ".", "Look again.");
    }
    vm.version++;
  }

  @Override
  public void lock(VmKey key) {
    task(
        key,
        "lock",
        vm -> {
          if (vm.power != Power.OFF) {
            throw state(vm, "on");
          }
          vm.template = true;
          world.trace(vm.name + " locked");
        });
  }

  @Override
  public void unlock(VmKey key, String resourcePool, @Nullable String host) {
    task(
        key,
        "unlock",
        vm -> {
          if (!vm.template) {
            throw state(vm, "no template");
          }
          vm.template = false;
          vm.pool = resourcePool;
          vm.host = host == null ? vm.host : host;
          world.trace(vm.name + " unlocked");
        });
  }

  @Override
  public List<String> powerOnsSince(VmKey key, Instant from) {
    world.look("events");
    return vm(key).starts.stream()
        .filter(start -> !start.at().isBefore(from))
        .map(Vm.Start::by)
        .toList();
  }

  private interface Change {
    void to(Vm vm);
  }

  private void task(VmKey key, String call, Change change) {
    Vm vm = vm(key);
    if (vm.busy != null) {
      doubled = true;
      throw Trouble.unavailable(
          "vcenter-task-in-progress", vm.name + " is busy with " + vm.busy + ".", "Wait.");
    }
    world.act(call, queued -> vm.busy = queued ? call : null, () -> change.to(vm));
  }

  /** A copy of this migration needs changed blocks to be tracked. */
  void track(VmKey key, String migration) {
    Vm vm = vm(key);
    if (!vm.tracking) {
      free(vm);
      vm.tracking = true;
      vm.trackedAt = world.now();
      vm.trackedFor = migration;
      vm.version++;
    }
  }

  /** The copies of this migration are gone: off, if it was off before them. */
  void untrack(VmKey key, String migration) {
    Vm vm = vm(key);
    if (migration.equals(vm.trackedFor) && !tracksForEver) {
      free(vm);
      vm.tracking = false;
      vm.trackedFor = null;
      vm.version++;
    }
  }

  /** A defect for tests of the checkers: what was switched on stays on. */
  public void tracksForEver() {
    tracksForEver = true;
  }

  private static void free(Vm vm) {
    if (vm.busy != null || vm.template) {
      throw Trouble.unavailable("vcenter-invalid-state", vm.name + " cannot be changed.", "Wait.");
    }
  }

  private static Trouble state(Vm vm, String what) {
    return Trouble.passing("vcenter-invalid-state", vm.name + " is " + what + ".", "Look again.");
  }
}
