// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.console.Sizes;
import io.drover.schemas.MigrationStatus;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Says in a terminal how far a copy is: the document {@code copy} of a VM's or a wave's status. */
final class CopyWords {
  private static final DateTimeFormatter TIME =
      DateTimeFormatter.ofPattern("HH:mm 'UTC'", Locale.ROOT);
  private static final DateTimeFormatter DAY =
      DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm 'UTC'", Locale.ROOT);

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
        + " of disks"
        + (rate.isEmpty() ? "" : " at " + rate)
        + (eta.isEmpty() ? "" : ", until " + eta);
  }

  /**
   * What the copies of a wave move, and when the wave is forecast to have ended; how it ended once
   * nothing of it is left to do.
   */
  static String wave(JsonNode status) {
    JsonNode phases = status.path("byPhase");
    int committed = phases.path("COMMITTED").asInt();
    int back = phases.path("ROLLED_BACK").asInt();
    int abandoned = phases.path("ABANDONED").asInt();
    if (status.path("endedAt").isTextual()
        || committed + back + abandoned >= Math.max(1, status.path("vms").asInt())) {
      return "Wave over: "
          + committed
          + " committed, "
          + back
          + " rolled back"
          + (abandoned == 0 ? "" : ", " + abandoned + " abandoned");
    }
    return "Wave " + sentence(status.path("copy")) + ends(status);
  }

  private static String ends(JsonNode status) {
    String likely = time(status.path("etaP50"));
    String late = time(status.path("etaP95"));
    if (likely.isEmpty()) {
      return "";
    }
    return late.isEmpty() || late.equals(likely)
        ? "; ends by " + likely
        : "; ends by " + likely + " (P50), " + late + " (P95)";
  }

  /** How long nobody served, for example {@code 98.2 s}; nothing where it has not ended. */
  static String downtime(JsonNode m) {
    Double seconds =
        MigrationStatus.downtimeSeconds(
            instant(m.path("sourceOffAt")),
            instant(m.path("targetUpAt")),
            instant(m.path("turnedAt")),
            instant(m.path("sourceBackAt")));
    return seconds == null ? "" : String.format(Locale.ROOT, "%.1f s", seconds);
  }

  private static @Nullable Instant instant(JsonNode instant) {
    return instant.isTextual() ? Instant.parse(instant.asText()) : null;
  }

  /** A time of the wire in UTC, with its day where that is not today. */
  static String time(JsonNode instant) {
    if (!instant.isTextual()) {
      return "";
    }
    LocalDateTime at = LocalDateTime.ofInstant(Instant.parse(instant.asText()), ZoneOffset.UTC);
    return at.toLocalDate().equals(LocalDate.now(ZoneOffset.UTC))
        ? TIME.format(at)
        : DAY.format(at);
  }
}
