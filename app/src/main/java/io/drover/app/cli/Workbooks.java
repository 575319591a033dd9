// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.planner.programme.Programme;
import io.drover.planner.report.Table;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.List;
import org.dhatim.fastexcel.Workbook;
import org.dhatim.fastexcel.Worksheet;

/** Writes the tables of a programme as a spreadsheet or as csv files. */
public final class Workbooks {
  /** A spreadsheet cell holds no more characters. */
  private static final int MOST = 32_000;

  private Workbooks() {}

  static void xlsx(Path file, List<Table> tables, Programme programme) throws IOException {
    try (OutputStream out = Files.newOutputStream(file)) {
      xlsx(out, tables, programme);
    }
  }

  /** Writes a sheet a table, and a Gantt chart. */
  public static void xlsx(OutputStream out, List<Table> tables, Programme programme)
      throws IOException {
    try (var workbook = new Workbook(out, "drover", "1.0")) {
      for (Table table : tables) {
        Worksheet sheet = workbook.newWorksheet(table.name());
        for (int c = 0; c < table.headers().size(); c++) {
          sheet.value(0, c, table.headers().get(c));
          sheet.style(0, c).bold().set();
        }
        for (int r = 0; r < table.rows().size(); r++) {
          List<Object> row = table.rows().get(r);
          for (int c = 0; c < row.size(); c++) {
            if (row.get(c) instanceof Number number) {
              sheet.value(r + 1, c, number);
            } else {
              String text = row.get(c).toString();
              sheet.value(r + 1, c, text.length() > MOST ? text.substring(0, MOST) : text);
            }
          }
        }
        sheet.freezePane(0, 1);
      }
      gantt(workbook.newWorksheet("Gantt"), programme);
    }
  }

  /** A row a wave, a column a day (a week if there are many), filled where it cuts over. */
  private static void gantt(Worksheet sheet, Programme programme) {
    int days = programme.solved().makespan() / 86_400 + 1;
    int step = days > 240 ? 7 : 1;
    sheet.value(0, 0, "Wave");
    LocalDate first = LocalDate.ofInstant(programme.estate().start(), ZoneOffset.UTC);
    for (int d = 0; d < days; d += step) {
      sheet.value(
          0, 1 + d / step, programme.undated() ? "day " + (d + 1) : first.plusDays(d).toString());
    }
    for (Programme.Wave wave : programme.waves()) {
      int row = programme.index(wave) + 1;
      sheet.value(row, 0, wave.number() + " " + wave.stage().words());
      fill(sheet, row, wave.copiesFrom(), wave.from(), step, "CFE3E8");
      fill(sheet, row, wave.from(), wave.to(), step, "1F7A8C");
    }
    sheet.freezePane(1, 1);
  }

  private static void fill(Worksheet sheet, int row, int from, int to, int step, String colour) {
    for (int d = from / 86_400 / step; d <= Math.max(from, to - 1) / 86_400 / step; d++) {
      sheet.style(row, 1 + d).fillColor(colour).set();
    }
  }

  static void csv(Path folder, List<Table> tables) throws IOException {
    Files.createDirectories(folder);
    for (Table table : tables) {
      Files.writeString(folder.resolve(fileOf(table)), table.csv(), StandardCharsets.UTF_8);
    }
  }

  /** What the csv file of a table is called. */
  public static String fileOf(Table table) {
    return table.name().toLowerCase(java.util.Locale.ROOT).replace(' ', '-') + ".csv";
  }
}
