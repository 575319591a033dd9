// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.schemas.Brain;
import io.drover.schemas.Topics;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.AdminClientConfig;
import org.apache.kafka.clients.admin.DescribeClusterOptions;
import org.apache.kafka.clients.admin.DescribeTopicsOptions;
import org.apache.kafka.clients.admin.NewTopic;
import org.apache.kafka.clients.admin.OffsetSpec;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.config.ConfigResource;
import org.apache.kafka.common.errors.AuthenticationException;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.TopicExistsException;
import org.apache.kafka.common.errors.UnknownTopicOrPartitionException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The topics of Drover: makes those that are missing, and refuses to start on those that are not as
 * they must be.
 */
public final class KafkaTopics {
  private static final Logger LOG = LoggerFactory.getLogger(KafkaTopics.class);

  /** How long a cluster that is there may take for one answer. */
  static final Duration PATIENCE = Duration.ofSeconds(60);

  /** A person waits for the first answer. */
  private static final Duration REACH = Duration.ofSeconds(10);

  private final KafkaSettings settings;
  private final KafkaDiagnosis diagnosis;

  /**
   * A topic as it must be.
   *
   * @param config topic level configuration, as given when it is made
   */
  public record Topic(String name, Map<String, String> config) {
    public Topic {
      config = Map.copyOf(config);
    }

    boolean compacted() {
      return "compact".equals(config.get("cleanup.policy"));
    }
  }

  public KafkaTopics(KafkaSettings settings) {
    this.settings = settings;
    this.diagnosis = new KafkaDiagnosis(settings);
  }

  /** All topics, in the order of the documentation. */
  public List<Topic> all() {
    var all = new ArrayList<Topic>();
    for (Brain brain : Brain.values()) {
      var inbox = log(Duration.ofDays(60));
      inbox.put("message.timestamp.type", "LogAppendTime");
      all.add(new Topic(brain.inbox(), inbox));
      all.add(new Topic(brain.facts(), brain.compactedFacts() ? compacted() : log(null)));
      all.add(new Topic(brain.state(), compacted()));
    }
    all.add(new Topic(Topics.MIGRATION_STATUS, compacted()));
    all.add(new Topic(Topics.WAVE_STATUS, compacted()));
    all.add(new Topic(Topics.PROGRESS, log(Duration.ofHours(6))));
    all.add(new Topic(Topics.QUARANTINE, log(Duration.ofDays(180))));
    all.add(new Topic(Topics.AUDIT, log(null)));
    return all;
  }

  /**
   * Makes what is missing, waits until it answers, and checks all of it.
   *
   * @throws KafkaSetupException naming what is wrong and what to do
   */
  public void ensure() {
    try (Admin admin = new KafkaClients(settings).admin()) {
      get(
          admin
              .describeCluster(new DescribeClusterOptions().timeoutMs(reach(settings)))
              .clusterId());
      checkTransactions(admin);
      create(admin);
      check(admin, all());
      await(admin);
    } catch (Refused e) {
      throw diagnosis.exception(e);
    } catch (org.apache.kafka.common.KafkaException e) {
      throw diagnosis.exception(e);
    }
  }

  /**
   * How long the first answer may take, in ms: what the user passes through for every call goes
   * over ours.
   */
  static int reach(KafkaSettings settings) {
    String passed = settings.clients().get(AdminClientConfig.DEFAULT_API_TIMEOUT_MS_CONFIG);
    return passed == null ? (int) REACH.toMillis() : Integer.parseInt(passed);
  }

  private void create(Admin admin) {
    int least = settings.replication() >= 3 ? 2 : 1;
    var wanted = new ArrayList<NewTopic>();
    var there = get(admin.listTopics().names());
    for (Topic topic : all()) {
      if (!there.contains(topic.name())) {
        var config = new LinkedHashMap<>(topic.config());
        config.put("min.insync.replicas", Integer.toString(least));
        wanted.add(
            new NewTopic(topic.name(), settings.partitions(), (short) settings.replication())
                .configs(config));
      }
    }
    if (wanted.isEmpty()) {
      return;
    }
    LOG.info("Creating topics count={} partitions={}", wanted.size(), settings.partitions());
    for (var made : admin.createTopics(wanted).values().entrySet()) {
      try {
        get(made.getValue());
      } catch (KafkaSetupException e) {
        if (!(e.getCause() instanceof AuthorizationException)) {
          throw e;
        }
        throw new KafkaSetupException(
            ("Topic %s is not there or may not be seen by this user, who may not create it: create it as"
                    + " docs/kafka.md says and grant DESCRIBE on it, or grant CREATE")
                .formatted(made.getKey()),
            e.getCause());
      } catch (Refused e) {
        // Another instance may have been faster.
        if (!(e.getCause() instanceof TopicExistsException)) {
          throw new KafkaSetupException(
              "Topic %s cannot be created (%s): create it by hand as docs/kafka.md says, or see that enough brokers are up for kafka.replication %d"
                  .formatted(made.getKey(), e.type(), settings.replication()),
              e);
        }
      }
    }
  }

