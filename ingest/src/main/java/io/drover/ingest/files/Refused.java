// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

/**
 * A row, or a cell of it, that could not be used.
 *
 * @param row as the spreadsheet numbers it, from 1; 0 for the sheet as a whole, which is no fault
 * @param machine whether a machine was lost by it; otherwise only a detail was
 */
public record Refused(String file, String sheet, int row, String what, boolean machine) {
  @Override
  public String toString() {
    return file
        + (sheet.isEmpty() ? "" : ", " + sheet)
        + (row > 0 ? ", row " + row : "")
        + ": "
        + what;
  }
}
