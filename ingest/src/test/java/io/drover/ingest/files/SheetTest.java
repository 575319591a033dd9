// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.schemas.Sayings.Window;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.FileSystem;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Set;
import org.dhatim.fastexcel.Workbook;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a spreadsheet made of what somebody typed is read as what was typed. */
class SheetTest {
  @TempDir private Path folder;

  private Path calendar(String from, String to) throws IOException {
    Path file = folder.resolve("calendars.xlsx");
    try (OutputStream out = Files.newOutputStream(file);
        var workbook = new Workbook(out, "test", "1.0")) {
      var sheet = workbook.newWorksheet("calendars");
      String[] headers = {"calendar", "kind", "zone", "days", "from", "to", "begin", "end"};
      for (int c = 0; c < headers.length; c++) {
        sheet.value(0, c, headers[c]);
      }
      sheet.value(1, 0, "night");
      sheet.value(1, 2, "Europe/Berlin");
      sheet.value(1, 3, "mon-tue");
      sheet.value(1, 4, 22.0 / 24);
      sheet.style(1, 4).format(from).set();
      sheet.value(1, 5, 5.5 / 24);
      sheet.style(1, 5).format(to).set();
      sheet.value(2, 0, "night");
      sheet.value(2, 1, "once");
      sheet.value(2, 6, 46_000 + 21.25 / 24);
      sheet.style(2, 6).format("yyyy-mm-dd hh:mm").set();
      sheet.value(2, 7, 46_001);
      sheet.style(2, 7).format("m/d/yy h:mm").set();
    }
    return file;
  }

  @ParameterizedTest
  @CsvSource({"hh:mm, h:mm AM/PM", "[$-407]h:mm:ss, 'h \"o''clock\"'"})
  void timesOfACalendarMayBeTypedIntoASpreadsheet(String from, String to) throws IOException {
    SayingTables.Read<Window> read = SayingTables.calendars(calendar(from, to));

    assertThat(read.refused()).isEmpty();
    assertThat(read.rows())
        .containsExactly(
            new Window(
                "night",
                ZoneId.of("Europe/Berlin"),
                Set.of(DayOfWeek.MONDAY, DayOfWeek.TUESDAY),
                LocalTime.of(22, 0),
                LocalTime.of(5, 30),
                null,
                null,
                false,
                ""),
            new Window(
                "night",
                ZoneId.of("UTC"),
                Set.of(),
                null,
                null,
                Instant.parse("2025-12-09T21:15:00Z"),
                Instant.parse("2025-12-10T00:00:00Z"),
                false,
                ""));
  }

  @ParameterizedTest
  @CsvSource({
    "General",
    "'#,##0.00'",
    "0.00E+00",
    "'0 \"days\"'",
    "[Red]0.0",
    "'_-* #,##0.00 _D_M_-'",
    "'_-* #,##0.00\\ _D_M_-'",
    "*s0.00"
  })
  void aNumberStaysANumberHoweverItIsShown(String format) throws IOException {
    List<String> faults =
        SayingTables.calendars(calendar(format, "hh:mm")).refused().stream()
            .map(Refused::what)
            .toList();

    assertThat(faults).singleElement().asString().contains("from is no time of day: '0.9166");
  }

  @Test
  void anHourOfOneDigitIsAnHour() throws IOException {
    Path file = folder.resolve("calendars.csv");
    Files.writeString(file, "calendar,days,from,to\nnight,sat,9:30,6:00\n");

    assertThat(SayingTables.calendars(file).rows())
        .singleElement()
        .satisfies(window -> assertThat(window.from()).isEqualTo(LocalTime.of(9, 30)));
  }

  /** A workbook whose one sheet has one cell of so many characters. */
  private Path cellOf(int characters, String of) throws IOException {
    Path file = folder.resolve("calendars.xlsx");
    try (OutputStream out = Files.newOutputStream(file);
        var workbook = new Workbook(out, "test", "1.0")) {
      workbook.newWorksheet("calendars").value(0, 0, "calendar");
    }
    try (FileSystem zip = FileSystems.newFileSystem(file);
        OutputStream sheet = Files.newOutputStream(zip.getPath("xl/worksheets/sheet1.xml"))) {
      sheet.write(
          ("<worksheet xmlns=\"http://schemas.openxmlformats.org/spreadsheetml/2006/main\">"
                  + "<sheetData><row r=\"1\"><c r=\"A1\" t=\"inlineStr\"><is><t>")
              .getBytes(UTF_8));
      byte[] piece = of.getBytes(UTF_8);
      for (int i = 0; i < characters; i++) {
        sheet.write(piece);
      }
      sheet.write("</t></is></c></row></sheetData></worksheet>".getBytes(UTF_8));
    }
    return file;
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "300000 | x | has a text of more than 256 KiB in one piece",
        "4000000 | <b/> | unpacks to more than 100 times its size"
      })
  void aFileThatSwellsWithoutMeasureIsRefusedBeforeItIsParsed(int characters, String of, String why)
      throws IOException {
    Path bomb = cellOf(characters, of);

    assertThatThrownBy(() -> Sheet.read(bomb))
        .isInstanceOf(NotReadable.class)
        .hasMessageContaining("calendars.xlsx is refused: xl/worksheets/sheet1.xml in it " + why);
  }

  @Test
  void theLongestCellThatASpreadsheetCanHoldIsRead() throws IOException {
    assertThat(Sheet.read(cellOf(32_767, "&#38;")).get("calendars").headers())
        .containsExactly("&".repeat(32_767));
  }

  @Test
  void aCellOfACsvFileThatNeverEndsIsRefusedWithItsRow() throws IOException {
    Path file = folder.resolve("calendars.csv");
    Files.writeString(file, "calendar,why\nnight,a\nnight,\"b\n" + "night,c\n".repeat(40_000));

    assertThatThrownBy(() -> Sheet.read(file))
        .isInstanceOf(NotReadable.class)
        .hasMessageContaining("row 3 has a cell of more than 262144 characters");
  }
}
