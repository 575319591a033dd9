// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.engine.Outcome;
import io.drover.planner.PlanEffect.Edited;
import io.drover.planner.estate.Estate;
import io.drover.planner.programme.Place;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Standing;
import io.drover.planner.programme.WaveCutting;
import io.drover.planner.report.EditedPlan;
import io.drover.planner.report.Tables;
import io.drover.planner.schedule.Problem.Unit;
import io.drover.planner.schedule.Rules;
import io.drover.planner.schedule.Schedule;
import io.drover.planner.schedule.Solver;
import io.drover.schemas.PlanMessage.EditedRow;
import io.drover.schemas.Problem;
import io.drover.schemas.Proposal;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Makes exactly the programme that somebody edited: the rows say in which wave each VM goes and
 * when. What cannot be done is told row by row, and then nothing of it is.
 */
final class EditedWaves {
  /** Sentences that a refusal tells; the rest is counted. */
  private static final int MOST_TOLD = 200;

  private final PlanEffect.EnsureProposed ask;
  private final Edited edited;
  private final Programme fresh;
  private final Map<String, Place> before;
  private final Set<String> taken;
  private final List<String> errors = new ArrayList<>();
  private final Map<String, Integer> jobs = new HashMap<>();
  private final Map<Integer, EditedRow> rowOf = new HashMap<>();
  private final Map<Integer, List<Integer>> groups = new TreeMap<>();
  private int changed;
  private Programme programme;

  private EditedWaves(
      PlanEffect.EnsureProposed ask, Edited edited, Estate estate, Programme.Options options) {
    this.ask = ask;
    this.edited = edited;
    PlanEffect.Before standing = ask.before();
    this.before = standing == null ? Map.of() : standing.places();
    // Nothing is searched: everybody has a place already, or is told that there is none.
    this.fresh = Standing.of(estate, options, vm -> before.get(vm.toString()));
    this.programme = fresh;
    this.taken = ask.taken().stream().map(VmKey::toString).collect(Collectors.toSet());
    for (int j = 0; j < fresh.machines().size(); j++) {
      jobs.put(fresh.machines().get(j).vm().vm().toString(), j);
    }
  }

  /** What becomes of an edited plan in this estate. */
  static EditedWaves of(
      PlanEffect.EnsureProposed ask, Edited edited, Estate estate, Programme.Options options) {
    var waves = new EditedWaves(ask, edited, estate, options);
    waves.make();
    return waves;
  }

  /** Row by row, what cannot be done; empty if everything can. */
  List<String> errors() {
    return errors;
  }

  /** VMs whose wave or time is another than in the standing version. */
  int changed() {
    return changed;
  }

  /** What was edited, if there are no errors. */
  Programme programme() {
    return programme;
  }

  /** The errors as an outcome: a line each. */
  Outcome<Proposal> refusal() {
    String told = errors.stream().limit(MOST_TOLD).collect(Collectors.joining("\n"));
    return new Outcome.Failed<>(
        new Problem(
            Problem.Kind.REFUSED,
            "edit-refused",
            errors.size() <= MOST_TOLD
                ? told
                : told + "\nand " + (errors.size() - MOST_TOLD) + " more",
            "Mend the rows, and give the table in again."));
  }

  private void make() {
    List<EditedRow> rows = edited.rows().stream().filter(row -> !begun(row)).toList();
    Programme standing = standing();
    if (!errors.isEmpty()) {
      return;
    }
    EditedPlan.Read read = EditedPlan.read(rows, standing);
    errors.addAll(read.errors());
    Schedule schedule = read.schedule();
    for (EditedRow row : rows) {
      Integer j = jobs.get(row.id());
      if (j != null) {
        rowOf.put(j, row);
        wave(row, j);
        if (schedule != null) {
          time(row, j, standing.solved().schedule(), schedule);
        }
      }
    }
    if (schedule == null || !errors.isEmpty()) {
      return;
    }
    together();
    if (errors.isEmpty()) {
      programme = with(schedule, List.copyOf(groups.values()));
    }
  }

  /** Whether the row is of a VM whose wave has begun: then it must say what it said. */
  private boolean begun(EditedRow row) {
    if (!taken.contains(row.id())) {
      return false;
    }
    Integer number = edited.waves().get(row.id());
    Place place = before.get(row.id());
    Integer cutover = EditedPlan.second(fresh, row.cutover());
    boolean same =
        number != null
            && row.wave().strip().equals(number.toString())
            && (place == null || (cutover != null && cutover == place.cutover()));
    if (!same) {
      error(row, "its wave was started: it cannot be moved");
    }
    return true;
  }

  private void error(EditedRow row, String what) {
    errors.add("Row " + row.row() + ", " + EditedPlan.shown(row.name()) + ": " + what + ".");
  }

