// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.drover.console.Sizes;
import java.io.PrintStream;
import java.util.ArrayList;
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
  /** A terminal narrower than this gets a shorter bar, so that words have room, too. */
  private static final int WIDE = 110;

  private static final long LOOK_NANOS = 2_000_000_000L;

  private final ConsoleClient console;
  private final PrintStream out;
  private final boolean redraw = Screen.watched() && System.getenv("NO_COLOR") == null;
  private final Map<String, JsonNode> journeys = new TreeMap<>();
  private final Map<String, JsonNode> disks = new HashMap<>();
  private final Map<String, String> told = new HashMap<>();
  private int drawn;
  private long lastDraw;
  private long lastLook;
  private Screen screen = Screen.USUAL;
  private JsonNode status = MissingNode.getInstance();

  /** Why what is shown may be old; empty while it is not. */
  private String trouble = "";

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
    boolean all = committed == vms;
    out.println(
        committed
            + " of "
            + vms
            + " VMs committed"
            + (all ? "." : "; the others are as they were."));
    return all ? Exit.OK : Exit.NOT_WELL;
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
      heard(wave, kind, document);
      boolean last = done.getAsBoolean();
      show(last);
      return !last;
    });
  }

  /** Notes a document of the stream. */
  void heard(String wave, String kind, JsonNode document) {
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
      case "trouble" -> trouble = document.path("what").asText();
      default -> {}
    }
  }

  private void show(boolean last) {
    if (!redraw) {
      if (!trouble.equals(told.put("", trouble)) && !trouble.isEmpty()) {
        Output.say(out, trouble);
      }
      journeys.forEach((name, journey) -> {
        String line = journey.path("phase").asText() + " " + journey.path("step").asText("");
        if (!line.equals(told.put(name, line))) {
          Output.say(out, String.format(Locale.ROOT, "%-24s %s", name, describe(journey, 20)));
        }
      });
      return;
    }
    long now = System.nanoTime();
    if (!last && now - lastDraw < 150_000_000L) {
      return;
    }
    lastDraw = now;
    if (lastLook == 0 || now - lastLook > LOOK_NANOS) {
      lastLook = now;
      screen = Screen.now();
    }
    if (drawn > 0) {
      // Back up and wipe all below: what is drawn now may be fewer lines.
      out.print("\u001b[" + drawn + "A\u001b[J");
    }
    List<String> lines = lines(screen);
    lines.forEach(out::println);
    drawn = lines.size();
    out.flush();
  }

  /** What is drawn: each a line of the terminal and no more, and no more than it shows. */
  List<String> lines(Screen on) {
    int name = Math.min(22, journeys.keySet().stream().mapToInt(String::length).max().orElse(0));
    int bar = on.columns() < WIDE ? 10 : 20;
    int most = Math.max(1, on.rows() - 3);
    int shown = journeys.size() <= most ? journeys.size() : most - 1;
    var lines = new ArrayList<String>();
    journeys.forEach((vm, journey) -> {
      if (lines.size() < shown) {
        lines.add(
            on.cut(
                Screen.shorten(vm, name)
                    + " ".repeat(Math.max(0, name - vm.length()) + 1)
                    + describe(journey, bar)));
      }
    });
    if (shown < journeys.size()) {
      lines.add(on.cut("… and " + (journeys.size() - shown) + " more: see 'drover vm list'"));
    }
    if (!trouble.isEmpty()) {
      lines.add(on.cut(trouble));
    } else if (status.has("copy")) {
      lines.add(on.cut(CopyWords.wave(status)));
    }
    return lines;
  }

  private String describe(JsonNode journey, int bar) {
    int number = journey.path("stepNumber").asInt();
    int count = Math.max(1, journey.path("stepCount").asInt());
    var line = new StringBuilder();
    // What went back is as far as it was at the start.
    boolean back = journey.path("result").asText().equals("ROLLED_BACK");
    line.append(bar(back ? 0 : number, count, bar)).append(' ');
    line.append(
        String.format(
            Locale.ROOT,
            "%-13s",
            journey.path("phase").asText().toLowerCase(Locale.ROOT).replace('_', ' ')));
    line.append(
        String.format(
            Locale.ROOT,
            " %-12s",
            journey.path("step").asText("").toLowerCase(Locale.ROOT).replace('_', '-')));
    String phase = journey.path("phase").asText();
    if (journey.has("problem") && !journey.has("result")) {
      line.append(' ').append(Screen.shorten(journey.path("problem").path("what").asText(), 90));
    } else if (phase.equals("COPYING") || phase.equals("CUTTING_OVER")) {
      line.append(' ').append(transfer(journey));
    } else if (journey.has("result")) {
      String downtime = CopyWords.downtime(journey);
      line.append(downtime.isEmpty() ? "" : " downtime " + downtime);
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
    String trouble = "";
    for (var disk : disks.entrySet()) {
      if (disk.getKey().startsWith(vm)) {
        String what = disk.getValue().path("what").asText();
        // What keeps it from being done follows what is done.
        trouble = what.contains(": ") ? ", " + Screen.shorten(what, 90) : trouble;
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
            + (eta.isEmpty() ? "" : ", until " + eta)
            + trouble;
  }

  private static String bar(int number, int count, int width) {
    int filled = Math.min(width, number * width / count);
    return "[" + "#".repeat(filled) + ".".repeat(width - filled) + "]";
  }
}
