// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.drover.executor.TargetVm.Holds;
import io.drover.executor.TargetVm.Rung;
import io.drover.executor.Trouble;
import io.drover.schemas.Health;
import io.drover.schemas.Inventory.Nic;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationSpec.Probe;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rungs that a target climbs to count as healthy: the machine runs, its volumes are bound and
 * filled, the instance is ready, its NICs are as planned, the agent answers from the guest that was
 * moved, with its filesystems and addresses, and what was declared accepts connections. Which of
 * them have to hold is the plan's to say ({@link Health}); the others are told.
 */
final class HealthLadder {
  /** What KubeVirt prints for a machine that will not come up by waiting. */
  private static final Set<String> HOPELESS =
      Set.of("ErrorPvcNotFound", "DataVolumeError", "ErrImagePull", "ImagePullBackOff");

  private static final String NOT_SHOWN = "not shown to Drover's account";

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
    Health health = spec.policy().health() == null ? Health.EXPECTED : spec.policy().health();
    boolean agent = or(health.agent(), spec.policy().agentExpected());
    var addresses = new GuestAddresses(spec, vmi);
    var rungs = new ArrayList<Rung>();
    rungs.add(machine(vm, uid));
    rungs.add(asked(or(health.volumes(), true), volumes(namespace, vm)));
    rungs.add(instance(vmi));
    rungs.add(asked(or(health.networkCards(), true), macs(spec, vmi)));
    rungs.add(asked(agent, agent(vmi)));
    rungs.add(asked(or(health.hostname(), agent), hostname(spec, namespace, name, vmi)));
    rungs.add(asked(or(health.filesystems(), false), filesystems(spec, namespace, name, vmi)));
    rungs.add(asked(or(health.addresses(), agent || addresses.toldByPod()), addresses.some()));
    rungs.add(asked(or(health.sameAddresses(), false), addresses.same()));
    for (Probe probe : spec.policy().probes()) {
      rungs.add(probe(probe, vmi));
    }
    return rungs;
  }

  private static boolean or(@Nullable Boolean said, boolean otherwise) {
    return said == null ? otherwise : said;
  }

  /** What is not asked for is told as it is, and keeps nobody. */
  private static Rung asked(boolean must, Rung rung) {
    return must || rung.holds() == Holds.YES
        ? rung
        : new Rung(rung.name(), Holds.YES, rung.observed() + " (not asked for)");
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

  /** Every volume that the machine runs on is bound, and no import into it is under way. */
  private Rung volumes(String namespace, @Nullable JsonNode vm) {
    try {
      return seen(namespace, vm);
    } catch (Trouble trouble) {
      if (trouble.problem().code().equals(Api.FORBIDDEN)) {
        return new Rung("volumes", Holds.YES, NOT_SHOWN);
      }
      throw trouble;
    }
  }

  private Rung seen(String namespace, @Nullable JsonNode vm) {
    var late = new ArrayList<String>();
    int all = 0;
    for (JsonNode volume : Api.at(vm, "/spec/template/spec/volumes")) {
      String claim = volume.at("/persistentVolumeClaim/claimName").asText("");
      if (claim.isEmpty()) {
        continue;
      }
      all++;
      JsonNode bound = api.get(Api.Kind.CLAIM, namespace, claim);
      String phase = bound == null ? "gone" : Api.text(bound, "/status/phase");
      if (bound == null || phase.equals("Lost")) {
        return new Rung("volumes", Holds.NEVER, "claim " + claim + " is " + phase);
      }
      if (!phase.equals("Bound")) {
        late.add("claim " + claim + " is " + (phase.isEmpty() ? "new" : phase));
      }
      // CDI may take a DataVolume away when it is done.
      JsonNode filled = api.get(Api.Kind.DATA_VOLUME, namespace, claim);
      String fill = Api.text(filled, "/status/phase");
      if (fill.equals("Failed")) {
        return new Rung("volumes", Holds.NEVER, "DataVolume " + claim + " failed");
      }
      if (filled != null && !fill.equals("Succeeded")) {
        late.add("DataVolume " + claim + " is " + (fill.isEmpty() ? "new" : fill));
      }
    }
    return new Rung(
        "volumes",
        late.isEmpty() ? Holds.YES : Holds.NOT_YET,
        late.isEmpty() ? all + " bound and filled" : String.join(", ", late));
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
    JsonNode info = told(namespace, name, "guestosinfo");
    if (info == null) {
      return new Rung("hostname", Holds.YES, NOT_SHOWN);
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

  /**
   * What the agent tells of the guest, nothing where it does not tell yet; null where Drover's
   * account is not shown it: a right that was taken away is no reason to bring a healthy VM back.
   */
  private @Nullable JsonNode told(String namespace, String name, String what) {
    try {
      JsonNode told =
          api.raw(
              "/apis/subresources.kubevirt.io/v1/namespaces/"
                  + namespace
                  + "/virtualmachineinstances/"
                  + name
                  + "/"
                  + what);
      return told == null ? MissingNode.getInstance() : told;
    } catch (Trouble trouble) {
      return switch (trouble.problem().code()) {
        case Api.FORBIDDEN -> null;
        // It rebooted since its instance was looked at, as guests do right after a conversion.
        case Api.NOT_FOUND, Api.CONFLICT -> MissingNode.getInstance();
        default -> throw trouble;
      };
    }
  }

  /** Every filesystem that the guest had at the source is mounted: no disk is missing in it. */
  private Rung filesystems(
      MigrationSpec spec, String namespace, String name, @Nullable JsonNode vmi) {
    List<String> planned = spec.source().guest().mounts();
    if (planned.isEmpty()) {
      return new Rung("filesystems", Holds.YES, "none were known at the source");
    }
    if (!Api.condition(vmi, "AgentConnected")) {
      return new Rung("filesystems", Holds.NOT_YET, "the guest agent has not connected");
    }
    JsonNode list = told(namespace, name, "filesystemlist");
    if (list == null) {
      return new Rung("filesystems", Holds.YES, NOT_SHOWN);
    }
    var mounted = new HashSet<String>();
    for (JsonNode one : Api.at(list, "/items")) {
      mounted.add(mount(one.path("mountPoint").asText("")));
    }
    List<String> missing = planned.stream().filter(path -> !mounted.contains(mount(path))).toList();
    return new Rung(
        "filesystems",
        missing.isEmpty() ? Holds.YES : Holds.NOT_YET,
        missing.isEmpty() ? planned.size() + " as at the source" : "not mounted: " + missing);
  }

  /** Drives are the same in either case, and with or without a slash behind. */
  private static String mount(String path) {
    String plain = path.replace('\\', '/');
    String drive = plain.matches("[A-Za-z]:.*") ? plain.toLowerCase(Locale.ROOT) : plain;
    return drive.length() > 1 && drive.endsWith("/")
        ? drive.substring(0, drive.length() - 1)
        : drive;
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
