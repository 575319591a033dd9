// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;

/** Looks whether Kafka lets us do all that we need, and makes nothing. */
public final class KafkaCheck {
  private static final int PATIENCE = 15;
  private static final Set<AclOperation> NEEDED =
      Set.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE);

  private final KafkaSettings settings;
  private final List<Finding> findings = new ArrayList<>();

  /** One thing that was looked at; {@code remedy} is empty where all is well. */
  public record Finding(boolean well, String what, String remedy) {}

  public KafkaCheck(KafkaSettings settings) {
    this.settings = settings;
  }

  /** What was found, the connection first; never throws for what Kafka says. */
  public List<Finding> look() {
    String where = "Kafka at " + settings.bootstrap();
    try (Admin admin = new KafkaClients(settings).admin()) {
      var cluster =
          admin.describeCluster(
              new DescribeClusterOptions()
                  .includeAuthorizedOperations(true)
                  .timeoutMs(PATIENCE * 1000));
      int brokers = get(cluster.nodes()).size();
      ok(where + " answers with " + brokers + " broker(s).");
      if (brokers < settings.replication()) {
        no(
            "kafka.replication is "
                + settings.replication()
                + ", but there are "
                + brokers
                + " broker(s).",
            "Lower it, or add brokers.");
      }
      topics(admin, get(cluster.authorizedOperations()));
    } catch (KafkaException e) {
      no(
          String.valueOf(new KafkaDiagnosis(settings).exception(e).getMessage()),
          "See kafka in drover.yaml and docs/kafka.md.");
    }
    return List.copyOf(findings);
  }

  private void topics(Admin admin, @Nullable Set<AclOperation> onCluster) {
    var wanted = new TreeSet<String>();
    new KafkaTopics(settings).all().forEach(topic -> wanted.add(topic.name()));
    var there = new TreeSet<>(get(admin.listTopics().names()));
    var missing = new TreeSet<>(wanted);
    missing.removeAll(there);
    wanted.retainAll(there);
    if (missing.isEmpty()) {
      ok("All " + wanted.size() + " topics are there.");
    } else if (onCluster == null || onCluster.contains(AclOperation.CREATE)) {
      ok(missing.size() + " topics are not there yet; 'drover up' makes them.");
    } else {
      no(
          "These topics are missing, and the user may not make them: "
              + String.join(", ", missing)
              + ".",
          "Have them made (see docs/topics.md), or allow CREATE on drover.* topics.");
    }
    var lacking = new TreeMap<String, TreeSet<String>>();
    for (TopicDescription topic :
        get(admin
                .describeTopics(
                    wanted, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                .allTopicNames())
            .values()) {
      Set<AclOperation> allowed = topic.authorizedOperations();
      for (AclOperation operation : NEEDED) {
        if (allowed != null && !allowed.contains(operation)) {
          lacking.computeIfAbsent(topic.name(), name -> new TreeSet<>()).add(operation.name());
        }
      }
    }
    if (!lacking.isEmpty()) {
      no(
          "The user may not " + lacking + ".",
          "Allow READ, WRITE and DESCRIBE on topics drover.*, READ on groups drover.*, and WRITE"
              + " on transactional ids drover-*.");
    } else if (!wanted.isEmpty()) {
      ok("The user may read, write and describe them.");
    }
  }

  private void ok(String what) {
    findings.add(new Finding(true, what, ""));
  }

  private void no(String what, String remedy) {
    findings.add(new Finding(false, what, remedy));
  }

  private static <T> T get(KafkaFuture<T> future) {
    try {
      return future.get(PATIENCE, TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      throw e.getCause() instanceof KafkaException fault
          ? fault
          : new KafkaException(String.valueOf(e.getCause()), e);
    } catch (TimeoutException e) {
      throw new KafkaException("no answer within " + PATIENCE + " s", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaException("interrupted", e);
    }
  }
}
