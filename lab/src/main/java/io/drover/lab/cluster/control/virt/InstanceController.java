// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Pace;
import io.drover.lab.cluster.control.kube.Pods;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Plays virt-controller, virt-handler and virt-launcher for one instance: launcher pod, node,
 * phases Pending, Scheduling, Scheduled, Running, the guest, its agent, and a clean stop.
 */
public final class InstanceController implements Controller {

  static final String FINALIZER = "kubevirt.io/foregroundDeleteVirtualMachine";
  static final String CREATED_BY = "kubevirt.io/created-by";
  private static final Duration LOOK = Duration.ofMillis(100);

  private final Virt virt;
  private final Pods pods;
  private final Scheduler scheduler;
  private final Pace pace = new Pace();

  InstanceController(Virt virt) {
    this.virt = virt;
    this.pods = new Pods(virt.kube(), virt.world());
    this.scheduler = new Scheduler(virt.world(), virt.faults());
  }

  @Override
  public String name() {
    return "instances";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(Kind.VMI, Kind.POD, Kind.CLAIM, Kind.NODE, Kind.NETWORK, Kind.DATA_VOLUME);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return switch (kind) {
      case VMI -> List.of(changed.key());
      case POD -> {
        String vm = changed.label("vm.kubevirt.io/name");
        yield vm.isEmpty() ? List.of() : List.of(new Key(changed.namespace(), vm));
      }
      default -> List.of();
    };
  }

  @Override
  public Duration reconcile(Key key) throws IOException {
    Optional<Doc> found = virt.world().get(Kind.VMI, key);
    if (found.isEmpty()) {
      pace.forget(key);
      orphans(key);
      return Duration.ZERO;
    }
    Doc instance = found.get();
    String phase = instance.text("/status/phase");
    if (instance.deleting() || phase.equals("Succeeded") || phase.equals("Failed")) {
      return stop(instance);
    }
    return switch (phase) {
      case "" -> pending(instance);
      case "Pending" -> launch(instance);
      case "Scheduling" -> schedule(instance);
      case "Scheduled" -> start(instance);
      case "Running" -> watch(instance);
      default -> Duration.ZERO;
    };
  }

  private Duration pending(Doc instance) {
    InstanceStatus status = new InstanceStatus(instance);
    status.phase("Pending");
    status.condition("Ready", "False", "GuestNotRunning", "Guest VM is not reported as running");
    status.write(virt);
    return Duration.ZERO;
  }

  private Duration launch(Doc instance) {
    InstanceSpec spec = new InstanceSpec(instance);
    InstanceStatus status = new InstanceStatus(instance);
    for (InstanceSpec.ClaimVolume volume : spec.claims()) {
      Optional<Doc> claim = virt.world().get(Kind.CLAIM, instance.namespace(), volume.claim());
      if (claim.isEmpty()) {
        status.condition(
            "Synchronized",
            "False",
            "FailedPvcNotFound",
            "PVC "
                + instance.namespace()
                + "/"
                + volume.claim()
                + " does not exist, waiting for it to appear");
        status.write(virt);
        return LOOK;
      }
      Optional<Doc> dataVolume =
          virt.world().get(Kind.DATA_VOLUME, instance.namespace(), volume.claim());
      boolean filled =
          dataVolume.isEmpty() || dataVolume.get().text("/status/phase").equals("Succeeded");
      if (!filled || !claim.get().text("/status/phase").equals("Bound")) {
        return LOOK;
      }
    }
    for (Key network : spec.multusNetworks()) {
      if (virt.world().get(Kind.NETWORK, network).isEmpty()) {
        status.condition(
            "Synchronized",
            "False",
            "FailedCreate",
            "failed to render launch manifest: failed to locate network attachment definition "
                + network);
        status.write(virt);
        return LOOK;
      }
    }
    status.dropCondition("Synchronized");
    Duration wait = wait(instance, "launch");
    if (wait.isPositive()) {
      return wait;
    }
    Optional<String> node = scheduler.nodeFor(instance);
    Doc pod = pods.ensure(launcher(instance, launcherName(instance)), node);
    if (node.isEmpty()) {
      String why = scheduler.refusal(instance);
      var _ = pods.unschedulable(pod, why);
      status.condition("PodScheduled", "False", "Unschedulable", why);
    }
    status.phase("Scheduling");
    status.write(virt);
    return Duration.ofMillis(10);
  }

