// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.report;

import io.drover.planner.programme.Programme;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Rules;
import io.drover.planner.schedule.Schedule;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the table of machines back after somebody moved cutovers in a spreadsheet. */
public final class EditedPlan {
  private EditedPlan() {}

  /**
   * A row of the edited table.
   *
   * @param number in the spreadsheet
   * @param copy and {@code cutover} as the table writes them
   */
  public record Row(int number, String id, String name, String copy, String cutover) {}

  /**
   * What came out.
   *
   * @param schedule the edited schedule, null if there are errors
   * @param errors row by row, in words
   */
  public record Read(@Nullable Schedule schedule, List<String> errors, int changed) {
    public Read {
      errors = List.copyOf(errors);
    }
  }

  /** Checks rows against the programme they were exported from. */
  public static Read read(List<Row> rows, Programme programme) {
    var errors = new ArrayList<String>();
    var index = new HashMap<String, Integer>();
    for (int i = 0; i < programme.machines().size(); i++) {
      index.put(programme.machines().get(i).vm().vm().toString(), i);
    }
    int[] ahead = programme.solved().schedule().ahead().clone();
    int[] cutover = programme.solved().schedule().cutover().clone();
    var rowOf = new HashMap<Integer, Integer>();
    var seen = new HashSet<Integer>();
    int changed = 0;
    for (Row row : rows) {
      Integer machine = index.get(row.id());
      if (machine == null) {
        errors.add(
            "Row " + row.number() + ": there is no machine '" + row.id() + "' in this plan.");
        continue;
      }
      if (!seen.add(machine)) {
        errors.add(
            "Row "
                + row.number()
                + ": "
                + row.name()
                + " is in row "
                + rowOf.get(machine)
                + " already.");
        continue;
      }
      rowOf.put(machine, row.number());
      Integer start = second(programme, row.cutover());
      if (start == null) {
        errors.add(
            "Row "
                + row.number()
                + ", Cutover: '"
                + row.cutover()
                + "' is no time after the start of the plan; write one like 2026-09-12T20:00:00Z.");
        continue;
      }
      if (start != cutover[machine]) {
        changed++;
        cutover[machine] = start;
      }
      Activity copy = programme.problem().jobs().get(machine).ahead();
      if (copy != null) {
        Integer begin = second(programme, row.copy());
        if (begin == null) {
          errors.add(
              "Row "
                  + row.number()
                  + ", Copy: '"
                  + row.copy()
                  + "' is no time after the start of the plan.");
          continue;
        }
        ahead[machine] = begin;
      }
    }
    for (int i = 0; i < programme.machines().size(); i++) {
      if (!seen.contains(i)) {
        errors.add(
            programme.machines().get(i).vm().name()
                + " is in no row: a machine is taken out of a plan by its selection, not by"
                + " deleting its row.");
      }
    }
    var schedule = new Schedule(ahead, cutover);
    if (errors.isEmpty()) {
      broken(programme, schedule, rowOf, errors);
    }
    return new Read(errors.isEmpty() ? schedule : null, errors, changed);
  }

  private static void broken(
      Programme programme, Schedule schedule, Map<Integer, Integer> rowOf, List<String> errors) {
    for (Rules.Broken broken : Rules.broken(programme.problem(), schedule)) {
      errors.add(
          "Row "
              + rowOf.get(broken.job())
              + ", "
              + programme.machines().get(broken.job()).vm().name()
              + ": "
              + broken.what()
              + ".");
    }
  }

  private static @Nullable Integer second(Programme programme, String text) {
    try {
      long second =
          Duration.between(programme.estate().start(), Instant.parse(text.strip())).toSeconds();
      return second < 0 || second > io.drover.planner.schedule.Calendar.END ? null : (int) second;
    } catch (DateTimeException e) {
      return null;
    }
  }
}
