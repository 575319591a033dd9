// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.report;

import io.drover.planner.explain.Why;
import io.drover.planner.forecast.Ceilings;
import io.drover.planner.forecast.Forecast;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Wave;
import io.drover.schemas.Concern;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A programme as one page without scripts or anything from elsewhere, for people who decide. */
public final class HtmlReport {
  /** Rows of a long table that the page shows; the spreadsheet has all. */
  private static final int SHOWN = 250;

  /** A window that is missed this often is one to look at. */
  private static final double RISKY = 0.1;

  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("EEE d MMM yyyy HH:mm", Locale.ENGLISH).withZone(ZoneOffset.UTC);
  private static final String STYLE =
      """
      body{font:15px/1.5 system-ui,sans-serif;color:#1b1f24;max-width:1180px;margin:32px auto;padding:0 20px}
      h1{margin:0 0 4px;font-size:28px}h2{margin:36px 0 10px;font-size:20px}p.lead{font-size:17px;max-width:75ch}
      .cards{display:flex;gap:12px;flex-wrap:wrap;margin:20px 0}.card{border:1px solid #d5dae0;border-radius:8px;padding:10px 16px;min-width:130px}
      .card b{display:block;font-size:24px}.card span{color:#56606b}
      table{border-collapse:collapse;width:100%;font-size:13px}th{text-align:left;border-bottom:2px solid #b8c0c8;padding:4px 8px}
      td{border-bottom:1px solid #e6e9ec;padding:4px 8px;vertical-align:top;overflow-wrap:anywhere}td.n,th.n{text-align:right;white-space:nowrap}td.w{white-space:nowrap}
      .blocker{color:#a30d11;font-weight:600}.warning{color:#8a5a00;font-weight:600}.info{color:#56606b}
      svg text{font:11px system-ui,sans-serif;fill:#3a424a}.note{color:#56606b}
      @media print{body{margin:0}h2{break-after:avoid}tr{break-inside:avoid}}
      """;

  private final Programme programme;
  private final @Nullable Forecast forecast;
  private final StringBuilder out = new StringBuilder();

  private HtmlReport(Programme programme, @Nullable Forecast forecast) {
    this.programme = programme;
    this.forecast = forecast;
  }

  /**
   * The page.
   *
   * @param title of the page
   * @param refused rows of the input that could not be used, in words
   */
  public static String of(
      String title, Programme programme, @Nullable Forecast forecast, List<String> refused) {
    return new HtmlReport(programme, forecast).page(title, refused);
  }

  private String page(String title, List<String> refused) {
    out.append("<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>")
        .append(text(title))
        .append("</title><link rel=\"icon\" href=\"data:,\"><style>")
        .append(STYLE)
        .append("</style></head><body><h1>")
        .append(text(title))
        .append("</h1><p class=\"lead\">")
        .append(text(Tables.summary(programme)))
        .append("</p>");
    cards();
    if (!programme.machines().isEmpty()) {
      out.append("<h2>When</h2>");
      out.append(Gantt.of(programme, forecast));
      waves();
    }
    concerns();
    left();
    notes(refused);
    assumptions();
    return out.append("</body></html>\n").toString();
  }

  private void cards() {
    long bytes = programme.machines().stream().mapToLong(m -> m.estimate().bytes()).sum();
    long warm =
        programme.machines().stream().filter(m -> m.way() == io.drover.schemas.Way.WARM).count();
    int total = programme.machines().size() + programme.left().size();
    out.append("<div class=\"cards\">");
    card(Integer.toString(total), total == 1 ? "machine looked at" : "machines looked at");
    card(Integer.toString(programme.machines().size()), "planned, " + warm + " of them warm");
    card(Integer.toString(programme.left().size()), "left out for now");
    card(String.format(Locale.ROOT, "%.1f TiB", bytes / Math.pow(2, 40)), "to copy");
    card(
        Integer.toString(programme.waves().size()),
        programme.waves().size() == 1 ? "wave" : "waves");
    if (programme.machines().isEmpty()) {
      out.append("</div>");
      return;
    }
    card(
        day(programme.solved().makespan()),
        programme.undated() ? "last cutover ends" : "last cutover ends (UTC)");
    if (forecast != null && forecast.end().length > 0) {
      card(day(certainEnd(forecast)), "with 95 % certainty by");
    }
    out.append("</div>");
  }