  private Duration schedule(Doc instance) {
    Optional<Doc> pod = virt.kube().get(Kind.POD, instance.namespace(), launcherName(instance));
    if (pod.isEmpty()) {
      return failed(instance, "virt-launcher pod was deleted");
    }
    String node = pod.get().text("/spec/nodeName");
    if (node.isEmpty()) {
      Optional<String> now = scheduler.nodeFor(instance);
      if (now.isPresent()) {
        // A pod's node is set once, by creation here: the waiting pod gives way to a placed one.
        virt.kube().deleteNow(Kind.POD, pod.get());
        Doc placed = launcher(instance, launcherName(instance));
        placed.spec().put("nodeName", now.get());
        var _ = virt.kube().ensure(Kind.POD, placed);
      }
      return LOOK;
    }
    Duration wait = wait(instance, "schedule");
    if (wait.isPositive()) {
      return wait;
    }
    Doc running = pods.running(pod.get(), true, 0);
    InstanceStatus status = new InstanceStatus(instance);
    status.placed(node, running.uid(), virt);
    status.phase("Scheduled");
    status.write(virt);
    return Duration.ofMillis(10);
  }

  private Duration start(Doc instance) throws IOException {
    Duration wait = wait(instance, "start");
    if (wait.isPositive()) {
      return wait;
    }
    Guests.Running running = powerOn(instance);
    InstanceStatus status = new InstanceStatus(instance);
    status.running(running, virt);
    status.phase("Running");
    status.write(virt);
    return LOOK;
  }

  private Duration watch(Doc instance) throws IOException {
    if (launchers(instance.namespace(), instance.uid()).isEmpty()
        && virt.kube().get(Kind.POD, instance.namespace(), launcherName(instance)).isEmpty()) {
      virt.guests().kill(instance.uid());
      return failed(instance, "virt-launcher pod is gone");
    }
    if (launchers(instance.namespace(), instance.uid()).stream().anyMatch(Doc::deleting)) {
      return LOOK; // its guest goes with it
    }
    Guests.Running running = powerOn(instance);
    boolean lost =
        virt.faults().active(Fault.What.NODE_LOST, "", instance.text("/status/nodeName"));
    running.freeze(lost);
    boolean mute =
        virt.faults()
            .active(Fault.What.AGENT_NEVER_CONNECTS, instance.namespace(), instance.name());
    InstanceStatus status = new InstanceStatus(instance);
    if (lost) {
      status.condition("Ready", "False", "NodeNotReady", "node is not ready");
      status.dropCondition("AgentConnected");
    } else {
      status.condition("Ready", "True", "", "");
      boolean agent = !mute && running.guest().map(g -> g.identity().agent()).orElse(false);
      Duration wait =
          pace.wait(
              instance.key(),
              "agent",
              virt.faults().delay(instance.namespace(), instance.name(), virt.delays().agent()));
      if (agent && !wait.isPositive()) {
        status.agent(running);
      } else if (!agent) {
        status.dropCondition("AgentConnected");
      }
    }
    status.write(virt);
    if (virt.faults().active(Fault.What.TWO_LAUNCHERS, instance.namespace(), instance.name())) {
      Doc twin =
          pods.ensure(
              launcher(instance, launcherName(instance) + "-2"),
              Optional.of(instance.text("/status/nodeName")));
      if (!twin.text("/status/phase").equals("Running")) {
        var _ = pods.running(twin, true, 0);
      }
    }
    return LOOK;
  }

  /** The guest of an instance, started now unless it runs already. */
  private Guests.Running powerOn(Doc instance) throws IOException {
    Optional<Guests.Running> there = virt.guests().get(instance.uid());
    if (there.isPresent()) {
      return there.get();
    }
    String node = instance.text("/status/nodeName");
    GuestBoot.Machine machine = machine(instance);
    List<String> drives = machine.drives().stream().map(GuestBoot.Drive::volume).toList();
    Guests.Running running;
    try {
      if (virt.faults()
          .strike(Fault.What.GUEST_NEVER_BOOTS, instance.namespace(), instance.name())
          .isPresent()) {
        throw new GuestBoot.NotBootable("no bootable device (a fault of the lab)");
      }
      GuestBoot.Guest guest = virt.boot().boot(machine);
      running = new Guests.Running(instance.key(), node, Optional.of(guest), "", drives);
    } catch (GuestBoot.NotBootable e) {
      running =
          new Guests.Running(
              instance.key(), node, Optional.empty(), String.valueOf(e.getMessage()), drives);
      virt.events().warn(instance, "GuestNotBooted", String.valueOf(e.getMessage()));
    }
    return virt.guests().started(instance.uid(), running);
  }

  private GuestBoot.Machine machine(Doc instance) throws IOException {
    InstanceSpec spec = new InstanceSpec(instance);
    List<GuestBoot.Drive> drives = new ArrayList<>();
    for (JsonNode disk : spec.disksInBootOrder()) {
      String name = disk.path("name").asText();
      for (InstanceSpec.ClaimVolume volume : spec.claims()) {
        if (!volume.volume().equals(name)) {
          continue;
        }
        Optional<Doc> claim = virt.world().get(Kind.CLAIM, instance.namespace(), volume.claim());
        var file =
            claim.isEmpty()
                ? Optional.<io.drover.lab.cluster.control.storage.VolumeStore.Volume>empty()
                : virt.store().volume(claim.get().text("/spec/volumeName"));
        if (file.isPresent()) {
          drives.add(
              new GuestBoot.Drive(
                  name,
                  disk.at("/disk/bus").asText("virtio"),
                  disk.path("serial").asText(""),
                  file.get().image(),
                  virt.store().converted(file.get())));
        }
      }
    }
    return new GuestBoot.Machine(
        instance.namespace(), instance.name(), spec.firmware(), drives, spec.nics());
  }

