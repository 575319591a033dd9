// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import io.drover.ingest.files.Sheet.Row;
import java.time.DateTimeException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.DoublePredicate;
import java.util.function.Supplier;

/**
 * Reads the cells of a row and keeps every fault, so that a person hears of all of them at once.
 */
final class Cells {
  private final Row row;
  private final List<String> faults = new ArrayList<>();
  private final List<String> doubts = new ArrayList<>();

  Cells(Row row) {
    this.row = row;
  }

  Row row() {
    return row;
  }

  /** What is wrong with the row, in words; empty if nothing is. */
  List<String> faults() {
    return List.copyOf(faults);
  }

  void fault(String what) {
    faults.add(what);
  }

  /** What is wrong although the row is to be kept, for it would be unsafe without it. */
  List<String> doubts() {
    return List.copyOf(doubts);
  }

  void doubt(String what) {
    doubts.add(what);
  }

  /** What a cell says, or a stand-in where that is a fault. */
  <T> T read(T otherwise, Supplier<T> cell) {
    try {
      return cell.get();
    } catch (IllegalArgumentException | DateTimeException e) {
      fault(String.valueOf(e.getMessage()));
      return otherwise;
    }
  }

  /** The text of a column that must not be empty. */
  String required(String column) {
    String value = row.get(column);
    if (value.isEmpty()) {
      fault("the column " + column + " is empty");
    }
    return value;
  }

  /** The number in the first of the columns that has something; 0 where none has. */
  double number(DoublePredicate right, String otherwise, String... columns) {
    String text = row.get(columns);
    if (text.isEmpty()) {
      return 0;
    }
    try {
      double number = Sheet.number(text);
      if (right.test(number)) {
        return number;
      }
      fault(columns[0] + " must be " + otherwise + ", but is " + RvMachine.shown(text));
    } catch (NumberFormatException e) {
      fault(columns[0] + " is no number: '" + RvMachine.shown(text) + "'");
    }
    return 0;
  }
}
