// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.files;

import io.drover.engine.Meant;
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
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.function.ToIntFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** Reads what people say in tables: calendars, flows, statements about machines, usage. */
public final class SayingTables {
  private SayingTables() {}

  /** What a table gave, and what is wrong with rows of it, most of which could not be used. */
  public record Read<T>(List<T> rows, List<Refused> refused) {
    public Read {
      rows = List.copyOf(rows);
      refused = List.copyOf(refused);
    }
  }

  /** Columns: calendar, kind (weekly, once, blackout), zone, days, from, to, begin, end, why. */
  public static Read<Window> calendars(Path file) {
    return read(file, "calendar", SayingTables::window);
  }

  private static Window window(Cells cells) {
    Row row = cells.row();
    String kind = row.get("kind").toLowerCase(Locale.ROOT);
    ZoneId zone = cells.read(ZoneOffset.UTC, () -> zone(row.get("zone")));
    String calendar = cells.required("calendar");
    if (kind.isEmpty() || kind.equals("weekly")) {
      Set<DayOfWeek> days = cells.read(Set.of(), () -> days(cells.required("days")));
      LocalTime from = cells.read(LocalTime.MIDNIGHT, () -> time("from", cells.required("from")));
      LocalTime to = cells.read(LocalTime.MIDNIGHT, () -> time("to", cells.required("to")));
      return new Window(calendar, zone, days, from, to, null, null, false, row.get("why"));
    }
    boolean closed = Set.of("blackout", "freeze", "lockout", "closed").contains(kind);
    if (!closed && !kind.equals("once")) {
      cells.fault("kind must be weekly, once or blackout, but is '" + kind + "'");
    }
    Instant begin = cells.read(Instant.MIN, () -> instant("begin", cells.required("begin"), zone));
    Instant end = cells.read(Instant.MAX, () -> instant("end", cells.required("end"), zone));
    if (!end.isAfter(begin)) {
      cells.fault("it ends (" + end + ") before it begins (" + begin + ")");
    }
    return new Window(calendar, zone, Set.of(), null, null, begin, end, closed, row.get("why"));
  }

  private static LocalTime time(String column, String text) {
    try {
      return text.isEmpty()
          ? LocalTime.MIDNIGHT
          : LocalTime.parse(text.matches("[0-9]:.*") ? "0" + text : text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          column + " is no time of day: '" + text + "'; write one like 22:00", e);
    }
  }

