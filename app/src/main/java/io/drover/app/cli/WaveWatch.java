// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.drover.console.Sizes;
import java.io.PrintStream;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;

/**
 * Follows a wave in a terminal: one line a VM, redrawn in place, or one line a change where that
 * fails.
 */
public final class WaveWatch {
  private static final int BAR = 20;

  private final ConsoleClient console;
  private final PrintStream out;
  private final boolean redraw = System.console() != null && System.getenv("NO_COLOR") == null;
  private final Map<String, JsonNode> journeys = new TreeMap<>();
  private final Map<String, JsonNode> disks = new HashMap<>();
  private final Map<String, String> told = new HashMap<>();
  private int drawn;
  private long lastDraw;
  private JsonNode status = MissingNode.getInstance();

  public WaveWatch(ConsoleClient console, PrintStream out) {
    this.console = console;
    this.out = out;
  }

  /**
   * Blocks until the wave ends; {@link Exit#OK} only if every VM of it was committed. The wave's
   * own count decides: a VM that was turned away at the start has no journey to be seen.
   */
  public int until(String wave) {
    follow(wave, () -> status.path("stage").asText().equals("ENDED"));
    int vms = status.path("vms").asInt();
    int committed = status.path("byPhase").path("COMMITTED").asInt();
    if (committed == vms) {
      return Exit.OK;
    }
    out.println(committed + " of " + vms + " VMs committed; the others are as they were.");
    return Exit.NOT_WELL;
  }

  /** Blocks until every one of {@code vms} journeys soaks, waits for a person, or is over. */
  public void untilQuiet(String wave, int vms) {
    follow(
        wave,
        () ->
            journeys.size() >= vms
                && journeys.values().stream()
                    .allMatch(j ->
                        j.has("result")
                            || List.of("SOAKING", "HELD").contains(j.path("phase").asText())));
  }

  private void follow(String wave, BooleanSupplier done) {
    console.stream((kind, document) -> {
      switch (kind) {
        case "migration" -> {
          if (document.path("wave").asText().equals(wave)) {
            journeys.put(document.path("name").asText(), document);
          }
        }
        case "progress" ->
            disks.put(
                document.path("vm").path("vcenter").asText()
                    + "/"
                    + document.path("vm").path("vm").asText()
                    + "#"
                    + document.path("diskKey").asInt(),
                document);
        case "wave" -> {
          if (document.path("wave").asText().equals(wave)) {
            status = document;
          }
        }
        default -> {}
      }
      boolean last = done.getAsBoolean();
      show(last);
      return !last;
    });
  }

  private void show(boolean last) {
    if (!redraw) {
      journeys.forEach((name, journey) -> {
        String line = journey.path("phase").asText() + " " + journey.path("step").asText("");
        if (!line.equals(told.put(name, line))) {
          out.println(String.format(Locale.ROOT, "%-24s %s", name, describe(journey)));
        }
      });
      return;
    }
    long now = System.nanoTime();
    if (!last && now - lastDraw < 150_000_000L) {
      return;
    }
    lastDraw = now;
    if (drawn > 0) {
      out.print("\u001b[" + drawn + "A");
    }
    journeys.forEach((name, journey) ->
        out.print(
            "\u001b[2K"
                + String.format(Locale.ROOT, "%-22s %s%n", shorten(name, 22), describe(journey))));
    drawn = journeys.size();
    if (status.has("copy")) {
      out.print("\u001b[2K" + CopyWords.wave(status) + System.lineSeparator());
      drawn++;
    }
    out.flush();
  }

  private String describe(JsonNode journey) {
    int number = journey.path("stepNumber").asInt();
    int count = Math.max(1, journey.path("stepCount").asInt());
    var line = new StringBuilder();
    line.append(bar(number, count)).append(' ');
    line.append(
        String.format(
            Locale.ROOT,
            "%-13s",
            journey.path("phase").asText().toLowerCase(Locale.ROOT).replace('_', ' ')));
    line.append(
        String.format(
            Locale.ROOT,
            " %-15s",
            journey.path("step").asText("").toLowerCase(Locale.ROOT).replace('_', '-')));
    String phase = journey.path("phase").asText();
    if (phase.equals("COPYING") || phase.equals("CUTTING_OVER")) {
      line.append(transfer(journey));
    }
    if (journey.has("problem") && !journey.has("result")) {
      line.append(' ').append(shorten(journey.path("problem").path("what").asText(), 60));
    }
    return line.toString().stripTrailing();
  }

  private String transfer(JsonNode journey) {
    String vm =
        journey.path("vm").path("vcenter").asText()
            + "/"
            + journey.path("vm").path("vm").asText()
            + "#";
    long done = 0;
    long total = 0;
    for (var disk : disks.entrySet()) {
      if (disk.getKey().startsWith(vm)) {
        done += disk.getValue().path("done").asLong();
        total += disk.getValue().path("total").asLong();
      }
    }
    JsonNode copy = journey.path("copy");
    String rate = CopyWords.rate(copy);
    String eta = CopyWords.eta(copy);
    return total == 0
        ? ""
        : Sizes.bytes(done)
            + " of "
            + Sizes.bytes(total)
            + (rate.isEmpty() ? "" : " at " + rate)
            + (eta.isEmpty() ? "" : ", until " + eta);
  }

  private static String bar(int number, int count) {
    int filled = Math.min(BAR, number * BAR / count);
    return "[" + "#".repeat(filled) + ".".repeat(BAR - filled) + "]";
  }

  private static String shorten(String text, int most) {
    String clean = text.replaceAll("\\p{Cntrl}", "?");
    return clean.length() <= most ? clean : clean.substring(0, most - 1) + "…";
  }
}
