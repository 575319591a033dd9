// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import io.drover.ingest.IngestService;
import io.drover.ingest.vsphere.VCenterEye;
import io.drover.lab.kafka.EmbeddedKafka;
import io.drover.runtime.body.DroverRuntime;
import io.drover.runtime.body.RuntimeConfig;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.runtime.kafka.TopicView;
import io.drover.schemas.Brain;
import java.nio.file.Files;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Measures the first sync of a vCenter with many machines, from the connection to the last fact on
 * Kafka: {@code lab/bench/first-sync}. vcsim is a process of its own, the broker is embedded.
 */
public final class FirstSyncBench {
  private FirstSyncBench() {}

  /** Arguments: numbers of machines. Prints a line of Markdown for each. */
  public static void main(String[] counts) throws Exception {
    for (String count : counts.length == 0 ? new String[] {"1000", "5000"} : counts) {
      int machines = Integer.parseInt(count);
      try (var kafka = EmbeddedKafka.start(Files.createTempDirectory("sync-bench"), 0);
          var target = VcsimTarget.start("-vm", count, "-filled", "0")) {
        var settings = KafkaSettings.local(kafka.bootstrap());
        new KafkaTopics(settings).ensure();
        Set<String> vms = ConcurrentHashMap.newKeySet();
        try (var view =
            TopicView.follow(
                settings,
                List.of(Brain.INVENTORY.facts()),
                seen -> {
                  String key = seen.key();
                  if (key != null && key.contains("/vm/")) {
                    vms.add(key);
                  }
                })) {
          long began = System.nanoTime();
          var eye =
              new VCenterEye("bench", target.endpoint(), _ -> Set.of(), VCenterEye.TAGS_EVERY);
          try (var runtime =
              DroverRuntime.start(
                  List.of(IngestService.spec(List.of(eye))),
                  new RuntimeConfig(settings, "bench", new RuntimeConfig.Health(null, -1)))) {
            while (vms.size() < machines) {
              Thread.sleep(5);
            }
            System.out.printf("| %d | %.1f |%n", machines, (System.nanoTime() - began) / 1e9);
          }
        }
      }
    }
    System.exit(0);
  }
}
