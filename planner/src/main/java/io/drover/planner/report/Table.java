// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.report;

import java.util.List;

/**
 * A table of a report.
 *
 * @param rows cells are text or numbers
 */
public record Table(String name, List<String> headers, List<List<Object>> rows) {
  public Table {
    headers = List.copyOf(headers);
    rows = List.copyOf(rows);
  }

  /**
   * RFC 4180. Text that a spreadsheet would take for a formula is led by an apostrophe, so that a
   * name out of an inventory never runs in somebody's spreadsheet.
   */
  public String csv() {
    var out = new StringBuilder();
    line(out, List.copyOf(headers));
    rows.forEach(row -> line(out, row));
    return out.toString();
  }

  private static void line(StringBuilder out, List<? extends Object> cells) {
    for (int i = 0; i < cells.size(); i++) {
      String text = cells.get(i) instanceof Number n ? n.toString() : safe(cells.get(i).toString());
      boolean quote = text.chars().anyMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
      out.append(i == 0 ? "" : ",").append(quote ? '"' + text.replace("\"", "\"\"") + '"' : text);
    }
    out.append("\r\n");
  }

  /** Text that no spreadsheet takes for a formula. */
  public static String safe(String text) {
    return !text.isEmpty() && "=+-@\t\r".indexOf(text.charAt(0)) >= 0 ? "'" + text : text;
  }
}