  /**
   * A created topic is not yet led: a producer that is too early can lose its first batches. Asking
   * every partition for its end proves that its leader answers.
   */
  private void await(Admin admin) {
    var ends = new HashMap<TopicPartition, OffsetSpec>();
    for (Topic topic : all()) {
      for (int p = 0; p < settings.partitions(); p++) {
        ends.put(new TopicPartition(topic.name(), p), OffsetSpec.latest());
      }
    }
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        get(admin.listOffsets(ends).all());
        return;
      } catch (Refused e) {
        if (System.nanoTime() > until) {
          throw new KafkaSetupException(
              "The topics have no leader yet (%s): see that enough brokers are up"
                  .formatted(e.type()),
              e);
        }
      }
    }
  }

  /**
   * Checks rights, partitions and configuration of topics that are there.
   *
   * @throws KafkaSetupException naming what is wrong and what to do
   */
  void check(Admin admin, List<Topic> topics) {
    Map<String, TopicDescription> found = describe(admin, topics);
    new KafkaRights(admin, settings).check(found.values());
    var resources = new ArrayList<ConfigResource>();
    for (Topic topic : topics) {
      TopicDescription description = found.get(topic.name());
      if (description == null) {
        continue;
      }
      int has = description.partitions().size();
      if (has != settings.partitions()) {
        throw new KafkaSetupException(
            ("Topic %s has %d partitions, but kafka.partitions is %d: the count is fixed for life,"
                    + " set kafka.partitions to what the topics have, or use topics made for it")
                .formatted(topic.name(), has, settings.partitions()));
      }
      resources.add(new ConfigResource(ConfigResource.Type.TOPIC, topic.name()));
    }
    var configs = get(admin.describeConfigs(resources).all());
    for (Topic topic : topics) {
      var config = configs.get(new ConfigResource(ConfigResource.Type.TOPIC, topic.name()));
      if (config == null) {
        continue;
      }
      must(
          topic,
          "cleanup.policy",
          config.get("cleanup.policy").value(),
          topic.compacted() ? "compact" : "delete");
      if (topic.config().containsKey("message.timestamp.type")) {
        must(
            topic,
            "message.timestamp.type",
            config.get("message.timestamp.type").value(),
            "LogAppendTime");
      }
      if ("-1".equals(topic.config().get("retention.ms"))) {
        // The journals and the audit: what they lost would be missed years later.
        must(topic, "retention.ms", config.get("retention.ms").value(), "-1");
        must(topic, "retention.bytes", config.get("retention.bytes").value(), "-1");
      }
      // A record that the broker refuses would come back with every poll.
      long most = Long.parseLong(config.get("max.message.bytes").value());
      if (most < KafkaClients.MAX_BYTES) {
        must(
            topic,
            "max.message.bytes",
            Long.toString(most),
            Integer.toString(KafkaClients.MAX_BYTES));
      }
    }
  }

  private static void must(Topic topic, String name, String is, String wanted) {
    if (!wanted.equals(is)) {
      throw new KafkaSetupException(
          "Topic %s has %s=%s, but Drover needs %s: set it with kafka-configs or in the KafkaTopic"
              .formatted(topic.name(), name, is, wanted));
    }
  }

  private Map<String, TopicDescription> describe(Admin admin, List<Topic> topics) {
    var names = topics.stream().map(Topic::name).toList();
    long until = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return get(
            admin
                .describeTopics(
                    names, new DescribeTopicsOptions().includeAuthorizedOperations(true))
                .allTopicNames());
      } catch (Refused e) {
        // Brokers hear of a new topic one after the other.
        if (!(e.getCause() instanceof UnknownTopicOrPartitionException)
            || System.nanoTime() > until) {
          throw new KafkaSetupException(
              "The topics cannot be described (%s): allow the user to describe drover.*"
                  .formatted(e.type()),
              e);
        }
        try {
          Thread.sleep(50);
        } catch (InterruptedException interrupted) {
          Thread.currentThread().interrupt();
          throw new KafkaSetupException("Interrupted while waiting for the topics", interrupted);
        }
      }
    }
  }

  /** Whether the cluster has transactions as the loop needs them. */
  void checkTransactions(Admin admin) {
    var features = get(admin.describeFeatures().featureMetadata()).finalizedFeatures();
    var version = features.get("transaction.version");
    int level = version == null ? 0 : version.maxVersionLevel();
    if (level < 2) {
      throw new KafkaSetupException(
          ("The cluster has transaction.version=%d, but Drover needs 2 (a delayed commit could reach"
                  + " a later transaction): upgrade to Kafka 4.2 or newer, then run kafka-features"
                  + " upgrade --feature transaction.version=2")
              .formatted(level));
    }
  }

  private static Map<String, String> compacted() {
    var config = base();
    config.put("cleanup.policy", "compact");
    config.put("min.cleanable.dirty.ratio", "0.2");
    config.put("segment.ms", Long.toString(Duration.ofHours(12).toMillis()));
    config.put("delete.retention.ms", Long.toString(Duration.ofDays(7).toMillis()));
    return config;
  }

  private static Map<String, String> log(@org.jspecify.annotations.Nullable Duration kept) {
    var config = base();
    config.put("cleanup.policy", "delete");
    config.put("retention.ms", kept == null ? "-1" : Long.toString(kept.toMillis()));
    config.put("retention.bytes", "-1");
    return config;
  }

  private static Map<String, String> base() {
    var config = new LinkedHashMap<String, String>();
    config.put("max.message.bytes", Integer.toString(KafkaClients.MAX_BYTES));
    return config;
  }

  /** What the broker said instead of doing it. */
  static final class Refused extends RuntimeException {
    private static final long serialVersionUID = 1;

    Refused(Throwable cause) {
      super(cause);
    }

    String type() {
      Throwable cause = getCause();
      return cause == null ? "no reason given" : cause.getClass().getSimpleName();
    }
  }

  private <T> T get(KafkaFuture<T> future) {
    try {
      return future.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
    } catch (ExecutionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      switch (cause) {
        case AuthenticationException _,
            AuthorizationException _,
            org.apache.kafka.common.errors.TimeoutException _ ->
            throw diagnosis.exception(cause);
        default -> throw new Refused(cause);
      }
    } catch (java.util.concurrent.TimeoutException e) {
      throw diagnosis.exception(new org.apache.kafka.common.errors.TimeoutException(e));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaSetupException("Interrupted while talking to Kafka", e);
    }
  }
}