  private static ZoneId zone(String text) {
    try {
      return ZoneId.of(text.isEmpty() ? "UTC" : text);
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          "there is no time zone '" + text + "'; write one like Europe/Berlin");
    }
  }

  private static Instant instant(String column, String text, ZoneId zone) {
    try {
      return text.isEmpty()
          ? (column.equals("begin") ? Instant.MIN : Instant.MAX)
          : text.endsWith("Z")
              ? Instant.parse(text)
              : LocalDateTime.parse(text.replace(' ', 'T')).atZone(zone).toInstant();
    } catch (DateTimeException e) {
      throw new IllegalArgumentException(
          column + " is no time: '" + text + "'; write one like 2026-12-18T22:00", e);
    }
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
        cells -> {
          Row row = cells.row();
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
            cells.fault("it names no source or no destination");
          }
          String[] columns = {
            "bytes", "total bytes", "byte count", "dbytes", "sum(bytes)", "doctets", "weight"
          };
          double bytes = cells.number(n -> true, "", columns);
          return new Flow(
              from,
              target,
              row.get(columns).isEmpty() ? 1 : bytes,
              "flow of " + file.getFileName() + ", row " + row.number());
        });
  }

  /**
   * Columns: vm or application, stage, calendar, team, splittable, together, after, apart,
   * criticality, downtime (minutes).
   *
   * @param stages says whether a word is a stage
   * @param criticalities the number from 1 to 5 that a word means, 0 if it means none
   * @param calendars those that there are; a row that names another is told, but kept: whom it is
   *     of must not cut over at any time
   */
  public static Read<Statement> statements(
      Path file,
      Predicate<String> stages,
      ToIntFunction<String> criticalities,
      Set<String> calendars) {
    return read(
        file,
        null,
        cells -> {
          Statement statement = statement(cells, file, stages, criticalities);
          if (!statement.calendar().isEmpty() && !calendars.contains(statement.calendar())) {
            cells.doubt(undescribed(statement, calendars));
          }
          return statement;
        });
  }

  private static String undescribed(Statement statement, Set<String> calendars) {
    return (statement.vm().isEmpty() ? "application " + statement.application() : statement.vm())
        + " is to cut over in the calendar '"
        + RvMachine.shown(statement.calendar())
        + "', but there is none of that name, so it is left out."
        + Meant.by(statement.calendar(), calendars)
            .map(meant -> " Did you mean '" + meant + "'?")
            .orElse("");
  }

  private static Statement statement(
      Cells cells, Path file, Predicate<String> stages, ToIntFunction<String> criticalities) {
    Row row = cells.row();
    String vm = row.get("vm", "machine", "name");
    String application = row.get("application", "app");
    if (vm.isEmpty() && application.isEmpty()) {
      cells.fault("it says neither vm nor application");
    }
    String stage = row.get("stage", "environment");
    if (!stage.isEmpty() && !stages.test(stage)) {
      cells.fault(
          "there is no stage '" + RvMachine.shown(stage) + "'; write pilot, dev, test or prod");
    }
    String splittable = row.get("splittable");
    if (!splittable.toLowerCase(Locale.ROOT).matches("|yes|true|1|ja|oui|no|false|0|nein|non")) {
      cells.fault("splittable must be yes or no, but is '" + RvMachine.shown(splittable) + "'");
    }
    String critical = row.get("criticality");
    int criticality = critical.isEmpty() ? 0 : criticalities.applyAsInt(critical);
    if (!critical.isEmpty() && criticality == 0) {
      cells.fault(
          "criticality must be 1 (least) to 5, or low, medium, high, critical, but is '"
              + RvMachine.shown(critical)
              + "'");
    }
    double downtime =
        cells.number(
            n -> n >= 0, "0 minutes or more", "downtime", "downtime minutes", "rto", "rto minutes");
    return new Statement(
        vm,
        application,
        stage,
        row.get("calendar", "window"),
        row.get("team"),
        splittable,
        row.get("together"),
        row.get("after", "depends on"),
        row.get("apart"),
        criticality,
        downtime,
        file.getFileName() + ", row " + row.number());
  }

  /** Columns: vm, used (GiB), changed (MiB/s), cpu (%), memory (GiB), each of the highest seen. */
  public static Read<Use> usage(Path file) {
    return read(
        file,
        "vm",
        cells ->
            new Use(
                cells.required("vm"),
                Math.round(number(cells, "used", "used gib") * (1L << 30)),
                Math.round(number(cells, "changed", "changed mib/s") * (1L << 20)),
                number(cells, "cpu", "cpu %") / 100,
                Math.round(number(cells, "memory", "memory gib") * 1024)));
  }

  private static double number(Cells cells, String... columns) {
    return cells.number(n -> n >= 0, "0 or more", columns);
  }

  private static <T> Read<T> read(Path file, @Nullable String column, Function<Cells, T> each) {
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
      var cells = new Cells(row);
      T made = null;
      try {
        made = each.apply(cells);
      } catch (IllegalArgumentException | DateTimeException e) {
        // What is put together of stand-ins may be wrong for their sake alone.
        if (cells.faults().isEmpty()) {
          cells.fault(String.valueOf(e.getMessage()));
        }
      }
      if (made != null && cells.faults().isEmpty()) {
        rows.add(made);
      }
      Stream.concat(cells.faults().stream(), cells.doubts().stream())
          .forEach(what ->
              refused.add(new Refused(sheet.file(), sheet.name(), row.number(), what, false)));
    }
    return new Read<>(rows, refused);
  }
}
