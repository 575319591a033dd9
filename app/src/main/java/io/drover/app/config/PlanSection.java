// SPDX-License-Identifier: Apache-2.0
package io.drover.app.config;

import io.drover.runtime.config.SettingsException;
import io.drover.schemas.Carry;
import io.drover.schemas.Health;
import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What a plan starts from; each key can be said otherwise when a plan is proposed. */
public record PlanSection(
    @Nullable Way way,
    @Nullable Transfer transfer,
    @Nullable Sink sink,
    @Nullable String namespace,
    @Nullable Map<String, String> storage,
    @Nullable Map<String, String> networks,
    @Nullable Boolean compatibility,
    @Nullable Boolean fourEyes,
    @Nullable Boolean cutoverApproval,
    @Nullable Integer maxInFlight,
    @Nullable Duration shutdownGrace,
    @Nullable Boolean hardPowerOff,
    @Nullable Duration bootBudget,
    @Nullable Duration soak,
    @Nullable SoakEnd soakEnd,
    @Nullable Duration downtimeBudget,
    @Nullable String applicationAttribute,
    @Nullable String dependencyAttribute,
    @Nullable Boolean secondRead,
    @Nullable Carry carry,
    @Nullable Health health,
    @Nullable Integer windowReserve) {
  private static final Pattern DNS =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  public PlanSection {
    if (carry != null && !DNS.matcher(carry.prefix()).matches()) {
      throw new SettingsException(
          "plan.carry.prefix: '"
              + carry.prefix()
              + "' cannot be the prefix of a label; give a DNS name, such as "
              + Carry.PREFIX);
    }
  }

  /** Of a configuration whose settings, with every default in place, can be carried out. */
  PlanSection checked() {
    String fault = settings(true).fault();
    if (fault != null) {
      throw new SettingsException("plan: " + fault);
    }
    return this;
  }

  /** With nothing but defaults. */
  public static PlanSection defaults() {
    return new PlanSection(
        null, null, null, null, null, null, null, null, null, null, null, null, null, null, null,
        null, null, null, null, null, null, null);
  }

  /**
   * The settings with every default in place.
   *
   * @param local whether only this machine's user can reach the console: four eyes are then off
   *     unless asked for
   */
  public PlanSettings settings(boolean local) {
    return new PlanSettings(
        or(way, Way.COLD),
        or(transfer, Transfer.STREAM),
        or(sink, Sink.AUTO),
        or(namespace, "drover-vms"),
        or(storage, Map.of()),
        or(networks, Map.of("*", "pod")),
        or(compatibility, false),
        or(fourEyes, !local),
        or(cutoverApproval, false),
        or(maxInFlight, 10),
        or(shutdownGrace, Duration.ofMinutes(5)),
        or(hardPowerOff, false),
        or(bootBudget, Duration.ofMinutes(10)),
        or(soak, Duration.ofHours(24)),
        or(soakEnd, SoakEnd.HOLD),
        or(downtimeBudget, Duration.ofMinutes(10)),
        or(applicationAttribute, "app"),
        or(dependencyAttribute, "dependsOn"),
        Map.of(),
        or(secondRead, false),
        or(carry, Carry.DEFAULT),
        or(health, Health.EXPECTED),
        or(windowReserve, 10));
  }

  private static <T> T or(@Nullable T value, T otherwise) {
    return value == null ? otherwise : value;
  }
}
