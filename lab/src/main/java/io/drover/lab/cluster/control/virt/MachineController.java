// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Plays virt-controller for VirtualMachines: keeps an instance as the run strategy and the start
 * and stop requests want it, and says in {@code status} how it stands.
 */
public final class MachineController implements Controller {

  private static final String FINALIZER = "kubevirt.io/virtualMachineControllerFinalize";
  private static final Duration BACK_OFF = Duration.ofMillis(500);

  private final Virt virt;

  MachineController(Virt virt) {
    this.virt = virt;
  }

  @Override
  public String name() {
    return "machines";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(Kind.VM, Kind.VMI, Kind.DATA_VOLUME, Kind.CLAIM);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return switch (kind) {
      case VM, VMI -> List.of(changed.key());
      case DATA_VOLUME, CLAIM ->
          virt.world().list(Kind.VM, changed.namespace()).stream()
              .filter(vm -> uses(vm, changed.name()))
              .map(Doc::key)
              .toList();
      default -> List.of();
    };
  }

  /** The run strategy, also of machines that still say {@code running: true}. */
  static String runStrategy(Doc machine) {
    String strategy = machine.text("/spec/runStrategy");
    if (!strategy.isEmpty()) {
      return strategy;
    }
    return machine.at("/spec/running").asBoolean() ? "Always" : "Halted";
  }

  @Override
  public Duration reconcile(Key key) {
    Optional<Doc> found = virt.world().get(Kind.VM, key);
    if (found.isEmpty()) {
      return Duration.ZERO;
    }
    Doc machine = found.get();
    Optional<Doc> instance =
        virt.world().get(Kind.VMI, key).filter(i -> i.ownerUids().contains(machine.uid()));
    if (machine.deleting()) {
      return remove(machine);
    }
    if (!machine.hasFinalizer(FINALIZER)) {
      Doc copy = machine.copy();
      copy.addFinalizer(FINALIZER);
      var _ = virt.world().wrote(Kind.VM, virt.kube().replace(Kind.VM, copy));
      return Duration.ofMillis(5);
    }
    boolean disksReady = ensureDataVolumes(machine);
    Doc next = machine.copy();
    Duration again = step(machine, next, instance, disksReady);
    report(machine, next, virt.world().get(Kind.VMI, key), disksReady);
    return again;
  }

  private Duration step(Doc machine, Doc next, Optional<Doc> instance, boolean disksReady) {
    Optional<JsonNode> request = firstRequest(machine);
    if (request.isPresent()) {
      return serve(machine, next, request.get(), instance);
    }
    String strategy = runStrategy(machine);
    if (instance.isEmpty()) {
      boolean start =
          strategy.equals("Always")
              || (strategy.equals("RerunOnFailure")
                  && !machine.text("/status/printableStatus").equals("Stopped"));
      if (start && disksReady) {
        create(machine);
      }
      return Duration.ZERO;
    }
    Doc vmi = instance.get();
    if (vmi.deleting()) {
      return Duration.ZERO;
    }
    String phase = vmi.text("/status/phase");
    boolean ended = phase.equals("Succeeded") || phase.equals("Failed");
    if (strategy.equals("Halted")) {
      virt.kube().delete(Kind.VMI, vmi);
    } else if (ended
        && (strategy.equals("Always")
            || (strategy.equals("RerunOnFailure") && phase.equals("Failed")))) {
      if (phase.equals("Failed")) {
        ObjectNode failure = next.obj("status", "startFailure");
        failure.put("consecutiveFailCount", failure.path("consecutiveFailCount").asInt() + 1);
        failure.put("lastFailedVMIUID", vmi.uid());
      }
      virt.kube().delete(Kind.VMI, vmi);
      return BACK_OFF;
    }
    return Duration.ZERO;
  }

