// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.assess.Mapping;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Site;
import io.drover.planner.forecast.Forecast;
import io.drover.planner.forecast.Rates;
import io.drover.planner.programme.Futures;
import io.drover.planner.programme.Planning;
import io.drover.planner.programme.Programme;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Proposal;
import io.drover.schemas.WaveId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Makes a proposal: who is in scope, what hinders whom, which applications go in which wave. Pure:
 * the same inventory and the same seed give the same proposal.
 */
public final class WavePlan {
  private WavePlan() {}

  /** Courses of events that the forecast of a proposal draws. */
  private static final int SAMPLES = 100;

  /**
   * The proposal for {@code ask} out of what was seen. Everything in scope is planned or left, with
   * why.
   *
   * @param stop ends the search early; the proposal says so
   */
  public static Proposal propose(
      PlanEffect.EnsureProposed ask, InventoryView.Snapshot seen, BooleanSupplier stop) {
    PlanSettings settings = ask.request().settings();
    List<Inventory.Vm> scope =
        Scope.of(ask.request(), seen.entities()).stream()
            .filter(vm -> !ask.taken().contains(vm.vm()))
            .toList();
    Programme programme = Planning.of(estate(ask, scope, seen), options(ask), stop);
    Forecast forecast = programme.machines().isEmpty() ? null : Futures.of(programme, SAMPLES);
    var left =
        programme.left().stream()
            .map(l -> new Proposal.Left(l.vm().vm(), l.vm().name(), l.judged().concerns(), l.why()))
            .toList();
    var waves = new Waves(ask, programme, forecast);
    var versions = new TreeMap<String, Long>();
    for (Inventory.Vm vm : scope) {
      Long version = seen.versions().get(vm.key().toString());
      if (version != null) {
        versions.put(vm.key().toString(), version);
      }
    }
    var notes = new ArrayList<String>();
    notes.add(
        scope.size()
            + " VMs in scope, "
            + programme.machines().size()
            + " planned, "
            + left.size()
            + " left out");
    notes.addAll(programme.notes());
    return new Proposal(waves.proposed(), left, versions, notes, waves.outlook());
  }

  /**
   * The slots are those that dispatch gives by default; people watch as many as a wave may move.
   */
  private static Estate estate(
      PlanEffect.EnsureProposed ask, List<Inventory.Vm> scope, InventoryView.Snapshot seen) {
    PlanSettings settings = ask.request().settings();
    Limits d = Limits.DEFAULT;
    Limits limits =
        new Limits(
            d.disksPerHost(),
            d.disksPerDatastore(),
            d.disksPerVCenter(),
            d.disksPerStorageClass(),
            Math.max(1, settings.maxInFlight()),
            0);
    return new Estate(
        Instant.EPOCH,
        scope,
        List.copyOf(seen.entities()),
        Map.of(),
        Map.of(),
        List.of(),
        Map.of(),
        Site.DEFAULT.with(limits),
        settings);
  }

  private static Programme.Options options(PlanEffect.EnsureProposed ask) {
    return new Programme.Options(
        ask.request().seed(), 0, Math.max(1, ask.request().waveSize()), false, Rates.DEFAULT);
  }

  static MigrationSpec spec(
      PlanEffect.EnsureProposed ask, Inventory.Vm vm, TargetNames names, WaveId wave) {
    PlanSettings settings = ask.request().settings();
    PlanSettings.VmOverride override = Mapping.override(vm, settings);
    Mapping mapping = Mapping.of(vm, settings);
    return new MigrationSpec(
        migrationId(ask, vm),
        wave,
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
}
