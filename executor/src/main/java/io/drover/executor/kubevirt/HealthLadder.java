// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.executor.TargetVm.Holds;
import io.drover.executor.TargetVm.Rung;
import io.drover.executor.Trouble;
import io.drover.schemas.Inventory.Nic;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationSpec.Probe;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rungs that a target climbs to count as healthy: the machine runs, the instance is ready, its
 * NICs are as planned, the agent answers from the guest that was moved, and what was declared
 * accepts connections.
 */
final class HealthLadder {
  /** What KubeVirt prints for a machine that will not come up by waiting. */
  private static final Set<String> HOPELESS =
      Set.of("ErrorPvcNotFound", "DataVolumeError", "ErrImagePull", "ImagePullBackOff");

  private final Api api;
  private final KubeVirtSettings settings;

  HealthLadder(Api api, KubeVirtSettings settings) {
    this.api = api;
    this.settings = settings;
  }

  List<Rung> climb(MigrationSpec spec, String uid) {
    String namespace = spec.target().namespace();
    String name = spec.target().name();
    JsonNode vm = api.get(Api.Kind.VM, namespace, name);
    JsonNode vmi = api.get(Api.Kind.VMI, namespace, name);
    var rungs = new ArrayList<Rung>();
    rungs.add(machine(vm, uid));
    rungs.add(instance(vmi));
    rungs.add(macs(spec, vmi));
    if (spec.policy().agentExpected()) {
      rungs.add(agent(vmi));
      rungs.add(hostname(spec, namespace, name, vmi));
    }
    for (Probe probe : spec.policy().probes()) {
      rungs.add(probe(probe, vmi));
    }
    return rungs;
  }

  private static Rung machine(@Nullable JsonNode vm, String uid) {
    String status = Api.text(vm, "/status/printableStatus");
    if (vm == null || !Api.text(vm, "/metadata/uid").equals(uid)) {
      return new Rung("virtual-machine", Holds.NEVER, "the VirtualMachine is not the one defined");
    }
    if (HOPELESS.contains(status)) {
      return new Rung("virtual-machine", Holds.NEVER, status);
    }
    return new Rung(
        "virtual-machine",
        status.equals("Running") ? Holds.YES : Holds.NOT_YET,
        status.isEmpty() ? "no status yet" : status);
  }

  private static Rung instance(@Nullable JsonNode vmi) {
    String phase = Api.text(vmi, "/status/phase");
    if (phase.equals("Failed")) {
      return new Rung("instance-ready", Holds.NEVER, "phase Failed");
    }
    JsonNode ready = Api.conditionOf(vmi, "Ready");
    boolean holds = phase.equals("Running") && Api.condition(vmi, "Ready");
    String said = Api.text(ready, "/message");
    return new Rung(
        "instance-ready",
        holds ? Holds.YES : Holds.NOT_YET,
        holds
            ? "Running and Ready"
            : (phase.isEmpty() ? "no instance" : "phase " + phase)
                + (said.isEmpty() ? "" : ", " + said));
  }

  private static Rung macs(MigrationSpec spec, @Nullable JsonNode vmi) {
    var missing = new ArrayList<String>();
    for (Nic nic : spec.source().nics()) {
      boolean found = false;
      for (JsonNode one : Api.at(vmi, "/status/interfaces")) {
        found |= one.path("mac").asText("").equalsIgnoreCase(nic.mac());
      }
      if (!found) {
        missing.add(nic.mac());
      }
    }
    return new Rung(
        "network-cards",
        missing.isEmpty() ? Holds.YES : Holds.NOT_YET,
        missing.isEmpty() ? spec.source().nics().size() + " as planned" : "missing " + missing);
  }

  private static Rung agent(@Nullable JsonNode vmi) {
    boolean there = Api.condition(vmi, "AgentConnected");
    return new Rung(
        "guest-agent",
        there ? Holds.YES : Holds.NOT_YET,
        there ? "connected" : "the guest agent has not connected");
  }

  /** The guest that answers is the one that was moved, by the name it calls itself. */
  private Rung hostname(MigrationSpec spec, String namespace, String name, @Nullable JsonNode vmi) {
    String planned = spec.source().guest().hostname();
    if (planned == null || planned.isBlank()) {
      return new Rung("hostname", Holds.YES, "none was known at the source");
    }
    if (!Api.condition(vmi, "AgentConnected")) {
      return new Rung("hostname", Holds.NOT_YET, "the guest agent has not connected");
    }
    JsonNode info;
    try {
      info =
          api.raw(
              "/apis/subresources.kubevirt.io/v1/namespaces/"
                  + namespace
                  + "/virtualmachineinstances/"
                  + name
                  + "/guestosinfo");
    } catch (Trouble trouble) {
      if (trouble.problem().code().equals(Api.FORBIDDEN)) {
        // A right that was taken away is no reason to bring a healthy VM back.
        return new Rung("hostname", Holds.YES, "not shown to Drover's account");
      }
      throw trouble;
    }
    String seen = Api.text(info, "/hostname");
    if (seen.isEmpty()) {
      return new Rung("hostname", Holds.NOT_YET, "the guest has not said its name");
    }
    boolean same = first(seen).equals(first(planned));
    return new Rung(
        "hostname",
        same ? Holds.YES : Holds.NOT_YET,
        same ? seen : "the guest calls itself " + seen + ", not " + planned);
  }

  private static String first(String hostname) {
    String lower = hostname.toLowerCase(Locale.ROOT);
    return lower.contains(".") ? lower.substring(0, lower.indexOf('.')) : lower;
  }

  private Rung probe(Probe probe, @Nullable JsonNode vmi) {
    var tried = new ArrayList<String>();
    for (JsonNode one : Api.at(vmi, "/status/interfaces")) {
      String address = one.path("ipAddress").asText("");
      if (!address.isEmpty()) {
        tried.add(address + ":" + probe.port());
        if (settings.reach().accepts(address, probe.port())) {
          return new Rung("probe-" + probe.name(), Holds.YES, address + ":" + probe.port());
        }
      }
    }
    return new Rung(
        "probe-" + probe.name(),
        Holds.NOT_YET,
        tried.isEmpty() ? "the guest has no address" : "nobody accepts at " + tried);
  }
}