  private Duration serve(Doc machine, Doc next, JsonNode request, Optional<Doc> instance) {
    boolean start = request.path("action").asText().equals("Start");
    String uid = request.path("uid").asText("");
    boolean done;
    if (start) {
      if (instance.isEmpty()) {
        create(machine);
      } else if (instance.get().text("/status/phase").matches("Succeeded|Failed")) {
        virt.kube().delete(Kind.VMI, instance.get());
        return Duration.ofMillis(50);
      }
      done = true;
    } else {
      boolean there = instance.isPresent() && (uid.isEmpty() || instance.get().uid().equals(uid));
      if (there && !instance.get().deleting()) {
        virt.kube().delete(Kind.VMI, instance.get());
      }
      done = !there;
    }
    if (done && next.status().get("stateChangeRequests") instanceof ArrayNode requests) {
      requests.remove(0);
      if (requests.isEmpty()) {
        next.status().remove("stateChangeRequests");
      }
    }
    return done ? Duration.ofMillis(10) : Duration.ZERO;
  }

  private void create(Doc machine) {
    Doc instance = Doc.of(Kind.VMI, machine.namespace(), machine.name());
    JsonNode template = machine.at("/spec/template");
    ObjectNode labels = instance.obj("metadata", "labels");
    template.at("/metadata/labels").properties().forEach(e -> labels.set(e.getKey(), e.getValue()));
    labels.put("vm.kubevirt.io/name", machine.name());
    template
        .at("/metadata/annotations")
        .properties()
        .forEach(e -> instance.annotate(e.getKey(), e.getValue().asText()));
    instance.ownedBy(machine);
    instance.addFinalizer(InstanceController.FINALIZER);
    instance.json().set("spec", template.path("spec").deepCopy());
    var _ = virt.kube().ensure(Kind.VMI, instance);
  }

  private boolean ensureDataVolumes(Doc machine) {
    boolean ready = true;
    for (JsonNode template : machine.at("/spec/dataVolumeTemplates")) {
      String name = template.at("/metadata/name").asText();
      Optional<Doc> there = virt.world().get(Kind.DATA_VOLUME, machine.namespace(), name);
      if (there.isEmpty()) {
        Doc dataVolume = Doc.of(Kind.DATA_VOLUME, machine.namespace(), name);
        template
            .at("/metadata/labels")
            .properties()
            .forEach(e -> dataVolume.obj("metadata", "labels").set(e.getKey(), e.getValue()));
        template
            .at("/metadata/annotations")
            .properties()
            .forEach(e -> dataVolume.annotate(e.getKey(), e.getValue().asText()));
        dataVolume.ownedBy(machine);
        dataVolume.json().set("spec", template.path("spec").deepCopy());
        var _ = virt.kube().ensure(Kind.DATA_VOLUME, dataVolume);
      }
      ready &= there.isPresent() && there.get().text("/status/phase").equals("Succeeded");
    }
    return ready;
  }

  private Duration remove(Doc machine) {
    Optional<Doc> instance =
        virt.kube()
            .get(Kind.VMI, machine.namespace(), machine.name())
            .filter(i -> i.ownerUids().contains(machine.uid()));
    if (instance.isPresent()) {
      if (!instance.get().deleting()) {
        virt.kube().delete(Kind.VMI, instance.get());
      }
      if (!machine.text("/status/printableStatus").equals("Terminating")) {
        Doc copy = machine.copy();
        copy.status().put("printableStatus", "Terminating");
        var _ = virt.world().wrote(Kind.VM, virt.kube().replaceStatus(Kind.VM, copy));
      }
      return Duration.ofMillis(50);
    }
    Doc copy = machine.copy();
    if (copy.removeFinalizer(FINALIZER)) {
      var _ = virt.kube().replace(Kind.VM, copy);
    }
    return Duration.ZERO;
  }