  static int certainEnd(Forecast of) {
    return Arrays.stream(of.end()).mapToInt(wave -> wave[1]).max().orElse(0);
  }

  private void card(String value, String words) {
    out.append("<div class=\"card\"><b>")
        .append(text(value))
        .append("</b><span>")
        .append(text(words))
        .append("</span></div>");
  }

  private String day(int second) {
    if (programme.undated()) {
      return "+ " + Why.span(second);
    }
    Instant at = programme.estate().start().plusSeconds(second);
    return DAY.format(at);
  }

  private void waves() {
    out.append(
        "<table><tr><th class=n>Wave</th><th>Applications</th><th>Stage</th><th class=n>VMs</th><th"
            + " class=n>GiB</th><th>Cutovers begin (UTC)</th><th>End</th><th>End, 95 %</th><th"
            + " class=n>Misses its window</th><th class=n>Cut weight</th></tr>");
    for (Wave wave : programme.waves().stream().limit(SHOWN).toList()) {
      int g = programme.index(wave);
      long bytes =
          wave.machines().stream()
              .mapToLong(m -> programme.machines().get(m).estimate().bytes())
              .sum();
      row(
          "n",
          Integer.toString(wave.number()),
          "",
          cut(wave.name(), 90),
          "w",
          wave.stage().words(),
          "n",
          Integer.toString(wave.machines().size()),
          "n",
          Long.toString(Tables.gib(bytes)),
          "w",
          day(wave.from()),
          "w",
          day(wave.to()),
          "w",
          forecast == null ? "" : day(forecast.end()[g][1]),
          forecast != null && forecast.missed()[g] >= RISKY ? "n warning" : "n",
          forecast == null ? "" : Tables.percent(forecast.missed()[g]),
          "n",
          String.format(Locale.ROOT, "%.1f", wave.cutWeight()));
    }
    out.append("</table>");
    more(programme.waves().size());
    if (forecast != null && Arrays.stream(forecast.missed()).anyMatch(share -> share >= RISKY)) {
      out.append(
          "<p class=\"note\">A wave misses its window where one of its cutovers ends after it in so"
              + " many of the courses of events that were drawn. Begin such a wave earlier,"
              + " lengthen its window, or make it smaller.</p>");
    }
  }

  private void row(String... classesAndCells) {
    out.append("<tr>");
    for (int i = 0; i < classesAndCells.length; i += 2) {
      out.append(
              classesAndCells[i].isEmpty() ? "<td>" : "<td class=\"" + classesAndCells[i] + "\">")
          .append(text(classesAndCells[i + 1]))
          .append("</td>");
    }
    out.append("</tr>");
  }

  private void more(int size) {
    if (size > SHOWN) {
      out.append("<p class=\"note\">")
          .append(size - SHOWN)
          .append(" more are in the spreadsheet.</p>");
    }
  }

  private record Kind(Concern example, int[] machines) {}

  private void concerns() {
    var kinds = new TreeMap<String, Kind>();
    programme.left().forEach(l -> l.judged().concerns().forEach(c -> count(kinds, c)));
    programme.machines().forEach(m -> m.judged().concerns().forEach(c -> count(kinds, c)));
    out.append(
        "<h2>What was found</h2><table><tr><th>Severity</th><th>Concern</th><th"
            + " class=n>VMs</th><th>For example</th><th>Why it matters</th><th>What to"
            + " do</th><th>Drover handles it</th></tr>");
    kinds.values().stream()
        .sorted(
            Comparator.comparing((Kind k) -> k.example().severity())
                .thenComparing(k -> -k.machines()[0]))
        .forEach(k -> {
          Concern c = k.example();
          String severity = c.severity().name().toLowerCase(Locale.ROOT);
          row(
              severity,
              severity,
              "w",
              c.id(),
              "n",
              Integer.toString(k.machines()[0]),
              "",
              cut(c.observed(), 120),
              "",
              c.why(),
              "",
              c.remedy(),
              "",
              c.handled() ? "yes" : "no");
        });
    out.append("</table>");
  }

