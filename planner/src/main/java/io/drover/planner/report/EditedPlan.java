// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.report;

import io.drover.planner.programme.Programme;
import io.drover.planner.schedule.Calendar;
import io.drover.planner.schedule.Problem.Activity;
import io.drover.planner.schedule.Rules;
import io.drover.planner.schedule.Schedule;
import io.drover.schemas.PlanMessage.EditedRow;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Reads the table of machines back after somebody moved cutovers in a spreadsheet. */
public final class EditedPlan {
  /** From about there on spreadsheets cut a text. */
  private static final int LONG = 30_000;

  private EditedPlan() {}

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
  public static Read read(List<EditedRow> rows, Programme programme) {
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
    for (EditedRow row : rows) {
      Integer machine = index.get(row.id());
      if (machine == null) {
        errors.add(
            "Row " + row.row() + ": there is no machine '" + shown(row.id()) + "' in this plan.");
        continue;
      }
      String name = programme.machines().get(machine).vm().name();
      if (!isName(row.name(), name)) {
        errors.add(
            "Row "
                + row.row()
                + ", Name: a table of a plan changes no name, but '"
                + shown(name)
                + "' is '"
                + shown(row.name())
                + "' here; write the old one. A plan's settings (overrides) say what a target is"
                + " called.");
      }
      if (!seen.add(machine)) {
        errors.add(
            "Row "
                + row.row()
                + ": "
                + shown(row.name())
                + " is in row "
                + rowOf.get(machine)
                + " already.");
        continue;
      }
      rowOf.put(machine, row.row());
      Integer start = second(programme, row.cutover());
      if (start == null) {
        errors.add(
            "Row "
                + row.row()
                + ", Cutover: '"
                + shown(row.cutover())
                + "' is no time after the start of the plan; write one like "
                + example(programme)
                + ".");
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
                  + row.row()
                  + ", Copy: '"
                  + shown(row.copy())
                  + "' is no time after the start of the plan; write one like "
                  + example(programme)
                  + ".");
          continue;
        }
        ahead[machine] = begin;
      }
    }
    for (int i = 0; i < programme.machines().size(); i++) {
      if (!seen.contains(i)) {
        errors.add(
            shown(programme.machines().get(i).vm().name())
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

  /** Whether a cell has the name of a machine, as csv and spreadsheets write it, or nothing. */
  private static boolean isName(String cell, String name) {
    return cell.isBlank()
        || bare(cell).equals(bare(name))
        || bare(cell).equals(bare(Table.safe(name)))
        || (cell.length() > LONG && bare(name).startsWith(bare(cell)));
  }

  /** Without what a spreadsheet may lose or add of itself. */
  private static String bare(String text) {
    return text.replaceAll("[\\p{Cntrl}\\s]+", "");
  }

  /** A name as a sentence has room for it. */
  public static String shown(String name) {
    return name.length() <= 80 ? name : name.substring(0, 77) + "…";
  }

  private static void broken(
      Programme programme, Schedule schedule, Map<Integer, Integer> rowOf, List<String> errors) {
    for (Rules.Broken broken :
        Rules.broken(programme.problem(), schedule, s -> Tables.at(programme, s))) {
      errors.add(
          "Row "
              + rowOf.get(broken.job())
              + ", "
              + shown(programme.machines().get(broken.job()).vm().name())
              + ": "
              + broken.what()
              + ".");
    }
  }

  /** A plan that knows no windows begins whenever it is released: its times are durations. */
  private static String example(Programme programme) {
    return programme.estate().start().equals(Instant.EPOCH) ? "PT2H30M" : "2026-09-12T20:00:00Z";
  }

  /**
   * A second of the plan as the table writes it, or as a spreadsheet does that took it for a time
   * of its own; null if the text is none.
   */
  public static @Nullable Integer second(Programme programme, String text) {
    try {
      String time = text.strip();
      Instant start = programme.estate().start();
      long second =
          (start.equals(Instant.EPOCH) ? Duration.parse(time) : Duration.between(start, at(time)))
              .toSeconds();
      return second < 0 || second > Calendar.END ? null : (int) second;
    } catch (DateTimeException e) {
      return null;
    }
  }

  /** The columns are UTC, so a time without a zone is. */
  private static Instant at(String time) {
    return time.matches("[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9:.]+")
        ? LocalDateTime.parse(time.replace(' ', 'T')).toInstant(ZoneOffset.UTC)
        : Instant.parse(time);
  }
}
