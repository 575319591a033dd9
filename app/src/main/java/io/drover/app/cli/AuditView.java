// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.ClusterSecrets;
import io.drover.app.config.DroverConfig;
import io.drover.runtime.AuditChain;
import io.drover.runtime.kafka.TopicView;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.Topics;
import io.drover.schemas.wire.Json;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The audit as it stands in Kafka, checked. It is read from the brokers and not from the console,
 * because the console is who wrote it.
 */
final class AuditView {
  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final Duration SILENCE = Duration.ofSeconds(20);
  private static final Duration LOOK = Duration.ofSeconds(1);

  private AuditView() {}

  /**
   * Prints the lines, then whether the chain is whole.
   *
   * @param kept heads that were noted earlier
   * @return {@link Exit#OK} or {@link Exit#CORRUPT}
   */
  static int print(Path config, List<String> kept, Output output) throws InterruptedException {
    DroverConfig settings = ClusterSecrets.configuration(config);
    var chain = new AuditChain();
    try (var view =
        TopicView.follow(
            settings.kafka(),
            List.of(Topics.AUDIT),
            seen -> {
              byte[] value = seen.value();
              if (value != null) {
                chain.add(new AuditChain.Line(seen.key(), value));
              }
            })) {
      long end = System.nanoTime() + PATIENCE.toNanos();
      while (!view.awaitCaughtUp(LOOK)) {
        boolean silent = view.silence().compareTo(SILENCE) > 0;
        if (silent || System.nanoTime() > end) {
          throw new Failure(
              Exit.UNREACHABLE,
              silent
                  ? "Kafka did not answer for %d s: see that its brokers are up and kafka.bootstrap of %s names them."
                      .formatted(SILENCE.toSeconds(), config)
                  : "The audit could not be read to its end: see that Kafka is well.");
        }
      }
    }
    AuditChain.Verdict verdict = chain.verdict(kept);
    verdict
        .entries()
        .forEach(entry ->
            output.line(System.out, Json.mapper().<JsonNode>valueToTree(entry), () -> text(entry)));
    if (verdict.problems().isEmpty()) {
      System.err.println(
          "%d lines, unbroken; head %s".formatted(verdict.entries().size(), verdict.head()));
      return Exit.OK;
    }
    verdict.problems().forEach(problem -> System.err.println("drover: " + problem + "."));
    return Exit.CORRUPT;
  }

  private static String text(AuditEntry entry) {
    return "%6d  %s  %-12s %-8s %-18s %s%s"
        .formatted(
            entry.number(),
            entry.at(),
            entry.actor(),
            entry.act(),
            entry.command(),
            entry.key(),
            entry.reason() == null ? "" : "  " + entry.reason());
  }
}
