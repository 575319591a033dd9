// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.cli.Workbooks;
import io.drover.console.Herd;
import io.drover.console.Plan;
import io.drover.console.PlanDocuments;
import io.drover.planner.InventoryView;
import io.drover.planner.LivePlan;
import io.drover.planner.StandingPlans;
import io.drover.planner.estate.Estate;
import io.drover.planner.explain.WhatIf;
import io.drover.planner.explain.Why;
import io.drover.planner.forecast.Ceilings;
import io.drover.planner.forecast.Transfer;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Replanning;
import io.drover.planner.report.HtmlReport;
import io.drover.planner.report.Table;
import io.drover.planner.report.Tables;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.Inventory;
import io.drover.schemas.Phase;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Proposal;
import io.drover.schemas.SinkPolicy;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Reports of plans, out of the read model and the planner's pure functions. */
final class LivePlans implements PlanDocuments {
  /** A question is answered within this, with the best that was found by then. */
  private static final long PATIENCE_NANOS = 25_000_000_000L;

  private final Herd herd;

  LivePlans(Herd herd) {
    this.herd = herd;
  }

  /**
   * The inventory as plans are made of it.
   *
   * @param ways of streams into volumes; null = not known
   */
  static InventoryView.Snapshot snapshot(Herd herd, SinkPolicy.@Nullable Ways ways) {
    return new InventoryView.Snapshot(
        herd.inventory(),
        herd.inventoryVersions(),
        copies(herd),
        herd.limits(),
        ways,
        herd.going().stream().map(LivePlans::coming).toList(),
        herd.moved());
  }

  /**
   * What is still to come of a journey: its volumes stand when all disks have landed, and its pod
   * asks for memory once it runs. What goes back brings nothing more.
   */
  private static InventoryView.Coming coming(Herd.Going going) {
    boolean back = going.phase() == Phase.ROLLING_BACK;
    Checkpoint landed = going.spec().way() == Way.WARM ? Checkpoint.SEEDED : Checkpoint.SEALED;
    return new InventoryView.Coming(
        going.spec(),
        !back && going.checkpoint().compareTo(landed) < 0,
        !back && going.checkpoint().compareTo(Checkpoint.RUNNING) < 0);
  }

  /** The plans of which a version stands. */
  static List<StandingPlans.Plan> standing(Herd herd) {
    var standing = new ArrayList<StandingPlans.Plan>();
    for (Plan plan : herd.plans()) {
      Proposal proposal = plan.proposal();
      PlanRequest request = herd.request(plan.id());
      if (proposal != null && request != null) {
        standing.add(
            new StandingPlans.Plan(
                new PlanId(plan.id()), plan.version(), request, proposal, herd.taken(plan.id())));
      }
    }
    return standing;
  }

  /** The copies that the planner learns from, each with the host that its VM was read from. */
  private static List<Transfer.Copy> copies(Herd herd) {
    Map<String, String> hosts =
        herd.inventory().stream()
            .filter(Inventory.Vm.class::isInstance)
            .map(Inventory.Vm.class::cast)
            .collect(
                Collectors.toMap(
                    vm -> vm.vm().toString(), vm -> vm.placement().host(), (a, _) -> a));
    return herd.copied().stream()
        .filter(disk -> hosts.containsKey(disk.vm()))
        .map(disk -> copy(disk, hosts.getOrDefault(disk.vm(), "")))
        .toList();
  }

  static Transfer.Copy copy(Herd.CopiedDisk disk, String host) {
    VmKey vm = VmKey.parse(disk.vm());
    return new Transfer.Copy(
        vm.vcenter(),
        new Ceilings.Route(
            Ceilings.at(vm, host),
            disk.datastore().isEmpty() ? "" : Ceilings.at(vm, disk.datastore()),
            disk.storageClass()),
        // Plans count the guest's bytes, and a stream is compressed. Of CDI's own copies only the
        // second reading tells how many they were.
        Math.max(disk.seen().bytesWritten(), disk.seen().bytesRead()),
        disk.seen().startedAt(),
        disk.seen().endedAt());
  }

  private LivePlan plan(Asked plan) {
    return LivePlan.of(plan.request(), plan.proposal(), snapshot(herd, null));
  }

  @Override
  public String html(Asked asked) {
    LivePlan plan = plan(asked);
    return HtmlReport.of(
        "Plan " + asked.id() + ", version " + asked.version(),
        plan.programme(),
        plan.forecast(),
        List.of());
  }

  private List<Table> tables(Asked asked, LivePlan plan) {
    return Tables.of(plan.programme(), plan.forecast(), asked.version());
  }

  @Override
  public byte[] xlsx(Asked asked) {
    LivePlan plan = plan(asked);
    var out = new ByteArrayOutputStream();
    try {
      Workbooks.xlsx(out, tables(asked, plan), plan.programme());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  @Override
  public String csv(Asked asked, String name) {
    return tables(asked, plan(asked)).stream()
        .filter(table -> Workbooks.fileOf(table).equals(name + ".csv"))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "There is no table '" + name + "'; there are " + String.join(", ", TABLES)))
        .csv();
  }

  @Override
  public List<String> why(Asked asked, String vm) {
    Programme programme = plan(asked).programme();
    for (int m = 0; m < programme.machines().size(); m++) {
      if (programme.machines().get(m).vm().name().equals(vm)) {
        List<String> why = new ArrayList<>(Tables.why(programme, m));
        why.add("way: " + programme.machines().get(m).judged().why());
        return List.copyOf(why);
      }
    }
    for (Proposal.Left left : asked.proposal().left()) {
      if (left.name().equals(vm)) {
        return List.of("it is left out: " + left.why());
      }
    }
    throw new IllegalArgumentException("There is no VM '" + vm + "' in plan " + asked.id() + ".");
  }

  @Override
  public Comparison whatIf(Asked asked, Circumstances other) {
    var question =
        LivePlan.Question.of(asked.request(), herd.taken(asked.id()), snapshot(herd, null));
    Estate then =
        WhatIf.limits(
            question.estate(),
            other.nfc(),
            other.disksPerHost(),
            other.cutovers(),
            other.linkMiBs());
    for (String cluster : other.addHosts() == null ? List.<String>of() : other.addHosts()) {
      then = WhatIf.withHost(then, cluster);
    }
    for (String window : other.windows() == null ? List.<String>of() : other.windows()) {
      then = WhatIf.withWindow(then, window);
    }
    Programme as = question.answer(question.estate(), patience());
    Programme would = question.answer(then, patience());
    return new Comparison(
        figures(as), figures(would), Replanning.compared(Replanning.Places.of(as), would).moved());
  }

  private static BooleanSupplier patience() {
    long end = System.nanoTime() + PATIENCE_NANOS;
    return () -> System.nanoTime() > end;
  }

  private static Map<String, String> figures(Programme of) {
    var figures = new LinkedHashMap<String, String>();
    figures.put("machines planned", Integer.toString(of.machines().size()));
    figures.put("left out", Integer.toString(of.left().size()));
    figures.put("waves", Integer.toString(of.waves().size()));
    figures.put("done after", Why.span(of.solved().makespan()));
    figures.put("no plan before", Why.span(of.solved().bound().seconds()));
    figures.put("gap", String.format(Locale.ROOT, "%.1f %%", of.solved().gap() * 100));
    figures.put("bound by", of.solved().bound().because());
    return figures;
  }
}
