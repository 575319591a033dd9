// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.read.ListAppender;
import io.drover.disk.codec.Codecs;
import io.drover.disk.digest.LeafHasher;
import io.drover.disk.pipe.Workers;
import java.io.IOException;
import java.time.Clock;
import org.junit.jupiter.api.Test;
import org.slf4j.LoggerFactory;

/** What a converter logs when it starts. */
class CdiDiskImportsTest {
  @Test
  void whatInflatesAndDigestsDisksIsLoggedAtStart() throws IOException {
    // Given
    var log = (Logger) LoggerFactory.getLogger(CdiDiskImports.class);
    var lines = new ListAppender<ILoggingEvent>();
    lines.start();
    log.addAppender(lines);
    var settings =
        new CdiSettings(
            new CdiSettings.Sinks(null, null, true),
            CdiSettings.WorkerPod.of("registry.example.com/drover:0.1.0"),
            _ -> null,
            CdiSettings.Patience.DEFAULT);

    // When
    try (var cluster = new ToldCluster(404);
        var workers = new Workers(1)) {
      var _ = new CdiDiskImports(cluster.client(), settings, workers, Clock.systemUTC());
    } finally {
      log.detachAppender(lines);
    }

    // Then
    assertThat(lines.list)
        .singleElement()
        .satisfies(line -> {
          assertThat(line.getLevel()).isEqualTo(Level.INFO);
          assertThat(line.getFormattedMessage())
              .isEqualTo(
                  "Disks are inflated by %s and digested by %s",
                  Codecs.chosen(), LeafHasher.chosen())
              .matches(".* by (libdeflate|jdk) and .* by (openssl|jdk)");
        });
  }
}
