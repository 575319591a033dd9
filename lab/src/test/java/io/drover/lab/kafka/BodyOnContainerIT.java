// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.apache.kafka.common.utils.AppInfoParser;
import org.junit.jupiter.api.AfterAll;
import org.testcontainers.DockerClientFactory;
import org.testcontainers.kafka.KafkaContainer;

/**
 * The suite on Kafka's own image, of the version of our clients, where a Docker engine answers.
 * Where none does, one line says so, also when peers are required: no build needs an engine.
 */
class BodyOnContainerIT extends BodySuite {
  private KafkaContainer kafka;

  @Override
  String broker() {
    boolean engine = DockerClientFactory.instance().isDockerAvailable();
    if (!engine) {
      System.out.println(
          "No Docker engine answers: the suite of the body runs on the embedded broker only");
    }
    assumeTrue(engine, "no Docker engine answers");
    kafka =
        new KafkaContainer("apache/kafka:" + AppInfoParser.getVersion())
            .withEnv("KAFKA_GROUP_MIN_SESSION_TIMEOUT_MS", "1000");
    kafka.start();
    return kafka.getBootstrapServers();
  }

  @AfterAll
  void stop() {
    if (kafka != null) {
      kafka.stop();
    }
  }
}
