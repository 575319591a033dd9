// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import io.drover.ingest.files.Sheet.Row;
import io.drover.schemas.Sayings.Flow;
import io.drover.schemas.Sayings.Statement;
import io.drover.schemas.Sayings.Use;
import io.drover.schemas.Sayings.Window;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/** Reads what people say in tables: calendars, flows, statements about machines, usage. */
public final class SayingTables {
  private SayingTables() {}

  /** What a table gave, and the rows of it that could not be used. */
  public record Read<T>(List<T> rows, List<Refused> refused) {
    public Read {
      rows = List.copyOf(rows);
      refused = List.copyOf(refused);
    }
  }

  /** Columns: calendar, kind (weekly, once, blackout), zone, days, from, to, begin, end, why. */
  public static Read<Window> calendars(Path file) {
    return read(file, "calendar", (row, to) -> to.add(window(row)));
  }

  private static Window window(Row row) {
    String kind = row.get("kind").toLowerCase(Locale.ROOT);
    ZoneId zone = zone(row.get("zone"));
    String calendar = required(row, "calendar");
    if (kind.isEmpty() || kind.equals("weekly")) {
      LocalTime from = LocalTime.parse(required(row, "from"));
      LocalTime to = LocalTime.parse(required(row, "to"));
      return new Window(
          calendar, zone, days(required(row, "days")), from, to, null, null, false, row.get("why"));
    }
    boolean closed = Set.of("blackout", "freeze", "lockout", "closed").contains(kind);
    if (!closed && !kind.equals("once")) {
      throw new IllegalArgumentException(
          "kind must be weekly, once or blackout, but is '" + kind + "'");
    }
    Instant begin = instant(required(row, "begin"), zone);
    Instant end = instant(required(row, "end"), zone);
    if (!end.isAfter(begin)) {
      throw new IllegalArgumentException("it ends (" + end + ") before it begins (" + begin + ")");
    }
    return new Window(calendar, zone, Set.of(), null, null, begin, end, closed, row.get("why"));
  }

  private static ZoneId zone(String text) {
    try {
      return ZoneId.of(text.isEmpty() ? "UTC" : text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "there is no time zone '" + text + "'; write one like Europe/Berlin");
    }
  }

  private static Instant instant(String text, ZoneId zone) {
    return text.endsWith("Z")
        ? Instant.parse(text)
        : LocalDateTime.parse(text.replace(' ', 'T')).atZone(zone).toInstant();
  }

  private static Set<DayOfWeek> days(String text) {
    var days = EnumSet.noneOf(DayOfWeek.class);
    for (String word : text.toUpperCase(Locale.ROOT).split("[\\s,;+]+")) {
      int dash = word.indexOf('-');
      if (dash > 0) {
        DayOfWeek day = day(word.substring(0, dash));
        DayOfWeek last = day(word.substring(dash + 1));
        for (int i = 0; i < 7; i++) {
          days.add(day);
          if (day == last) {
            break;
          }
          day = day.plus(1);
        }
      } else if (!word.isEmpty()) {
        days.add(day(word));
      }
    }
    return days;
  }

  private static DayOfWeek day(String word) {
    for (DayOfWeek day : DayOfWeek.values()) {
      if (word.length() >= 2 && day.name().startsWith(word)) {
        return day;
      }
    }
    throw new IllegalArgumentException("'" + word + "' is no day of the week (mon … sun)");
  }

  /** NetFlow, vRNI and ServiceNow exports: any of their names for source, destination, bytes. */
  public static Read<Flow> flows(Path file) {
    return read(
        file,
        null,
        (row, to) -> {
          String from =
              row.get(
                  "source vm",
                  "source vm name",
                  "src vm",
                  "source",
                  "parent",
                  "source ip",
                  "source ip address",
                  "src ip",
                  "srcaddr",
                  "src_ip");
          String target =
              row.get(
                  "destination vm",
                  "destination vm name",
                  "dst vm",
                  "destination",
                  "child",
                  "destination ip",
                  "destination ip address",
                  "dst ip",
                  "dstaddr",
                  "dst_ip");
          if (from.isEmpty() || target.isEmpty()) {
            throw new IllegalArgumentException("it names no source or no destination");
          }
          String bytes =
              row.get(
                  "bytes",
                  "total bytes",
                  "byte count",
                  "dbytes",
                  "sum(bytes)",
                  "doctets",
                  "weight");
          to.add(
              new Flow(
                  from,
                  target,
                  bytes.isEmpty() ? 1 : Sheet.number(bytes),
                  "flow of " + file.getFileName() + ", row " + row.number()));
        });
  }

  /**
   * Columns: vm or application, stage, calendar, team, splittable, together, after, apart,
   * criticality, downtime (minutes).
   */
  public static Read<Statement> statements(Path file) {
    return read(
        file,
        null,
        (row, to) -> {
          String vm = row.get("vm", "machine", "name");
          String application = row.get("application", "app");
          if (vm.isEmpty() && application.isEmpty()) {
            throw new IllegalArgumentException("it says neither vm nor application");
          }
          String criticality = row.get("criticality");
          String downtime = row.get("downtime", "downtime minutes", "rto", "rto minutes");
          to.add(
              new Statement(
                  vm,
                  application,
                  row.get("stage", "environment"),
                  row.get("calendar", "window"),
                  row.get("team"),
                  row.get("splittable"),
                  row.get("together"),
                  row.get("after", "depends on"),
                  row.get("apart"),
                  criticality.isEmpty() ? 0 : (int) Sheet.number(criticality),
                  downtime.isEmpty() ? 0 : Sheet.number(downtime),
                  file.getFileName() + ", row " + row.number()));
        });
  }

  /** Columns: vm, used (GiB), changed (MiB/s), cpu (%), memory (GiB), each of the highest seen. */
  public static Read<Use> usage(Path file) {
    return read(
        file,
        "vm",
        (row, to) ->
            to.add(
                new Use(
                    required(row, "vm"),
                    Math.round(number(row, "used", "used gib") * (1L << 30)),
                    Math.round(number(row, "changed", "changed mib/s") * (1L << 20)),
                    number(row, "cpu", "cpu %") / 100,
                    Math.round(number(row, "memory", "memory gib") * 1024))));
  }

  private static double number(Row row, String... columns) {
    String text = row.get(columns);
    double number = text.isEmpty() ? 0 : Sheet.number(text);
    if (!(number >= 0)) {
      throw new IllegalArgumentException(columns[0] + " is below zero: " + text);
    }
    return number;
  }

  private static String required(Row row, String column) {
    String value = row.get(column);
    if (value.isEmpty()) {
      throw new IllegalArgumentException("the column " + column + " is empty");
    }
    return value;
  }

  private static <T> Read<T> read(
      Path file, @Nullable String column, BiConsumer<Row, List<T>> each) {
    Sheet sheet = Sheet.read(file).values().iterator().next();
    if (column != null && !sheet.has(column)) {
      throw new NotReadable(
          file.getFileName()
              + " has no column '"
              + column
              + "'; it has "
              + String.join(", ", sheet.headers())
              + ".");
    }
    var rows = new ArrayList<T>();
    var refused = new ArrayList<Refused>();
    for (Row row : sheet.rows()) {
      try {
        each.accept(row, rows);
      } catch (IllegalArgumentException | DateTimeException e) {
        refused.add(
            new Refused(
                sheet.file(), sheet.name(), row.number(), String.valueOf(e.getMessage()), false));
      }
    }
    return new Read<>(rows, refused);
  }
}