  private Duration stop(Doc instance) throws IOException {
    Optional<Guests.Running> running = virt.guests().get(instance.uid());
    if (running.isPresent()) {
      if (virt.faults().active(Fault.What.NODE_LOST, "", running.get().node())) {
        return LOOK; // nobody on that node does anything
      }
      Duration wait = wait(instance, "stop");
      if (wait.isPositive()) {
        return wait;
      }
      if (virt.faults()
          .active(Fault.What.GUEST_NEVER_STOPS, instance.namespace(), instance.name())) {
        long grace = instance.at("/spec/terminationGracePeriodSeconds").asLong(30);
        Duration left = pace.wait(instance.key(), "grace", Duration.ofSeconds(grace));
        if (left.isPositive()) {
          return LOOK;
        }
        virt.guests().kill(instance.uid());
      } else {
        running.get().shutDown();
        virt.guests().kill(instance.uid());
      }
    }
    if (!instance.text("/status/phase").matches("Succeeded|Failed")) {
      InstanceStatus status = new InstanceStatus(instance);
      status.condition("Ready", "False", "GuestNotRunning", "Guest VM is not reported as running");
      status.dropCondition("AgentConnected");
      status.phase("Succeeded");
      status.write(virt);
      return Duration.ofMillis(10);
    }
    List<Doc> left = launchers(instance.namespace(), instance.uid());
    left.forEach(pod -> virt.kube().deleteNow(Kind.POD, pod));
    if (!left.isEmpty()) {
      return Duration.ofMillis(20);
    }
    if (instance.deleting() && instance.hasFinalizer(FINALIZER)) {
      Doc copy = instance.copy();
      copy.removeFinalizer(FINALIZER);
      var _ = virt.kube().replace(Kind.VMI, copy);
      pace.forget(instance.key());
    }
    return Duration.ZERO;
  }

  private Duration failed(Doc instance, String why) {
    InstanceStatus status = new InstanceStatus(instance);
    status.condition("Ready", "False", "PodTerminated", why);
    status.phase("Failed");
    status.write(virt);
    return Duration.ZERO;
  }

  /** Launcher pods and guests whose instance is gone. */
  private void orphans(Key key) {
    for (Doc pod : virt.world().list(Kind.POD, key.namespace())) {
      if (pod.label("vm.kubevirt.io/name").equals(key.name())) {
        virt.guests().kill(pod.label(CREATED_BY));
        virt.kube().deleteNow(Kind.POD, pod);
      }
    }
    virt.guests()
        .running()
        .forEach((uid, running) -> {
          if (running.key().equals(key)) {
            virt.guests().kill(uid);
          }
        });
  }

  private List<Doc> launchers(String namespace, String uid) {
    return virt.world().list(Kind.POD, namespace).stream()
        .filter(p -> p.label(CREATED_BY).equals(uid))
        .toList();
  }

  private Duration wait(Doc instance, String stage) {
    return pace.wait(
        instance.key(),
        instance.uid() + stage,
        virt.faults().delay(instance.namespace(), instance.name(), virt.delays().phase()));
  }

  private static String launcherName(Doc instance) {
    return "virt-launcher-" + instance.name() + "-" + instance.uid().substring(0, 5);
  }

  private Doc launcher(Doc instance, String name) {
    Doc pod =
        Pods.draft(
            instance,
            name,
            "compute",
            Map.of(
                "kubevirt.io",
                "virt-launcher",
                CREATED_BY,
                instance.uid(),
                "vm.kubevirt.io/name",
                instance.name()));
    pod.annotate("kubevirt.io/domain", instance.name());
    pod.spec().put("restartPolicy", "Never");
    ObjectNode container = (ObjectNode) pod.spec().path("containers").path(0);
    ObjectNode requests = container.putObject("resources").putObject("requests");
    requests.put("memory", Long.toString(Scheduler.memoryRequest(instance)));
    requests.put("cpu", Scheduler.cpuMillisRequest(instance) + "m");
    for (InstanceSpec.ClaimVolume volume : new InstanceSpec(instance).claims()) {
      boolean block =
          virt.world()
              .get(Kind.CLAIM, instance.namespace(), volume.claim())
              .map(c -> c.text("/spec/volumeMode").equals("Block"))
              .orElse(false);
      Pods.mount(
          pod,
          volume.volume(),
          volume.claim(),
          block,
          block
              ? "/dev/" + volume.volume()
              : "/var/run/kubevirt-private/vmi-disks/" + volume.volume());
    }
    return pod;
  }
}
