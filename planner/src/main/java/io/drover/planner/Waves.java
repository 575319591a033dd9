// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.assess.Mapping;
import io.drover.planner.forecast.Forecast;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Machine;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Proposal;
import io.drover.schemas.WaveId;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Puts a programme into the words of a proposal. VMs that somebody pinned to a wave go there,
 * whatever the schedule says; the others keep the waves of the programme, after the pinned ones.
 */
final class Waves {
  private final PlanEffect.EnsureProposed ask;
  private final Programme programme;
  private final @Nullable Forecast forecast;
  private final TargetNames names = new TargetNames();
  private final List<Proposal.Wave> waves = new ArrayList<>();
  private final List<Proposal.WaveOutlook> outlooks = new ArrayList<>();

  Waves(PlanEffect.EnsureProposed ask, Programme programme, @Nullable Forecast forecast) {
    this.ask = ask;
    this.programme = programme;
    this.forecast = forecast;
    PlanSettings settings = ask.request().settings();
    var pinned = new TreeMap<Integer, List<Integer>>();
    var isPinned = new TreeSet<Integer>();
    for (int m = 0; m < programme.machines().size(); m++) {
      // What somebody edited says for itself in which wave each VM goes.
      Integer wave =
          ask.edited() != null
              ? null
              : Mapping.override(programme.machines().get(m).vm(), settings).wave();
      if (wave != null) {
        pinned.computeIfAbsent(wave, n -> new ArrayList<>()).add(m);
        isPinned.add(m);
      }
    }
    pinned.values().forEach(machines -> add(machines, null));
    for (Programme.Wave wave : programme.waves()) {
      add(wave.machines().stream().filter(m -> !isPinned.contains(m)).toList(), wave);
    }
  }

  private void add(List<Integer> machines, Programme.@Nullable Wave wave) {
    if (machines.isEmpty()) {
      return;
    }
    WaveId id = WaveId.of(ask.plan(), ask.firstWave() + waves.size());
    var applications = new TreeSet<String>();
    machines.forEach(m -> applications.add(programme.machines().get(m).workload().application()));
    String name = String.join(", ", applications);
    var planned =
        machines.stream()
            .sorted(
                Comparator.<Integer, String>comparing(m -> programme.machines().get(m).vm().name())
                    .thenComparing(m -> programme.machines().get(m).vm().vm().toString()))
            .map(m -> planned(m, id, wave == null))
            .toList();
    waves.add(
        new Proposal.Wave(
            id, name.length() > 80 ? applications.size() + " applications" : name, planned));
    int from = machines.stream().mapToInt(programme::cutover).min().orElse(0);
    int to = machines.stream().mapToInt(programme::end).max().orElse(0);
    int[] end = {to, to};
    double missed = 0;
    if (wave != null && forecast != null) {
      end = forecast.end()[wave.number() - 1];
      missed = forecast.missed()[wave.number() - 1];
    }
    outlooks.add(
        new Proposal.WaveOutlook(
            id, from, to, end[0], end[1], missed, wave == null ? 0 : wave.cutWeight()));
  }

  private Proposal.Planned planned(int m, WaveId id, boolean pinned) {
    Machine machine = programme.machines().get(m);
    String bond = programme.grouping().bonds().get(programme.problem().jobs().get(m).unit());
    String why =
        pinned
            ? "pinned to its wave by the plan"
            : bond.isEmpty() ? "application " + machine.workload().application() : bond;
    int outage = machine.estimate().cutoverSeconds();
    return new Proposal.Planned(
        WavePlan.spec(ask, machine, WavePlan.Window.of(programme, m), names, id),
        machine.workload().application(),
        machine.judged().concerns(),
        why,
        new Proposal.Timing(
            programme.copy(m),
            programme.cutover(m),
            outage,
            forecast == null ? outage : forecast.outage()[m][1]),
        null);
  }

  List<Proposal.Wave> proposed() {
    return List.copyOf(waves);
  }

  Proposal.Outlook outlook() {
    var solved = programme.solved();
    return new Proposal.Outlook(
        ask.request().seed(),
        solved.steps(),
        solved.cut(),
        solved.makespan(),
        solved.bound().seconds(),
        solved.gap(),
        solved.bound().because(),
        outlooks,
        ask.request().sayings().start(),
        programme.options().rates().pace());
  }
}
