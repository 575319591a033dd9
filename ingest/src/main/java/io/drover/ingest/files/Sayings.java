// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import io.drover.ingest.files.Sheet.Row;
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

/** Reads what people say in tables: calendars, flows, statements about machines. */
public final class Sayings {
  private Sayings() {}

  /** What a table gave, and the rows of it that could not be used. */
  public record Read<T>(List<T> rows, List<Refused> refused) {
    public Read {
      rows = List.copyOf(rows);
      refused = List.copyOf(refused);
    }
  }

  /**
   * One line of a calendar: a weekly window, a single window, or a time in which it is closed.
   *
   * @param days of a weekly window, empty for the others
   * @param from local time of a weekly window
   * @param begin of a single window or a closed time
   */
  public record WindowSaid(
      String calendar,
      ZoneId zone,
      Set<DayOfWeek> days,
      @Nullable LocalTime from,
      @Nullable LocalTime to,
      @Nullable Instant begin,
      @Nullable Instant end,
      boolean closed,
      String why) {
    public WindowSaid {
      days = Set.copyOf(days);
    }
  }

  /** Traffic between two machines, by name or address. */
  public record Flow(String from, String to, double bytes, String source) {}

  /**
   * What somebody states of a machine or of an application; empty = nothing said.
   *
   * @param together machine that it must not be parted from
   * @param after machine or application that goes first
   * @param downtimeMinutes accepted outage, 0 = any
   */
  public record Statement(
      String vm,
      String application,
      String stage,
      String calendar,
      String team,
      String splittable,
      String together,
      String after,
      String apart,
      int criticality,
      double downtimeMinutes,
      String source) {}

  /** Columns: calendar, kind (weekly, once, blackout), zone, days, from, to, begin, end, why. */
  public static Read<WindowSaid> calendars(Path file) {
    return read(file, "calendar", (row, to) -> to.add(window(row)));
  }

  private static WindowSaid window(Row row) {
    String kind = row.get("kind").toLowerCase(Locale.ROOT);
    ZoneId zone = zone(row.get("zone"));
    String calendar = required(row, "calendar");
    if (kind.isEmpty() || kind.equals("weekly")) {
      LocalTime from = LocalTime.parse(required(row, "from"));
      LocalTime to = LocalTime.parse(required(row, "to"));
      return new WindowSaid(
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
    return new WindowSaid(calendar, zone, Set.of(), null, null, begin, end, closed, row.get("why"));
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
