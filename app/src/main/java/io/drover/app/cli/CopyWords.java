// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.console.Sizes;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Says in a terminal how far a copy is: the document {@code copy} of a VM's or a wave's status. */
final class CopyWords {
  private static final DateTimeFormatter TIME = DateTimeFormatter.ofPattern("HH:mm", Locale.ROOT);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm", Locale.ROOT);

  private CopyWords() {}

  /** In percent, for example {@code 42%}; nothing where nothing is to be copied. */
  static String share(JsonNode copy) {
    long total = copy.path("total").asLong();
    return total == 0 ? "" : (copy.path("done").asLong() * 100 / total) + "%";
  }

  /** For example {@code 120 MiB/s}; nothing while nothing is copied. */
  static String rate(JsonNode copy) {
    long rate = copy.path("bytesPerSecond").asLong();
    return rate == 0 ? "" : Sizes.bytes(rate) + "/s";
  }

  /** When the copy has ended. */
  static String eta(JsonNode copy) {
    return time(copy.path("eta"));
  }

  /** All of it. */
  static String sentence(JsonNode copy) {
    String rate = rate(copy);
    String eta = eta(copy);
    return "copied "
        + Sizes.bytes(copy.path("done").asLong())
        + " of "
        + Sizes.bytes(copy.path("total").asLong())
        + (rate.isEmpty() ? "" : " at " + rate)
        + (eta.isEmpty() ? "" : ", until " + eta);
  }

  /** What the copies of a wave move, and when the wave is forecast to have ended. */
  static String wave(JsonNode status) {
    String end = time(status.path("etaP50"));
    return "Wave "
        + sentence(status.path("copy"))
        + (end.isEmpty()
            ? ""
            : "; ends by " + end + " (P50), " + time(status.path("etaP95")) + " (P95)");
  }

  /** A time of the wire by the clock on the wall, with its day where that is not today. */
  static String time(JsonNode instant) {
    if (!instant.isTextual()) {
      return "";
    }
    LocalDateTime at =
        LocalDateTime.ofInstant(Instant.parse(instant.asText()), ZoneId.systemDefault());
    return at.toLocalDate().equals(LocalDate.now(ZoneId.systemDefault()))
        ? TIME.format(at)
        : DAY.format(at);
  }
}
