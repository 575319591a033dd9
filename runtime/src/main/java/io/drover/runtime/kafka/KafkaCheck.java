// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.common.KafkaException;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.jspecify.annotations.Nullable;

/** Looks, with the eyes of a start, whether Kafka lets us do all that we need; makes nothing. */
public final class KafkaCheck {
  private static final int PATIENCE = 15;
  private static final String SEE = "See kafka in drover.yaml and docs/kafka.md.";

  private final KafkaSettings settings;
  private final KafkaTopics topics;
  private final List<Finding> findings = new ArrayList<>();

  /** One thing that was looked at; {@code remedy} is empty where all is well. */
  public record Finding(boolean well, String what, String remedy) {}

  public KafkaCheck(KafkaSettings settings) {
    this.settings = settings;
    this.topics = new KafkaTopics(settings);
  }

  /** What was found, the connection first; never throws for what Kafka says. */
  public List<Finding> look() {
    String where = "Kafka at " + settings.bootstrap();
    try (Admin admin = new KafkaClients(settings).admin()) {
      var cluster =
          admin.describeCluster(
              new DescribeClusterOptions()
                  .includeAuthorizedOperations(true)
                  .timeoutMs(KafkaTopics.reach(settings)));
      int brokers = get(cluster.nodes()).size();
      ok(where + " answers with " + counted(brokers) + ".");
      if (brokers < settings.replication()) {
        no(
            "kafka.replication is "
                + settings.replication()
                + ", but the cluster has "
                + counted(brokers)
                + ".",
            "Lower it, or add brokers.");
      }
      as(
          "The cluster has the transactions that are needed.",
          () -> topics.checkTransactions(admin));
      topics(admin, get(cluster.authorizedOperations()));
    } catch (KafkaException e) {
      no(String.valueOf(new KafkaDiagnosis(settings).exception(e).getMessage()), SEE);
    } catch (KafkaSetupException e) {
      no(String.valueOf(e.getMessage()), SEE);
    }
    return List.copyOf(findings);
  }

  private static String counted(int brokers) {
    return brokers == 1 ? "one broker" : brokers + " brokers";
  }

  private void topics(Admin admin, @Nullable Set<AclOperation> onCluster) {
    var names = get(admin.listTopics().names());
    var there = new ArrayList<KafkaTopics.Topic>();
    var missing = new TreeSet<String>();
    for (KafkaTopics.Topic topic : topics.all()) {
      if (names.contains(topic.name())) {
        there.add(topic);
      } else {
        missing.add(topic.name());
      }
    }
    if (missing.isEmpty()) {
      ok("All " + there.size() + " topics are there.");
    } else if (onCluster == null || onCluster.contains(AclOperation.CREATE)) {
      ok(missing.size() + " topics are not there yet; 'drover up' makes them.");
    } else {
      no(
          "These topics are missing, and the user may not make them: "
              + String.join(", ", missing)
              + ".",
          "Have them made (see docs/topics.md), or allow CREATE on drover.* topics.");
    }
    as(
        "The user may use the topics, groups and transactional ids, and the topics are as they"
            + " must be.",
        () -> topics.check(admin, there));
  }

  /** What a start would say. */
  private void as(String well, Runnable check) {
    try {
      check.run();
      ok(well);
    } catch (KafkaSetupException | KafkaTopics.Refused e) {
      no(String.valueOf(new KafkaDiagnosis(settings).exception(e).getMessage()), SEE);
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