  private void report(Doc before, Doc next, Optional<Doc> seen, boolean disksReady) {
    Optional<Doc> instance = seen.filter(i -> i.ownerUids().contains(before.uid()));
    ObjectNode status = next.status();
    status.put("created", instance.isPresent());
    boolean ready = instance.map(i -> i.condition("Ready").equals("True")).orElse(false);
    status.put("ready", ready);
    status.put("runStrategy", runStrategy(before));
    status.put("observedGeneration", before.at("/metadata/generation").asLong());
    status.put("desiredGeneration", before.at("/metadata/generation").asLong());
    status.put("printableStatus", printable(before, instance, disksReady));
    if (instance.isEmpty()) {
      next.setCondition("Ready", "False", "VMINotExists", "VMI does not exist", "lastProbeTime");
      for (String copied : List.of("AgentConnected", "LiveMigratable", "PodScheduled")) {
        next.dropCondition(copied);
      }
      next.dropCondition("Failure");
    } else {
      copyConditions(instance.get(), next);
    }
    ArrayNode snapshots = status.putArray("volumeSnapshotStatuses");
    for (JsonNode volume : before.at("/spec/template/spec/volumes")) {
      boolean onClaim = volume.has("persistentVolumeClaim") || volume.has("dataVolume");
      ObjectNode one = snapshots.addObject();
      one.put("name", volume.path("name").asText());
      one.put("enabled", onClaim);
      if (!onClaim) {
        one.put("reason", "Snapshot is not supported for this volumeSource type");
      }
    }
    if (!next.same(before)) {
      var _ = virt.world().wrote(Kind.VM, virt.kube().replaceStatus(Kind.VM, next));
    }
  }

  private static void copyConditions(Doc instance, Doc machine) {
    for (String type : List.of("Ready", "AgentConnected", "LiveMigratable", "PodScheduled")) {
      machine.dropCondition(instance.condition(type).isEmpty() ? type : "");
    }
    boolean failing = false;
    for (JsonNode condition : instance.at("/status/conditions")) {
      String type = condition.path("type").asText();
      String reason = condition.path("reason").asText("");
      String message = condition.path("message").asText("");
      if (type.equals("Synchronized")) {
        failing = condition.path("status").asText().equals("False");
        if (failing) {
          machine.setCondition("Failure", "True", reason, message, "lastProbeTime");
        }
        continue;
      }
      machine.setCondition(
          type, condition.path("status").asText(), reason, message, "lastProbeTime");
    }
    if (!failing) {
      machine.dropCondition("Failure");
    }
  }

  private String printable(Doc machine, Optional<Doc> instance, boolean disksReady) {
    if (instance.isPresent()) {
      Doc vmi = instance.get();
      String phase = vmi.text("/status/phase");
      if (vmi.deleting()) {
        return phase.equals("Pending") || phase.isEmpty() ? "Stopped" : "Stopping";
      }
      if (phase.equals("Running")) {
        return "Running";
      }
      if (phase.equals("Succeeded") || phase.equals("Failed")) {
        return phase.equals("Failed") && runStrategy(machine).equals("Always")
            ? "CrashLoopBackOff"
            : runStrategy(machine).equals("Always") ? "Starting" : "Stopped";
      }
      if (vmi.condition("PodScheduled").equals("False")) {
        return "ErrorUnschedulable";
      }
      if (vmi.at("/status/conditions").toString().contains("FailedPvcNotFound")) {
        return "ErrorPvcNotFound";
      }
      return waitsForDisks(vmi) ? "Provisioning" : "Starting";
    }
    boolean wanted = runStrategy(machine).matches("Always|RerunOnFailure");
    if (!disksReady) {
      return "Provisioning";
    }
    return wanted && firstRequest(machine).isEmpty() && runStrategy(machine).equals("Always")
        ? "Starting"
        : "Stopped";
  }

  private boolean waitsForDisks(Doc vmi) {
    return new InstanceSpec(vmi)
        .claims().stream()
            .map(v -> virt.world().get(Kind.DATA_VOLUME, vmi.namespace(), v.claim()))
            .anyMatch(d -> d.isPresent() && !d.get().text("/status/phase").equals("Succeeded"));
  }

  private static Optional<JsonNode> firstRequest(Doc machine) {
    JsonNode requests = machine.at("/status/stateChangeRequests");
    return requests.isEmpty() ? Optional.empty() : Optional.of(requests.path(0));
  }

  private static boolean uses(Doc machine, String claim) {
    Doc template = new Doc(Doc.object());
    template.json().set("spec", machine.at("/spec/template/spec").deepCopy());
    return new InstanceSpec(template).claims().stream().anyMatch(v -> v.claim().equals(claim));
  }
}
