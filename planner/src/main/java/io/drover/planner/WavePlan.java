// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.Outcome;
import io.drover.planner.assess.Mapping;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Site;
import io.drover.planner.estate.StorageClasses;
import io.drover.planner.estate.TargetRoom;
import io.drover.planner.estate.Understanding;
import io.drover.planner.estate.Usage;
import io.drover.planner.forecast.Ceilings;
import io.drover.planner.forecast.Forecast;
import io.drover.planner.forecast.Learning;
import io.drover.planner.forecast.Rates;
import io.drover.planner.forecast.Transfer;
import io.drover.planner.programme.Futures;
import io.drover.planner.programme.Place;
import io.drover.planner.programme.Planning;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Replanning;
import io.drover.planner.schedule.Calendar;
import io.drover.schemas.Carry;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Health;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Problem;
import io.drover.schemas.Proposal;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Makes a proposal: who is in scope, what hinders whom, which applications go in which wave. Pure:
 * the same inventory and the same seed give the same proposal.
 */
public final class WavePlan {
  private WavePlan() {}

  /** Courses of events that the forecast of a proposal draws. */
  static final int SAMPLES = 100;

  /** Lines of one kind that a proposal tells; the rest is counted. */
  private static final int MOST_NOTES = 50;

  /**
   * The proposal for {@code ask} out of what was seen. Everything in scope is planned or left, with
   * why.
   *
   * @param stop ends the search early; the proposal says so
   */
  public static Proposal propose(
      PlanEffect.EnsureProposed ask, InventoryView.Snapshot seen, BooleanSupplier stop) {
    return switch (made(ask, seen, stop)) {
      case Outcome.Done<Proposal>(Proposal proposal) -> proposal;
      case Outcome.Failed<Proposal>(Problem problem) ->
          throw new IllegalStateException(problem.toString());
      case Outcome.Stopped<Proposal> stopped -> throw new IllegalStateException("stopped");
    };
  }

  /** The same, or row by row why what was edited cannot be done. */
  static Outcome<Proposal> made(
      PlanEffect.EnsureProposed ask, InventoryView.Snapshot seen, BooleanSupplier stop) {
    PlanSettings settings = ask.request().settings();
    List<Inventory.Vm> scope =
        Scope.of(ask.request(), seen).stream()
            .filter(vm -> !ask.taken().contains(vm.vm()))
            .toList();
    Understanding.Understood understood =
        Understanding.of(
            seen(ask.request(), scope, seen).after(Scope.gone(ask.taken(), seen)),
            ask.request().sayings());
    var volumes = volumes(understood.estate(), ask.request(), seen);
    Estate estate = volumes.keeping();
    var notes = new ArrayList<String>();
    Rates rates = rates(seen, notes);
    Programme programme;
    Proposal.Changes changes = null;
    PlanEffect.Edited edited = ask.edited();
    Replanning.Replanned again = edited == null ? again(ask, estate, rates, notes) : null;
    if (again != null) {
      programme = again.programme();
      changes = again.changes();
    } else if (edited == null) {
      programme = Planning.of(estate, options(ask.request(), rates), stop);
    } else {
      EditedWaves waves = EditedWaves.of(ask, edited, estate, options(ask.request(), rates));
      if (!waves.errors().isEmpty()) {
        return waves.refusal();
      }
      programme = waves.programme();
      notes.add("edited by hand: " + waves.changed() + " VMs moved");
    }
    Forecast forecast = programme.machines().isEmpty() ? null : Futures.of(programme, SAMPLES);
    var left =
        programme.left().stream()
            .map(
                l -> new Proposal.Left(l.vm().vm(), l.vm().name(), l.judged().concerns(), l.told()))
            .toList();
    var waves = new Waves(ask, programme, forecast);
    var versions = new TreeMap<String, Long>();
    for (Inventory.Vm vm : scope) {
      Long version = seen.versions().get(vm.key().toString());
      if (version != null) {
        versions.put(vm.key().toString(), version);
      }
    }
    var sinks = new SinksForetold(seen);
    List<Proposal.Wave> planned = sinks.told(waves.proposed());
    notes.addFirst(
        scope.size()
            + (scope.size() == 1 ? " VM in scope, " : " VMs in scope, ")
            + programme.machines().size()
            + " planned, "
            + left.size()
            + " left out");
    gone(Scope.gone(ask.request(), seen), ask.taken(), seen, notes);
    notes.addAll(room(scope, seen).notes());
    notes.addAll(volumes.notes(programme.machines()));
    notes.addAll(sinks.notes());
    notes.addAll(programme.notes());
    understood.unknown().stream().limit(MOST_NOTES).forEach(notes::add);
    if (understood.unknown().size() > MOST_NOTES) {
      notes.add("and " + (understood.unknown().size() - MOST_NOTES) + " more of what was said");
    }
    return new Outcome.Done<>(
        new Proposal(planned, left, versions, notes, waves.outlook(), null, changes));
  }

