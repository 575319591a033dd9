// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Mappings and policies that a plan starts from; each can be overridden per VM name.
 *
 * @param namespace target namespace
 * @param storage storage class per datastore name; {@code *} is the default
 * @param networks target network per source network name ({@code pod} or namespace/name); {@code *}
 *     is the default
 * @param downtimeBudget a warm VM is synced until its last delta took no longer than this; null =
 *     any
 * @param fourEyes approver and requester must differ
 * @param dependencyAttribute custom attribute that names the VMs a VM depends on, comma separated
 * @param applicationAttribute custom attribute that names the application
 * @param secondRead as {@link MigrationSpec.Policy}; null = no
 * @param carry as {@link MigrationSpec.Target}; null = {@link Carry#DEFAULT}
 * @param health as {@link MigrationSpec.Policy}
 * @param windowReserve percent of each window, 0 to 90, that plans leave free at its end for what
 *     takes longer than forecast; null = 0
 */
public record PlanSettings(
    Way way,
    Transfer transfer,
    Sink sink,
    String namespace,
    Map<String, String> storage,
    Map<String, String> networks,
    boolean compatibility,
    boolean fourEyes,
    boolean cutoverApproval,
    int maxInFlight,
    Duration shutdownGrace,
    boolean hardPowerOff,
    Duration bootBudget,
    Duration soak,
    MigrationSpec.SoakEnd soakEnd,
    @Nullable Duration downtimeBudget,
    String applicationAttribute,
    String dependencyAttribute,
    Map<String, VmOverride> overrides,
    @Nullable Boolean secondRead,
    @Nullable Carry carry,
    @Nullable Health health,
    @Nullable Integer windowReserve) {
  /** An RFC 1123 label, as Kubernetes demands of namespaces. */
  private static final Pattern NAMESPACE = Pattern.compile("[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?");

  private static final String NAMESPACE_RULE =
      "Kubernetes carries at most 63 lower-case letters, digits and '-' inside";

  public PlanSettings {
    storage = Map.copyOf(storage);
    networks = Map.copyOf(networks);
    overrides = Map.copyOf(overrides);
  }

  /** What keeps it from being carried out, in words that name the setting; null if nothing does. */
  public @Nullable String fault() {
    if (maxInFlight < 1) {
      return "maxInFlight is " + maxInFlight + ": at least 1 VM must move at a time";
    }
    if (bootBudget.isNegative() || bootBudget.isZero()) {
      return "bootBudget is " + bootBudget + ": a target takes time to become healthy";
    }
    if (shutdownGrace.isNegative()) {
      return "shutdownGrace is " + shutdownGrace + ": no guest shuts down before it is asked";
    }
    if (soak.isNegative()) {
      return "soak is " + soak + ": a time cannot be less than none";
    }
    if (isNone(downtimeBudget)) {
      return "downtimeBudget is " + downtimeBudget + ": the last delta of a warm VM takes time";
    }
    for (var one : overrides.entrySet()) {
      if (isNone(one.getValue().downtimeBudget())) {
        return "downtimeBudget of "
            + one.getKey()
            + " is "
            + one.getValue().downtimeBudget()
            + ": the last delta of a warm VM takes time";
      }
    }
    if (reserve() < 0 || reserve() > 90) {
      return "windowReserve is " + reserve() + ": it is a share of 0 to 90 percent";
    }
    if (!NAMESPACE.matcher(namespace).matches()) {
      return "namespace is '" + namespace + "': " + NAMESPACE_RULE;
    }
    for (var of : new TreeMap<>(overrides).entrySet()) {
      String own = of.getValue().namespace();
      if (own != null && !NAMESPACE.matcher(own).matches()) {
        return "overrides." + of.getKey() + ".namespace is '" + own + "': " + NAMESPACE_RULE;
      }
    }
    return null;
  }

  private static boolean isNone(@Nullable Duration budget) {
    return budget != null && (budget.isNegative() || budget.isZero());
  }

  /** With the carrying and the health that every plan begins with. */
  public PlanSettings(
      Way way,
      Transfer transfer,
      Sink sink,
      String namespace,
      Map<String, String> storage,
      Map<String, String> networks,
      boolean compatibility,
      boolean fourEyes,
      boolean cutoverApproval,
      int maxInFlight,
      Duration shutdownGrace,
      boolean hardPowerOff,
      Duration bootBudget,
      Duration soak,
      MigrationSpec.SoakEnd soakEnd,
      @Nullable Duration downtimeBudget,
      String applicationAttribute,
      String dependencyAttribute,
      Map<String, VmOverride> overrides,
      @Nullable Boolean secondRead) {
    this(
        way,
        transfer,
        sink,
        namespace,
        storage,
        networks,
        compatibility,
        fourEyes,
        cutoverApproval,
        maxInFlight,
        shutdownGrace,
        hardPowerOff,
        bootBudget,
        soak,
        soakEnd,
        downtimeBudget,
        applicationAttribute,
        dependencyAttribute,
        overrides,
        secondRead,
        null,
        null,
        null);
  }

  /** Percent of each window that stays free. */
  public int reserve() {
    return windowReserve == null ? 0 : windowReserve;
  }

  /**
   * What is different for one VM; null = as the plan says.
   *
   * @param labels more labels of the target, or others in the place of carried ones
   * @param annotations likewise
   * @param health what it says goes before what the plan says
   */
  public record VmOverride(
      @Nullable Way way,
      @Nullable String namespace,
      @Nullable String name,
      @Nullable String storageClass,
      Map<String, String> networks,
      @Nullable Boolean compatibility,
      List<MigrationSpec.Probe> probes,
      @Nullable Integer wave,
      @Nullable Duration downtimeBudget,
      @Added Map<String, String> labels,
      @Added Map<String, String> annotations,
      @Nullable Health health) {
    @SuppressWarnings("ConstantValue") // People leave out what is as the plan says.
    public VmOverride {
      networks = networks == null ? Map.of() : Map.copyOf(networks);
      probes = probes == null ? List.of() : List.copyOf(probes);
      labels = labels == null ? Map.of() : Map.copyOf(labels);
      annotations = annotations == null ? Map.of() : Map.copyOf(annotations);
    }

    /** With no labels, annotations or health of its own. */
    public VmOverride(
        @Nullable Way way,
        @Nullable String namespace,
        @Nullable String name,
        @Nullable String storageClass,
        Map<String, String> networks,
        @Nullable Boolean compatibility,
        List<MigrationSpec.Probe> probes,
        @Nullable Integer wave,
        @Nullable Duration downtimeBudget) {
      this(
          way,
          namespace,
          name,
          storageClass,
          networks,
          compatibility,
          probes,
          wave,
          downtimeBudget,
          Map.of(),
          Map.of(),
          null);
    }
  }
}
