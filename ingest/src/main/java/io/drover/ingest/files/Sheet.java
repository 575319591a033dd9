// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import java.io.IOException;
import java.io.InputStream;
import java.math.BigDecimal;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.ZipException;
import org.dhatim.fastexcel.reader.Cell;
import org.dhatim.fastexcel.reader.ReadableWorkbook;
import org.dhatim.fastexcel.reader.ReadingOptions;

/**
 * A table of an xlsx or csv file: the first row that is not blank is the header, blank rows are
 * passed over, and every row knows its number in the file.
 */
public record Sheet(String file, String name, List<String> headers, List<Row> rows) {
  /** More cells than a spreadsheet can have: a file that claims so is not one. */
  private static final int MOST_CELLS = 50_000_000;

  public Sheet {
    headers = List.copyOf(headers);
    rows = List.copyOf(rows);
  }

  /** A row; cells are text as the file shows them. */
  public record Row(int number, Map<String, String> cells) {
    /** The first of the columns that is there and not blank, stripped; else empty. */
    public String get(String... columns) {
      for (String column : columns) {
        String value = cells.get(key(column));
        if (value != null && !value.isBlank()) {
          return value.strip();
        }
      }
      return "";
    }
  }

  static String key(String header) {
    return header.strip().toLowerCase(Locale.ROOT).replaceAll("\\s+", " ");
  }

  /** Whether one of the columns is there. */
  public boolean has(String... columns) {
    for (String column : columns) {
      if (headers.stream().anyMatch(h -> key(h).equals(key(column)))) {
        return true;
      }
    }
    return false;
  }

  /**
   * Every sheet of a file, by name; a csv file is one sheet, named by its file name.
   *
   * @throws NotReadable if it is not there, or neither xlsx nor csv
   */
  public static Map<String, Sheet> read(Path path) {
    String file = String.valueOf(path.getFileName());
    try {
      byte[] start = start(path);
      if (start.length >= 2 && start[0] == 'P' && start[1] == 'K') {
        return workbook(path, file);
      }
      if (start.length >= 4 && start[0] == (byte) 0xD0 && start[1] == (byte) 0xCF) {
        throw new NotReadable(
            file + " is an old Excel file (xls). Save it as xlsx, or export it as csv.");
      }
      Sheet sheet = csv(path, file);
      return Map.of(sheet.name(), sheet);
    } catch (NoSuchFileException e) {
      throw new NotReadable("There is no file " + path + ".");
    } catch (IOException e) {
      throw new NotReadable(file + " cannot be read: " + e.getMessage());
    }
  }