  /** Tells what went in other plans; what went in this one its waves show. */
  private static void gone(
      List<Inventory.Vm> gone, Set<VmKey> taken, InventoryView.Snapshot seen, List<String> notes) {
    Map<VmKey, String> went = Scope.went(seen);
    List<String> others =
        gone.stream()
            .filter(vm -> !taken.contains(vm.vm()))
            .map(vm -> vm.name() + " " + went.get(vm.vm()))
            .toList();
    others.stream().limit(MOST_NOTES).forEach(notes::add);
    if (others.size() > MOST_NOTES) {
      notes.add("and " + (others.size() - MOST_NOTES) + " more went in other plans already");
    }
  }

  /**
   * What a plan is made of: what was seen and said, without the room that is kept free.
   *
   * @param taken VMs of its own waves that were started
   */
  static Estate estate(
      PlanRequest request,
      List<Inventory.Vm> scope,
      Set<VmKey> taken,
      InventoryView.Snapshot seen) {
    Estate all =
        Understanding.of(
                seen(request, scope, seen).after(Scope.gone(taken, seen)), request.sayings())
            .estate();
    return volumes(all, request, seen).keeping();
  }

  private static VolumesAhead volumes(
      Estate all, PlanRequest request, InventoryView.Snapshot seen) {
    return new VolumesAhead(all, request.sayings().capacity(), seen.ways());
  }

