// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import java.util.List;
import java.util.Optional;

/** An instance's status on its way to the server, with the fields that KubeVirt's schema knows. */
final class InstanceStatus {

  private static final String PROBE = "lastProbeTime";

  private final Doc before;
  private final Doc after;

  InstanceStatus(Doc instance) {
    this.before = instance;
    this.after = instance.copy();
  }

  void phase(String phase) {
    ObjectNode status = after.status();
    if (phase.equals(status.path("phase").asText(""))) {
      return;
    }
    status.put("phase", phase);
    ArrayNode times =
        status.get("phaseTransitionTimestamps") instanceof ArrayNode a
            ? a
            : status.putArray("phaseTransitionTimestamps");
    times.addObject().put("phase", phase).put("phaseTransitionTimestamp", Doc.now());
  }

  void condition(String type, String value, String reason, String message) {
    after.setCondition(type, value, reason, message, PROBE);
  }

  void dropCondition(String type) {
    after.dropCondition(type);
  }

  /** The launcher pod runs on a node. */
  void placed(String node, String podUid, Virt virt) {
    ObjectNode status = after.status();
    status.put("nodeName", node);
    status.putObject("activePods").put(podUid, node);
    status.put("launcherContainerImageVersion", Virt.VERSION);
    status.put("qosClass", "Burstable");
    after.obj("metadata", "labels").put("kubevirt.io/nodeName", node);
    after.dropCondition("PodScheduled");
    migratable(virt);
    volumes(virt);
  }

  /** The machine is powered on. */
  void running(Guests.Running running, Virt virt) {
    ObjectNode status = after.status();
    condition("Ready", "True", "", "");
    String type = after.text("/spec/domain/machine/type");
    status.putObject("machine").put("type", type.isEmpty() ? "pc-q35-rhel9.6.0" : type);
    String memory = after.text("/spec/domain/memory/guest");
    if (!memory.isEmpty()) {
      ObjectNode sizes = status.putObject("memory");
      sizes.put("guestAtBoot", memory).put("guestCurrent", memory).put("guestRequested", memory);
    }
    ObjectNode topology = status.putObject("currentCPUTopology");
    for (String part : List.of("cores", "sockets", "threads")) {
      topology.put(part, Math.max(1, after.at("/spec/domain/cpu/" + part).asInt(1)));
    }
    interfaces(running, false);
    volumes(virt);
  }

  /** The agent in the guest answers. */
  void agent(Guests.Running running) {
    condition("AgentConnected", "True", "", "");
    GuestBoot.Identity identity = running.guest().orElseThrow().identity();
    GuestBoot.Os os = identity.os();
    ObjectNode info = after.status().putObject("guestOSInfo");
    info.put("id", os.id()).put("name", os.name()).put("versionId", os.versionId());
    info.put("version", os.versionId()).put("prettyName", os.name() + " " + os.versionId());
    info.put("kernelRelease", os.kernelRelease()).put("machine", "x86_64");
    interfaces(running, true);
  }

  private void interfaces(Guests.Running running, boolean agent) {
    ArrayNode list = after.status().putArray("interfaces");
    int number = 0;
    for (GuestBoot.Nic nic : new InstanceSpec(after).nics()) {
      ObjectNode one = list.addObject();
      one.put("name", nic.name());
      one.put("mac", nic.mac().isEmpty() ? madeUpMac(number) : nic.mac());
      one.put("infoSource", agent ? "domain, guest-agent" : "domain");
      one.put("linkState", "up");
      one.put("queueCount", 1);
      one.put(
          "podInterfaceName",
          nic.network().equals("pod")
              ? "eth0"
              : "pod" + Integer.toHexString(nic.name().hashCode()));
      Optional<GuestBoot.Guest> guest = running.guest();
      if (agent && guest.isPresent()) {
        one.put("interfaceName", "eth" + number);
      }
      // On the pod network KubeVirt tells the pod's address, with or without an agent.
      if (guest.isPresent() && (agent || nic.network().equals("pod"))) {
        List<String> addresses =
            guest.get().identity().addresses().getOrDefault(nic.mac(), List.of());
        if (!addresses.isEmpty()) {
          one.put("ipAddress", addresses.getFirst());
          addresses.forEach(one.putArray("ipAddresses")::add);
        }
      }
      number++;
    }
  }

  // KubeVirt's own prefix; derived from the instance, so that it stays the same at every look.
  private String madeUpMac(int number) {
    int hash = after.uid().hashCode() + number;
    return String.format(
        "02:%02x:%02x:%02x:%02x:%02x",
        number & 0xff, hash >>> 24, hash >>> 16 & 0xff, hash >>> 8 & 0xff, hash & 0xff);
  }

  private void migratable(Virt virt) {
    InstanceSpec spec = new InstanceSpec(after);
    for (InstanceSpec.ClaimVolume volume : spec.claims()) {
      Optional<Doc> claim = virt.world().get(Kind.CLAIM, after.namespace(), volume.claim());
      if (claim.isPresent()
          && !claim.get().at("/spec/accessModes").toString().contains("ReadWriteMany")) {
        condition(
            "LiveMigratable",
            "False",
            "DisksNotLiveMigratable",
            "cannot migrate VMI: PVC "
                + volume.claim()
                + " is not shared, live migration requires that all PVCs must be shared (using"
                + " ReadWriteMany access mode)");
        return;
      }
    }
    if (spec.bridgedPodNetwork()) {
      condition(
          "LiveMigratable",
          "False",
          "InterfaceNotLiveMigratable",
          "cannot migrate VMI which does not use masquerade, bridge with"
              + " kubevirt.io/allow-pod-bridge-network-live-migration VM annotation or a migratable"
              + " plugin to connect to the pod network");
      return;
    }
    condition("LiveMigratable", "True", "", "");
    after.status().put("migrationMethod", "BlockMigration");
  }

  private void volumes(Virt virt) {
    ArrayNode list = after.status().putArray("volumeStatus");
    int number = 0;
    for (InstanceSpec.ClaimVolume volume : new InstanceSpec(after).claims()) {
      ObjectNode one = list.addObject();
      one.put("name", volume.volume());
      one.put("target", "vd" + (char) ('a' + number++));
      virt.world()
          .get(Kind.CLAIM, after.namespace(), volume.claim())
          .ifPresent(claim -> {
            ObjectNode info = one.putObject("persistentVolumeClaimInfo");
            info.put("claimName", volume.claim());
            info.set("accessModes", claim.at("/spec/accessModes").deepCopy());
            if (claim.at("/status/capacity").isObject()) {
              info.set("capacity", claim.at("/status/capacity").deepCopy());
            }
            info.set("requests", claim.at("/spec/resources/requests").deepCopy());
            info.put("volumeMode", claim.text("/spec/volumeMode"));
          });
    }
  }

  /** Writes the status if it differs from what was read. */
  void write(Virt virt) {
    if (!after.same(before)) {
      var _ = virt.world().wrote(Kind.VMI, virt.kube().replaceStatus(Kind.VMI, after));
    }
  }
}