  private static byte[] start(Path path) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return in.readNBytes(8);
    }
  }

  private static Map<String, Sheet> workbook(Path path, String file) throws IOException {
    var sheets = new LinkedHashMap<String, Sheet>();
    try {
      Unpacked.check(path, file);
    } catch (ZipException e) {
      throw noWorkbook(file, e);
    }
    try (var workbook = new ReadableWorkbook(path.toFile(), new ReadingOptions(true, false))) {
      var count = new Count(file);
      for (var sheet : workbook.getSheets().toList()) {
        var rows = new ArrayList<List<String>>();
        var numbers = new ArrayList<Integer>();
        try (var stream = sheet.openStream()) {
          stream.forEach(row -> {
            count.add(row.getCellCount());
            var cells = new ArrayList<String>();
            for (int c = 0; c < row.getCellCount(); c++) {
              Cell cell = row.getCell(c);
              cells.add(cell == null || cell.getRawValue() == null ? "" : text(cell));
            }
            rows.add(cells);
            numbers.add(row.getRowNum());
          });
        }
        sheets.put(sheet.getName(), table(file, sheet.getName(), rows, numbers));
      }
    } catch (NotReadable e) {
      throw e;
    } catch (RuntimeException e) {
      throw noWorkbook(file, e);
    }
    return sheets;
  }

  private static NotReadable noWorkbook(String file, Exception e) {
    return new NotReadable(
        file
            + " looks like an xlsx file, but cannot be read as one: "
            + e.getMessage()
            + ". Save it anew, or export csv.");
  }

  /** Cells of a file so far. */
  private static final class Count {
    private final String file;
    private long cells;

    Count(String file) {
      this.file = file;
    }

    void add(int more) {
      cells += more;
      if (cells > MOST_CELLS) {
        throw new NotReadable(file + " has more than " + MOST_CELLS + " cells.");
      }
    }
  }

  private static String text(Cell cell) {
    return switch (cell.getType()) {
      case NUMBER -> isTime(cell) ? time(cell) : cell.asNumber().toPlainString();
      case STRING -> cell.asString();
      case BOOLEAN -> cell.asBoolean() ? "true" : "false";
      case FORMULA, ERROR, EMPTY -> cell.getRawValue() == null ? "" : cell.getRawValue();
    };
  }

  /** Whether a spreadsheet shows a number as a date, a time of day or both: by its format. */
  private static boolean isTime(Cell cell) {
    Integer id = cell.getDataFormatId();
    if (id != null && ((id >= 14 && id <= 22) || (id >= 45 && id <= 47))) {
      return true;
    }
    String format = cell.getDataFormatString();
    return format != null
        && format
            // What is shown as it is, and after _ and * what is skipped or repeated.
            .replaceAll("\"[^\"]*\"|\\[[^\\]]*\\]|[\\\\_*].", "")
            .toLowerCase(Locale.ROOT)
            .matches(".*[ymdhs].*");
  }

  /** As people would have to write it: what they type, a spreadsheet often turns into a number. */
  private static String time(Cell cell) {
    boolean ofDay = cell.asNumber().signum() >= 0 && cell.asNumber().compareTo(BigDecimal.ONE) < 0;
    LocalDateTime at = cell.asDate().plusNanos(500_000_000).truncatedTo(ChronoUnit.SECONDS);
    return ofDay ? at.toLocalTime().toString() : at.toString();
  }

  private static Sheet csv(Path path, String file) throws IOException {
    if (Files.size(path) > Unpacked.MOST_KEPT) {
      throw new NotReadable(
          file
              + " is refused: it has more than "
              + (Unpacked.MOST_KEPT >> 20)
              + " MiB, more than any tab of an export. Give it in parts.");
    }
    byte[] bytes = Files.readAllBytes(path);
    String text = decode(bytes);
    if (text.indexOf('\0') >= 0) {
      throw new NotReadable(file + " is neither xlsx nor csv: it has binary content.");
    }
    String name = file.replaceAll("(?i)\\.(csv|txt)$", "").replaceAll("(?i)^.*tab(?=v[a-z])", "");
    int line = text.indexOf('\n');
    String first = line < 0 ? text : text.substring(0, line);
    char separator =
        count(first, ';') > count(first, ',')
            ? ';'
            : count(first, '\t') > count(first, ',') ? '\t' : ',';
    var rows = new ArrayList<List<String>>();
    var numbers = new ArrayList<Integer>();
    parse(file, text, separator, rows, numbers);
    return table(file, name, rows, numbers);
  }

  private static String decode(byte[] bytes) {
    int skip = bytes.length >= 3 && bytes[0] == (byte) 0xEF && bytes[1] == (byte) 0xBB ? 3 : 0;
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(java.nio.ByteBuffer.wrap(bytes, skip, bytes.length - skip))
          .toString();
    } catch (CharacterCodingException e) {
      // Excel on Windows writes csv in the code page of the country.
      return new String(bytes, Charset.forName("windows-1252"));
    }
  }

  private static long count(String text, char c) {
    return text.chars().filter(x -> x == c).count();
  }

  /** RFC 4180, with any separator and line end. */
  private static void parse(
      String file, String text, char separator, List<List<String>> rows, List<Integer> numbers) {
    var count = new Count(file);
    var cell = new StringBuilder();
    var row = new ArrayList<String>();
    boolean quoted = false;
    int number = 1;
    int began = 1;
    for (int i = 0; i <= text.length(); i++) {
      char c = i < text.length() ? text.charAt(i) : '\n';
      if (cell.length() > Unpacked.LONGEST) {
        throw new NotReadable(
            file
                + " is refused: row "
                + began
                + " has a cell of more than "
                + Unpacked.LONGEST
                + " characters. See that each quotation mark is closed.");
      }
      if (quoted && i < text.length()) {
        if (c == '"' && i + 1 < text.length() && text.charAt(i + 1) == '"') {
          cell.append('"');
          i++;
        } else if (c == '"') {
          quoted = false;
        } else {
          cell.append(c);
          number += c == '\n' ? 1 : 0;
        }
      } else if (c == '"' && cell.isEmpty()) {
        quoted = true;
      } else if (c == separator) {
        count.add(1);
        row.add(cell.toString());
        cell.setLength(0);
      } else if (c == '\n') {
        row.add(cell.toString());
        cell.setLength(0);
        rows.add(row);
        numbers.add(began);
        row = new ArrayList<>();
        number++;
        began = number;
      } else if (c != '\r') {
        cell.append(c);
      }
    }
  }

  private static Sheet table(
      String file, String name, List<List<String>> rows, List<Integer> numbers) {
    var headers = new ArrayList<String>();
    var table = new ArrayList<Row>();
    for (int i = 0; i < rows.size(); i++) {
      List<String> row = rows.get(i);
      if (row.stream().allMatch(String::isBlank)) {
        continue;
      }
      if (headers.isEmpty()) {
        row.forEach(h -> headers.add(h.strip()));
        continue;
      }
      var map = new HashMap<String, String>();
      for (int c = 0; c < Math.min(row.size(), headers.size()); c++) {
        map.putIfAbsent(key(headers.get(c)), row.get(c));
      }
      table.add(new Row(numbers.get(i), map));
    }
    return new Sheet(file, name, headers, table);
  }

  /**
   * A number as people and spreadsheets of any country write it: {@code 1234.5}, {@code 1.234,5},
   * {@code 1 234}, {@code 1'234}.
   *
   * @throws NumberFormatException if it is none
   */
  static double number(String text) {
    String plain = text.strip().replaceAll("[\\s\u00a0\u202f']", "");
    int dots = (int) count(plain, '.');
    int commas = (int) count(plain, ',');
    if (dots > 0 && commas > 0) {
      boolean comma = plain.lastIndexOf(',') > plain.lastIndexOf('.');
      plain = comma ? plain.replace(".", "").replace(',', '.') : plain.replace(",", "");
    } else if (commas > 0) {
      plain =
          plain.matches("-?\\d{1,3}(,\\d{3})+") ? plain.replace(",", "") : plain.replace(',', '.');
    } else if (dots > 1 || plain.matches("-?[1-9]\\d{0,2}\\.000")) {
      plain = plain.replace(".", "");
    }
    double value = Double.parseDouble(plain);
    if (!Double.isFinite(value)) {
      throw new NumberFormatException("not a number: " + text);
    }
    return value;
  }

  /**
   * A number of which it is known that it is whole, so that one mark before three digits can only
   * group thousands: {@code 40.960} and {@code 40,960} are 40960.
   *
   * @throws NumberFormatException if it is none
   */
  static double whole(String text) {
    String plain = text.strip();
    return number(plain.matches("[1-9]\\d{0,2}[.,]\\d{3}") ? plain.replaceAll("[.,]", "") : plain);
  }
}