  /** The slots are those that dispatch gives; people watch as many as a wave may move. */
  private static Estate seen(
      PlanRequest request, List<Inventory.Vm> scope, InventoryView.Snapshot seen) {
    PlanSettings settings = request.settings();
    Instant start = request.sayings().start();
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
        start == null ? Instant.EPOCH : start,
        scope,
        List.copyOf(seen.entities()),
        Map.of(),
        usage(scope),
        List.of(),
        Map.of(),
        Site.DEFAULT.with(limits, seen.limits()).with(room(scope, seen)),
        settings);
  }

  private static TargetRoom room(List<Inventory.Vm> scope, InventoryView.Snapshot seen) {
    return UnderWay.room(seen, scope.stream().map(Inventory.Vm::vm).collect(Collectors.toSet()));
  }

  /** What the inventory knows of it; what somebody says of it goes over that. */
  private static Map<VmKey, Usage> usage(List<Inventory.Vm> scope) {
    var usage = new HashMap<VmKey, Usage>();
    for (Inventory.Vm vm : scope) {
      Long used = vm.usedBytes();
      if (used != null) {
        usage.put(vm.vm(), new Usage(used, 0, 0, 0));
      }
    }
    return usage;
  }

  /** What moves as little as it can; null where nothing is to be kept. */
  private static Replanning.@Nullable Replanned again(
      PlanEffect.EnsureProposed ask, Estate estate, Rates rates, List<String> notes) {
    PlanEffect.Before before = ask.before();
    if (before == null) {
      return null;
    }
    var places = new HashMap<VmKey, Place>();
    before.places().forEach((vm, place) -> places.put(VmKey.parse(vm), place));
    places.keySet().removeAll(ask.taken());
    Instant start = before.start() == null ? Instant.EPOCH : before.start();
    Replanning.Replanned again =
        Replanning.of(new Replanning.Places(start, places), estate, options(ask.request(), rates));
    notes.add(
        "planned again: "
            + again.moved().size()
            + " VMs moved, "
            + again.added().size()
            + " new, "
            + again.gone().size()
            + " gone");
    again.moved().stream().limit(MOST_NOTES).forEach(moved -> notes.add("moved " + moved));
    again.added().stream().limit(MOST_NOTES).forEach(added -> notes.add("new " + added));
    again.gone().stream().limit(MOST_NOTES).forEach(gone -> notes.add("gone " + gone));
    return again;
  }

  static Programme.Options options(PlanRequest request, Rates rates) {
    return new Programme.Options(request.seed(), 0, Math.max(1, request.waveSize()), false, rates);
  }

  /** What was learned from the copies so far, and what people say of storage classes. */
  static Rates rates(InventoryView.Snapshot seen, List<String> notes) {
    StorageClasses classes = StorageClasses.of(seen.entities());
    Rates rates = learned(seen, notes);
    new TreeMap<>(classes.byName())
        .forEach((name, each) -> {
          if (each.ingestMiBs() != null) {
            notes.add(
                "storage class "
                    + name
                    + " takes in at most "
                    + each.ingestMiBs()
                    + " MiB/s, as its annotation says");
          }
        });
    return rates.within(classes.ingest());
  }

  /** What was learned, if the copies so far are enough. */
  private static Rates learned(InventoryView.Snapshot seen, List<String> notes) {
    List<Transfer> transfers = Transfer.of(seen.copies());
    if (transfers.size() < Learning.ENOUGH) {
      return Rates.DEFAULT;
    }
    Learning learned = Learning.from(transfers);
    notes.add(
        String.format(
            Locale.ROOT,
            "learned from %d copies: %.0f s each, at most %.0f MiB/s a disk and %.0f MiB/s a host",
            learned.seen(),
            learned.fixedSeconds(),
            learned.ceilings().diskMiBs(),
            learned.ceilings().way().hostMiBs()));
    learned(learned.ceilings(), notes);
    Learning.honesty(transfers)
        .ifPresent(share ->
            notes.add(
                String.format(
                    Locale.ROOT,
                    "of the newest copies %.0f %% took a time between the P5 and the P95 that the"
                        + " older ones foretell",
                    share * 100)));
    return learned.rates(Rates.DEFAULT);
  }

  /** What besides disks and hosts holds copies back. */
  private static void learned(Ceilings ceilings, List<String> notes) {
    if (Double.isFinite(ceilings.way().sharedMiBs())) {
      notes.add(
          String.format(
              Locale.ROOT,
              "all hosts of a vCenter together give at most %.0f MiB/s",
              ceilings.way().sharedMiBs()));
    }
    new TreeMap<>(ceilings.datastores())
        .forEach((at, most) ->
            notes.add(
                String.format(
                    Locale.ROOT,
                    "datastore %s gives at most %.0f MiB/s",
                    at.substring(at.indexOf('/') + 1),
                    most)));
    new TreeMap<>(ceilings.storageClasses())
        .forEach((name, most) ->
            notes.add(
                String.format(
                    Locale.ROOT, "storage class %s takes in at most %.0f MiB/s", name, most)));
  }

  static MigrationSpec spec(
      PlanEffect.EnsureProposed ask,
      Programme.Machine machine,
      @Nullable Window window,
      TargetNames names,
      WaveId wave) {
    Inventory.Vm vm = machine.vm();
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
            labels(override, ask.plan()),
            override.annotations(),
            settings.carry() == null ? Carry.DEFAULT : settings.carry()),
        new MigrationSpec.Policy(
            settings.cutoverApproval(),
            window == null ? null : window.from(),
            window == null ? null : window.to(),
            settings.shutdownGrace(),
            settings.hardPowerOff(),
            settings.bootBudget(),
            vm.guest().toolsRunning(),
            settings.soak(),
            settings.soakEnd(),
            budget(override, machine, settings),
            override.probes(),
            settings.secondRead(),
            ask.requester(),
            health(override, settings),
            ask.authors()));
  }

  private static Map<String, String> labels(PlanSettings.VmOverride override, PlanId plan) {
    var labels = new TreeMap<>(override.labels());
    labels.put("drover.io/plan", plan.value());
    return labels;
  }

  /** The override's, where it says something, else the plan's. */
  private static @Nullable Health health(PlanSettings.VmOverride override, PlanSettings settings) {
    Health own = override.health();
    Health all = settings.health();
    return own == null ? all : all == null ? own : own.over(all);
  }

  /** The override's, else the one that was stated of it, else the plan's. */
  private static @Nullable Duration budget(
      PlanSettings.VmOverride override, Programme.Machine machine, PlanSettings settings) {
    if (override.downtimeBudget() != null) {
      return override.downtimeBudget();
    }
    Duration stated = machine.workload().downtimeBudget();
    return stated != null ? stated : settings.downtimeBudget();
  }

  /** The stretch of its calendar that a cutover lies in; without {@code to} it does not close. */
  record Window(Instant from, @Nullable Instant to) {
    /** That of a machine, null if it may cut over at any time. */
    static @Nullable Window of(Programme programme, int machine) {
      Calendar calendar =
          programme
              .estate()
              .calendars()
              .get(programme.machines().get(machine).workload().calendar());
      if (calendar == null) {
        return null;
      }
      int at = programme.cutover(machine);
      Instant start = programme.estate().start();
      for (Calendar.Interval open : calendar.open()) {
        if (open.from() <= at && at < open.to()) {
          // A window that was open before the plan begins is laid out from its beginning on.
          return new Window(
              start.plusSeconds(open.from()),
              open.to() == Calendar.END ? null : start.plusSeconds(open.to()));
        }
      }
      return null;
    }
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
