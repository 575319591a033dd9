// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a journey needs to know, as the released plan says it.
 *
 * @param source the VM as it was planned; what changed since is found by the preflight
 * @param planVersion version of the plan that was approved
 */
public record MigrationSpec(
    MigrationId id,
    WaveId wave,
    int planVersion,
    Way way,
    Transfer transfer,
    Sink sink,
    Inventory.Vm source,
    Target target,
    Policy policy) {

  public VmKey vm() {
    return source.vm();
  }

  /**
   * Where the VM lands.
   *
   * @param name Kubernetes name of the VirtualMachine, RFC 1123
   * @param storage storage class per source disk device key
   * @param networks target per source NIC device key
   * @param guest what is done so that the guest boots on the new hardware
   * @param preference KubeVirt cluster preference, if one is to be used
   * @param compatibility boot on SATA and e1000e, without guest conversion
   * @param labels of the VirtualMachine beside Drover's own; they go before carried ones
   * @param annotations likewise
   * @param carry what was written on the source and stands on the target as well; null = nothing
   */
  public record Target(
      String namespace,
      String name,
      Map<Integer, String> storage,
      Map<Integer, TargetNic> networks,
      boolean compatibility,
      @Nullable String preference,
      Map<String, String> labels,
      @Added Map<String, String> annotations,
      @Nullable Carry carry) {
    @SuppressWarnings("ConstantValue") // Journals of before there were annotations have none.
    public Target {
      storage = Map.copyOf(storage);
      networks = Map.copyOf(networks);
      labels = Map.copyOf(labels);
      annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
    }

    /** Without annotations, and with nothing carried. */
    public Target(
        String namespace,
        String name,
        Map<Integer, String> storage,
        Map<Integer, TargetNic> networks,
        boolean compatibility,
        @Nullable String preference,
        Map<String, String> labels) {
      this(namespace, name, storage, networks, compatibility, preference, labels, Map.of(), null);
    }
  }

  /**
   * A target network.
   *
   * @param network {@code pod}, or namespace/name of a NetworkAttachmentDefinition
   */
  public record TargetNic(String network) {
    public static final TargetNic POD = new TargetNic("pod");
  }

  /**
   * What the plan allows and asks.
   *
   * @param cutoverApproval a person has to approve this VM's cutover
   * @param notBefore start of the maintenance window of the cutover, if any
   * @param notAfter end of the window: a cutover still under way then is rolled back
   * @param shutdownGrace how long a guest may take to shut down
   * @param hardPowerOff whether it is powered off after the grace
   * @param bootBudget how long the target may take to become healthy
   * @param soak how long the target is watched before {@code soakEnd}
   * @param probes what must answer before the target counts as healthy
   * @param downtimeBudget forecast downtime must be below this
   * @param secondRead whether a source that CDI copied by VDDK is read once more, whole, behind the
   *     fence, so that its receipt can be {@link Receipt.Level#BOTH}; null = no
   * @param requester who asked for the plan and so may not approve the cutover as well; null where
   *     the plan does not ask for four eyes
   * @param health which rungs the target has to climb; null = {@link Health#EXPECTED}
   * @param authors names of those whose wish the plan is beside the requester: who proposed it, had
   *     it made again or edited it since
   */
  public record Policy(
      boolean cutoverApproval,
      @Nullable Instant notBefore,
      @Nullable Instant notAfter,
      Duration shutdownGrace,
      boolean hardPowerOff,
      Duration bootBudget,
      boolean agentExpected,
      Duration soak,
      SoakEnd soakEnd,
      @Nullable Duration downtimeBudget,
      List<Probe> probes,
      @Nullable Boolean secondRead,
      @Nullable Actor requester,
      @Nullable Health health,
      @Added List<String> authors) {
    @SuppressWarnings("ConstantValue") // Journals of before they were noted have none.
    public Policy {
      probes = List.copyOf(probes);
      authors = authors == null ? List.of() : List.copyOf(authors);
    }

    /** Whether this person has a hand in the plan, where it asks for four eyes. */
    public boolean wroteIt(Actor by) {
      return requester != null
          && (requester.name().equals(by.name()) || authors.contains(by.name()));
    }

    /** Without a second read, and two eyes are enough. */
    public Policy(
        boolean cutoverApproval,
        @Nullable Instant notBefore,
        @Nullable Instant notAfter,
        Duration shutdownGrace,
        boolean hardPowerOff,
        Duration bootBudget,
        boolean agentExpected,
        Duration soak,
        SoakEnd soakEnd,
        @Nullable Duration downtimeBudget,
        List<Probe> probes) {
      this(
          cutoverApproval,
          notBefore,
          notAfter,
          shutdownGrace,
          hardPowerOff,
          bootBudget,
          agentExpected,
          soak,
          soakEnd,
          downtimeBudget,
          probes,
          null,
          null,
          null,
          List.of());
    }
  }

  /** What happens when the soak timer ends and nobody said anything. */
  public enum SoakEnd {
    HOLD,
    COMMIT,
    ROLL_BACK
  }

  /** A TCP port that must accept a connection at the target. */
  public record Probe(String name, int port) {}
}