  /** The programme as it stands, with what came and went since said. */
  private Programme standing() {
    int[] ahead = fresh.solved().schedule().ahead().clone();
    int[] cutover = fresh.solved().schedule().cutover().clone();
    for (int j = 0; j < cutover.length; j++) {
      Place place = before.get(fresh.machines().get(j).vm().vm().toString());
      if (place == null) {
        errors.add(
            fresh.machines().get(j).vm().name()
                + " came after the version that was edited: plan again ('drover plan replan "
                + ask.plan()
                + "'), export and edit that.");
      } else {
        cutover[j] = (int) place.cutover();
        ahead[j] = fresh.problem().jobs().get(j).ahead() == null ? -1 : (int) place.copy();
      }
    }
    for (Programme.Left left : fresh.left()) {
      if (before.containsKey(left.vm().vm().toString())) {
        errors.add(
            left.vm().name()
                + " cannot go any more: "
                + left.why()
                + " Plan again ('drover plan replan "
                + ask.plan()
                + "'), export and edit that.");
      }
    }
    if (errors.isEmpty()) {
      for (Rules.Broken broken :
          Rules.broken(fresh.problem(), new Schedule(ahead, cutover), s -> Tables.at(fresh, s))) {
        errors.add(
            fresh.machines().get(broken.job()).vm().name()
                + " cannot stay where the standing version has it, without any edit: "
                + broken.what()
                + ". Plan again ('drover plan replan "
                + ask.plan()
                + "'), export and edit that.");
      }
    }
    return with(new Schedule(ahead, cutover), List.of());
  }

  private Programme with(Schedule schedule, List<List<Integer>> waves) {
    return new Programme(
        fresh.estate(),
        fresh.options(),
        fresh.machines(),
        fresh.left(),
        fresh.grouping(),
        fresh.problem(),
        Solver.judged(fresh.problem(), schedule, 0, false),
        WaveCutting.waves(waves, fresh.machines(), fresh.grouping(), fresh.problem(), schedule),
        fresh.notes());
  }

  private void wave(EditedRow row, int j) {
    String text = row.wave().strip();
    int number = text.matches("[0-9]{1,6}") ? Integer.parseInt(text) : 0;
    if (number < 1) {
      errors.add(
          "Row " + row.row() + ", Wave: '" + row.wave() + "' is no number of a wave, from 1 on.");
    } else if (number < ask.firstWave()) {
      error(
          row,
          "nothing joins wave " + WaveId.of(ask.plan(), number) + ", which was started already");
    } else {
      groups.computeIfAbsent(number, n -> new ArrayList<>()).add(j);
    }
  }

  /** Counts what was moved; nothing is moved to a time that is over. */
  private void time(EditedRow row, int j, Schedule was, Schedule is) {
    boolean moved = was.cutover()[j] != is.cutover()[j] || was.ahead()[j] != is.ahead()[j];
    Integer number = edited.waves().get(row.id());
    if (moved || number == null || !row.wave().strip().equals(number.toString())) {
      changed++;
    }
    if (ask.request().sayings().start() != null) {
      long now = Duration.between(fresh.estate().start(), edited.at()).toSeconds();
      if (was.cutover()[j] != is.cutover()[j] && is.cutover()[j] < now) {
        error(row, "its cutover is moved to a time that is over");
      }
    }
  }

  /** The waves keep to what the plan keeps to: size, stages, applications, order. */
  private void together() {
    int[] waveOf = new int[fresh.machines().size()];
    groups.forEach((number, members) -> members.forEach(j -> waveOf[j] = number));
    int most = Math.max(1, ask.request().waveSize());
    groups.forEach((number, members) -> {
      if (members.size() > most) {
        error(
            row(members.get(most)),
            "it is one of "
                + members.size()
                + " in wave "
                + number
                + ", but the plan allows "
                + most
                + " a wave");
      }
      int first = stage(members.getFirst());
      members.stream()
          .filter(j -> stage(j) != first)
          .findFirst()
          .ifPresent(j ->
              error(
                  row(j),
                  "it is of another stage than "
                      + row(members.getFirst()).name()
                      + " in wave "
                      + number
                      + ", and stages are not mixed"));
    });
    for (Unit unit : fresh.problem().units()) {
      for (int j : unit.jobs()) {
        int mine = waveOf[j];
        int other = waveOf[unit.jobs()[0]];
        if (mine != other && !unit.splittable() && unit.jobs().length <= most) {
          error(
              row(j),
              "it is in another wave than "
                  + row(unit.jobs()[0]).name()
                  + ", but "
                  + unit.name()
                  + " stays together");
        }
        for (int before : unit.after()) {
          for (int i : fresh.problem().units().get(before).jobs()) {
            if (waveOf[i] > mine) {
              error(
                  row(j),
                  "its wave "
                      + mine
                      + " goes before wave "
                      + waveOf[i]
                      + " of "
                      + row(i).name()
                      + ", which it comes after");
            }
          }
        }
      }
    }
  }

  private int stage(int j) {
    return fresh.problem().units().get(fresh.problem().jobs().get(j).unit()).stage();
  }

  private EditedRow row(int j) {
    EditedRow row = rowOf.get(j);
    if (row == null) {
      throw new IllegalStateException("Every machine of the plan has a row by now");
    }
    return row;
  }
}
