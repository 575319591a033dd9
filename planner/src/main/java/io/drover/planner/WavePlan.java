// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.assess.Assessment;
import io.drover.planner.assess.Mapping;
import io.drover.planner.assess.Target;
import io.drover.schemas.Concern;
import io.drover.schemas.Concern.Severity;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Proposal;
import io.drover.schemas.WaveId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Makes a proposal: who is in scope, what hinders whom, which applications go in which wave. Pure:
 * the same inventory and the same seed give the same proposal.
 */
public final class WavePlan {
  private WavePlan() {}

  /**
   * The proposal for {@code ask} out of what was seen. Everything in scope is planned or left, with
   * why.
   */
  public static Proposal propose(PlanEffect.EnsureProposed ask, InventoryView.Snapshot seen) {
    PlanSettings settings = ask.request().settings();
    Assessment assessment = new Assessment(Target.of(seen.entities()));
    List<Inventory.Vm> scope = Scope.of(ask.request(), seen.entities());
    var names = new TargetNames();
    var planned = new ArrayList<Proposal.Planned>();
    var left = new ArrayList<Proposal.Left>();
    for (Inventory.Vm vm : scope) {
      if (ask.taken().contains(vm.vm())) {
        continue;
      }
      MigrationSpec spec = spec(ask, vm, names);
      List<Concern> concerns = assessment.of(vm, Mapping.of(vm, settings), settings);
      List<Concern> blockers =
          concerns.stream().filter(concern -> concern.severity() == Severity.BLOCKER).toList();
      if (blockers.isEmpty()) {
        planned.add(new Proposal.Planned(spec, application(vm, settings), concerns, ""));
      } else {
        left.add(
            new Proposal.Left(
                vm.vm(),
                vm.name(),
                concerns,
                blockers.stream().map(Concern::observed).collect(Collectors.joining(" "))));
      }
    }
    List<Proposal.Wave> waves = Waves.of(ask, planned);
    var versions = new TreeMap<String, Long>();
    for (Inventory.Vm vm : scope) {
      Long version = seen.versions().get(vm.key().toString());
      if (version != null) {
        versions.put(vm.key().toString(), version);
      }
    }
    return new Proposal(
        waves,
        left,
        versions,
        List.of(
            scope.size()
                + " VMs in scope, "
                + planned.size()
                + " planned, "
                + left.size()
                + " left out"));
  }

  static String application(Inventory.Vm vm, PlanSettings settings) {
    String application = vm.attributes().get(settings.applicationAttribute());
    return application == null || application.isBlank() ? vm.name() : application.trim();
  }

  private static MigrationSpec spec(
      PlanEffect.EnsureProposed ask, Inventory.Vm vm, TargetNames names) {
    PlanSettings settings = ask.request().settings();
    PlanSettings.VmOverride override = Mapping.override(vm, settings);
    Mapping mapping = Mapping.of(vm, settings);
    return new MigrationSpec(
        migrationId(ask, vm),
        WaveId.of(ask.plan(), ask.firstWave()),
        ask.version(),
        mapping.way(),
        settings.transfer(),
        settings.sink(),
        vm,
        new MigrationSpec.Target(
            mapping.namespace(),
            names.of(mapping.namespace(), override.name() != null ? override.name() : vm.name()),
            mapping.storage(),
            mapping.networks(),
            mapping.compatibility(),
            null,
            Map.of("drover.io/plan", ask.plan().value())),
        new MigrationSpec.Policy(
            settings.cutoverApproval(),
            null,
            null,
            settings.shutdownGrace(),
            settings.hardPowerOff(),
            settings.bootBudget(),
            vm.guest().toolsRunning(),
            settings.soak(),
            settings.soakEnd(),
            null,
            override.probes()));
  }

  /** Stable for a version of a plan, and short enough for labels. */
  private static MigrationId migrationId(PlanEffect.EnsureProposed ask, Inventory.Vm vm) {
    try {
      byte[] hash =
          MessageDigest.getInstance("SHA-256")
              .digest(
                  (ask.plan() + "|" + ask.version() + "|" + vm.vm())
                      .getBytes(StandardCharsets.UTF_8));
      return new MigrationId("m-" + HexFormat.of().formatHex(hash, 0, 6));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("Every JDK has SHA-256", e);
    }
  }

  /** In the wave {@code id}, with the reason. */
  static Proposal.Planned inWave(Proposal.Planned planned, WaveId id, String why) {
    MigrationSpec s = planned.spec();
    return new Proposal.Planned(
        new MigrationSpec(
            s.id(),
            id,
            s.planVersion(),
            s.way(),
            s.transfer(),
            s.sink(),
            s.source(),
            s.target(),
            s.policy()),
        planned.application(),
        planned.concerns(),
        why);
  }

  static final Comparator<Proposal.Planned> BY_NAME =
      Comparator.comparing((Proposal.Planned p) -> p.spec().source().name())
          .thenComparing(p -> p.spec().vm().toString());
}
