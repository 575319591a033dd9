// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.report;

import io.drover.planner.explain.Why;
import io.drover.planner.forecast.Forecast;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Wave;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/** Draws the waves of a programme over time, as a picture in a page. */
final class Gantt {
  private final Programme programme;
  private final @Nullable Forecast forecast;
  private final StringBuilder out = new StringBuilder();

  private Gantt(Programme programme, @Nullable Forecast forecast) {
    this.programme = programme;
    this.forecast = forecast;
  }

  /** The picture and what its colours mean. */
  static String of(Programme programme, @Nullable Forecast forecast) {
    var gantt = new Gantt(programme, forecast);
    gantt.draw();
    return gantt.out.toString();
  }

  /** One bar a wave: copies ahead pale, cutovers solid, P95 of the end as a whisker. */
  private void draw() {
    List<Wave> waves = programme.waves();
    int row = waves.size() > 60 ? 12 : 20;
    int end =
        Math.max(
            Math.max(1, programme.solved().makespan()),
            forecast == null ? 0 : HtmlReport.certainEnd(forecast));
    int left = 150;
    int width = 980;
    int height = waves.size() * row + 40;
    out.append("<svg role=\"img\" aria-label=\"Waves over time\" viewBox=\"0 0 ")
        .append(left + width + 20)
        .append(' ')
        .append(height)
        .append("\" width=\"100%\">");
    int hours =
        IntStream.of(1, 3, 6, 12, 24, 48, 168, 336, 720)
            .filter(h -> end / 3_600 / h < 12)
            .findFirst()
            .orElse(2_160);
    int step = hours * 3_600;
    var tick = DateTimeFormatter.ofPattern(hours < 24 ? "d MMM HH:mm" : "d MMM", Locale.ENGLISH);
    for (int second = 0; second <= end; second += step) {
      double x = left + (double) second / end * width;
      out.append(
          String.format(
              Locale.ROOT,
              "<line x1=\"%.1f\" x2=\"%.1f\" y1=\"18\" y2=\"%d\" stroke=\"#e6e9ec\"/>",
              x,
              x,
              height));
      if (x <= left + width - 60) { // else it would be cut off
        out.append(
            String.format(
                Locale.ROOT,
                "<text x=\"%.1f\" y=\"12\">%s</text>",
                x,
                programme.undated()
                    ? "+ " + Why.span(second)
                    : tick.withZone(ZoneOffset.UTC)
                        .format(programme.estate().start().plusSeconds(second))));
      }
    }
    String[] colours = {"#7a4fbf", "#1f7a8c", "#c1440e"};
    for (int w = 0; w < waves.size(); w++) {
      Wave wave = waves.get(w);
      double y = 22 + (double) w * row;
      String colour = colours[wave.stage().ordinal()];
      out.append(
          String.format(
              Locale.ROOT,
              "<text x=\"0\" y=\"%.1f\">%d %s</text>",
              y + row - 7.0,
              wave.number(),
              HtmlReport.text(
                  HtmlReport.cut(
                      wave.stage().words() + ", " + Why.count(wave.machines().size(), "VM"), 24))));
      bar(wave.copiesFrom(), wave.from(), y, row - 6, end, left, width, colour, 0.22, "");
      bar(wave.from(), wave.to(), y, row - 6, end, left, width, colour, 1, wave.name());
      if (forecast != null) {
        bar(
            wave.to(),
            forecast.end()[w][1],
            y + (row - 6) / 2.0 - 1,
            2,
            end,
            left,
            width,
            colour,
            1,
            "");
      }
    }
    out.append("</svg><p class=\"note\">Pale: copies while the machines run. Solid: cutovers. ");
    for (var stage : io.drover.planner.estate.Stage.values()) {
      out.append("<span style=\"color:")
          .append(colours[stage.ordinal()])
          .append("\">■</span> ")
          .append(stage.words())
          .append(' ');
    }
    out.append("</p>");
  }

  private void bar(
      int from,
      int to,
      double y,
      double height,
      int end,
      int left,
      int width,
      String colour,
      double opacity,
      String title) {
    if (to <= from) {
      return;
    }
    double x = left + (double) from / end * width;
    double w = Math.max(1.5, (double) (to - from) / end * width);
    out.append(
        String.format(
            Locale.ROOT,
            "<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\""
                + " fill-opacity=\"%.2f\">",
            x,
            y,
            w,
            height,
            colour,
            opacity));
    if (!title.isEmpty()) {
      out.append("<title>").append(HtmlReport.text(title)).append("</title>");
    }
    out.append("</rect>");
  }
}