  private static void count(Map<String, Kind> kinds, Concern concern) {
    kinds.computeIfAbsent(concern.id() + concern.severity(), k -> new Kind(concern, new int[1]))
        .machines()[0]++;
  }

  private void left() {
    if (programme.left().isEmpty()) {
      return;
    }
    out.append(
        "<h2>Left out, and why</h2><table><tr><th>VM</th><th>Application</th><th>Why</th><th>What"
            + " to do</th></tr>");
    for (Programme.Left l : programme.left().stream().limit(SHOWN).toList()) {
      row(
          l.vm().name().length() <= 32 ? "w" : "",
          cut(l.vm().name(), 60),
          "",
          cut(l.workload().application(), 40),
          "",
          cut(l.why(), 1_000),
          "",
          l.toDo());
    }
    out.append("</table>");
    more(programme.left().size());
  }

  private void notes(List<String> refused) {
    if (!programme.notes().isEmpty()) {
      out.append("<h2>Notes</h2><ul>");
      programme.notes().stream()
          .limit(SHOWN)
          .forEach(n -> out.append("<li>").append(text(cut(n, 400))).append("</li>"));
      out.append("</ul>");
      if (programme.notes().size() > SHOWN) {
        out.append("<p class=\"note\">And ")
            .append(programme.notes().size() - SHOWN)
            .append(" more.</p>");
      }
    }
    if (!refused.isEmpty()) {
      out.append("<h2>Rows of the input that could not be used</h2><ul>");
      refused.stream()
          .limit(SHOWN)
          .forEach(r -> out.append("<li>").append(text(cut(r, 400))).append("</li>"));
      out.append("</ul>");
      if (refused.size() > SHOWN) {
        out.append("<p class=\"note\">And ").append(refused.size() - SHOWN).append(" more.</p>");
      }
    }
  }

  private void assumptions() {
    var rates = programme.options().rates();
    var site = programme.estate().site();
    out.append("<h2>What this rests on</h2><p>One disk at most ")
        .append(Math.round(rates.ceilings().diskMiBs()))
        .append(" MiB/s, one busy ESXi host ")
        .append(Math.round(rates.ceilings().way().of(1)))
        .append(" MiB/s and eight together ")
        .append(Math.round(rates.ceilings().way().of(8)))
        .append(learned(rates.ceilings()))
        .append("; ")
        .append(site.limits().disksPerHost())
        .append(" disks in flight a host; ")
        .append(site.limits().disksPerVCenter())
        .append(" connections a vCenter; ")
        .append(site.limits().disksPerDatastore())
        .append(" snapshots a datastore; ")
        .append(site.limits().cutovers())
        .append(" cutovers at once; ")
        .append(
            site.throughputMiBs() == 0
                ? "no limit of the link is known"
                : site.throughputMiBs() + " MiB/s over the link")
        .append(". A cutover takes ")
        .append(text(Why.span(rates.shutdownSeconds())))
        .append(" to shut down, ")
        .append(text(Why.span(rates.convertSeconds())))
        .append(" to convert and ")
        .append(text(Why.span(rates.bootSeconds())))
        .append(
            " to boot beside its last copy. Cut weight is how much a wave has to do with machines"
                + " of other waves. Seed ")
        .append(programme.options().seed())
        .append(", ")
        .append(programme.solved().steps())
        .append(" search steps: the same input gives the same plan.</p>");
  }

  private static String learned(Ceilings of) {
    return of.hosts().isEmpty() && of.datastores().isEmpty() && of.storageClasses().isEmpty()
        ? " (published figures: nothing was learned yet)"
        : String.format(
            Locale.ROOT,
            " (learned here, of %d hosts, %d datastores and %d storage classes by themselves)",
            of.hosts().size(),
            of.datastores().size(),
            of.storageClasses().size());
  }

  static String cut(String text, int most) {
    return text.length() <= most ? text : text.substring(0, most - 1) + "…";
  }

  /** Text as text, whatever a name has in it. */
  static String text(String text) {
    return text.replaceAll("\\p{Cntrl}", " ")
        .replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
