// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.io.TempDir;

/** The suite on the embedded broker. */
class BodyOnKafkaIT extends BodySuite {
  @TempDir static Path directory;
  private EmbeddedKafka kafka;

  @Override
  String broker() throws Exception {
    kafka = EmbeddedKafka.start(directory, 0);
    return kafka.bootstrap();
  }

  @AfterAll
  void stop() {
    kafka.close();
  }
}
