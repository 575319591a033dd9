// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.Checkpoint;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.Receipt;
import io.drover.schemas.Way;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What became of the journeys of one or all waves: the table at the end, as JSON, HTML or text. */
public record Report(Instant at, List<Row> rows, Totals totals) {
  public Report {
    rows = List.copyOf(rows);
  }

  /**
   * One VM.
   *
   * @param bytesRead bytes that came over the wire from the source; where CDI reads it by VDDK,
   *     those of the second read, if any
   * @param bytesWritten guest-visible bytes stored at the target, 0 where CDI stores them
   * @param bytesPerSecond bytes read per second of transfer, 0 if nothing was read
   * @param downtimeSeconds how long neither source nor target served, see {@link
   *     MigrationStatus#downtimeSeconds()}
   * @param proof the weakest receipt level of its disks, {@code none} if there is no receipt
   */
  public record Row(
      String vm,
      String name,
      String wave,
      Way way,
      int disks,
      long bytesRead,
      long bytesWritten,
      long bytesPerSecond,
      @Nullable Double downtimeSeconds,
      Checkpoint checkpoint,
      String proof,
      String result,
      @Nullable String reason) {}

  /** Sums. */
  public record Totals(
      int vms, int committed, int rolledBack, int other, long bytesRead, long bytesWritten) {}

  /** The report of {@code statuses}, sorted by wave and name. */
  public static Report of(List<MigrationStatus> statuses, Instant at) {
    List<Row> rows =
        statuses.stream()
            .sorted(
                Comparator.comparing((MigrationStatus s) -> s.wave().value())
                    .thenComparing(MigrationStatus::name))
            .map(Report::row)
            .toList();
    return new Report(
        at,
        rows,
        new Totals(
            rows.size(),
            (int) rows.stream().filter(row -> row.result().equals("COMMITTED")).count(),
            (int) rows.stream().filter(row -> row.result().equals("ROLLED_BACK")).count(),
            (int)
                rows.stream()
                    .filter(row ->
                        !row.result().equals("COMMITTED") && !row.result().equals("ROLLED_BACK"))
                    .count(),
            rows.stream().mapToLong(Row::bytesRead).sum(),
            rows.stream().mapToLong(Row::bytesWritten).sum()));
  }

  private static Row row(MigrationStatus s) {
    long read = s.receipts().stream().mapToLong(Receipt::bytesRead).sum();
    long written = s.receipts().stream().mapToLong(Receipt::bytesWritten).sum();
    Instant first =
        s.receipts().stream().map(Receipt::startedAt).min(Comparator.naturalOrder()).orElse(null);
    Instant last =
        s.receipts().stream().map(Receipt::endedAt).max(Comparator.naturalOrder()).orElse(null);
    long millis =
        first == null || last == null ? 0 : Math.max(1, Duration.between(first, last).toMillis());
    return new Row(
        s.vm().toString(),
        s.name(),
        s.wave().value(),
        s.way(),
        s.receipts().size(),
        read,
        written,
        millis == 0 ? 0 : read * 1000 / millis,
        s.downtimeSeconds(),
        reached(s),
        s.receipts().stream()
            .map(Receipt::level)
            .max(Comparator.naturalOrder())
            .map(l -> l.name().toLowerCase(java.util.Locale.ROOT))
            .orElse("none"),
        s.result() == null ? s.phase().name() : s.result().name(),
        s.reason());
  }

  /** The highest rung that was ever reached, also by a journey that went back. */
  private static Checkpoint reached(MigrationStatus s) {
    return s.checkpoints().stream()
        .map(MigrationStatus.Reached::checkpoint)
        .max(Comparator.naturalOrder())
        .orElse(s.checkpoint());
  }

  /** A page of its own: no script, no outside resource. */
  public String html() {
    var html = new StringBuilder();
    html.append(
        """
        <!doctype html>
        <html lang="en"><head><meta charset="utf-8"><title>Drover report</title>
        <style>
        body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem; color: #151515; }
        table { border-collapse: collapse; width: 100%; }
        th, td { border-bottom: 1px solid #d2d2d2; padding: .45rem .6rem; text-align: left; vertical-align: top; }
        th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; }
        th, td:not(:last-child) { white-space: nowrap; }
        .COMMITTED { color: #1e6b1e; } .ROLLED_BACK { color: #8a5500; } .other { color: #a30000; }
        </style></head><body><h1>Drover report</h1>
        """);
    html.append("<p>")
        .append(escape(at.truncatedTo(ChronoUnit.SECONDS).toString()))
        .append(" · ")
        .append(totals.vms())
        .append(" VMs, ")
        .append(totals.committed())
        .append(" committed, ")
        .append(totals.rolledBack())
        .append(" rolled back, ")
        .append(totals.other())
        .append(" other · ")
        .append(Sizes.bytes(totals.bytesRead()))
        .append(" read</p>");
    html.append(
        "<table><thead><tr><th>VM</th><th>Wave</th><th>Way</th><th class=n>Read</th><th class=n>Written</th>"
            + "<th class=n>Rate</th><th class=n>Downtime</th><th>Checkpoint</th><th>Proof</th><th>Result</th></tr></thead><tbody>\n");
    for (Row row : rows) {
      String kind =
          row.result().equals("COMMITTED") || row.result().equals("ROLLED_BACK")
              ? row.result()
              : "other";
      html.append("<tr><td>")
          .append(escape(row.name()))
          .append("</td><td>")
          .append(escape(row.wave()))
          .append("</td><td>")
          .append(row.way())
          .append("</td><td class=n>")
          .append(Sizes.counted(row.bytesRead()))
          .append("</td><td class=n>")
          .append(Sizes.counted(row.bytesWritten()))
          .append("</td><td class=n>")
          .append(row.bytesPerSecond() == 0 ? "-" : Sizes.bytes(row.bytesPerSecond()) + "/s")
          .append("</td><td class=n>")
          .append(
              row.downtimeSeconds() == null
                  ? "-"
                  : String.format(java.util.Locale.ROOT, "%.1f s", row.downtimeSeconds()))
          .append("</td><td>")
          .append(row.checkpoint().code())
          .append(' ')
          .append(row.checkpoint().name().toLowerCase(java.util.Locale.ROOT))
          .append("</td><td>")
          .append(escape(row.proof()))
          .append("</td><td class=")
          .append(kind)
          .append('>')
          .append(escape(row.result()))
          .append(row.reason() == null ? "" : "<br><small>" + escape(row.reason()) + "</small>")
          .append("</td></tr>\n");
    }
    return html.append("</tbody></table></body></html>\n").toString();
  }

  private static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
