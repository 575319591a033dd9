// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.kafka;

import io.drover.schemas.Brain;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.apache.kafka.clients.admin.Admin;
import org.apache.kafka.clients.admin.DescribeConsumerGroupsOptions;
import org.apache.kafka.clients.admin.TopicDescription;
import org.apache.kafka.common.KafkaFuture;
import org.apache.kafka.common.acl.AclOperation;
import org.apache.kafka.common.errors.AuthorizationException;
import org.apache.kafka.common.errors.GroupAuthorizationException;
import org.apache.kafka.common.errors.TransactionalIdAuthorizationException;

/**
 * What the brokers do not allow our user of what Drover does every day, asked before the start: a
 * brain that is refused in mid-road helps nobody.
 */
final class KafkaRights {
  private static final Set<AclOperation> ON_TOPIC =
      EnumSet.of(AclOperation.READ, AclOperation.WRITE, AclOperation.DESCRIBE_CONFIGS);
  private static final int NAMED = 3;

  private final Admin admin;
  private final KafkaSettings settings;

  KafkaRights(Admin admin, KafkaSettings settings) {
    this.admin = admin;
    this.settings = settings;
  }

  /**
   * Asks.
   *
   * @param topics with the operations that the brokers said are allowed
   * @throws KafkaSetupException naming operations and resources that are missing
   */
  void check(Collection<TopicDescription> topics) {
    var missing = new ArrayList<String>();
    topics(topics)
        .forEach((operations, names) -> missing.add(operations + " on " + named("topic", names)));
    var groups = groups();
    if (!groups.isEmpty()) {
      missing.add("READ on " + named("group", groups));
    }
    var ids = transactionalIds();
    if (!ids.isEmpty()) {
      missing.add("WRITE on " + named("transactional id", ids));
    }
    if (!missing.isEmpty()) {
      throw new KafkaSetupException(
          ("Kafka does not allow this user %s: grant what docs/kafka.md lists (in Strimzi:"
                  + " spec.authorization.acls of the KafkaUser)")
              .formatted(String.join("; ", missing)));
    }
  }

  private static Map<String, List<String>> topics(Collection<TopicDescription> topics) {
    var missing = new TreeMap<String, List<String>>();
    for (TopicDescription topic : topics) {
      Set<AclOperation> allowed = topic.authorizedOperations();
      if (allowed == null) {
        // These brokers do not say.
        continue;
      }
      String lacks =
          ON_TOPIC.stream()
              .filter(operation -> !allowed.contains(operation))
              .map(AclOperation::name)
              .collect(Collectors.joining(", "));
      if (!lacks.isEmpty()) {
        missing.computeIfAbsent(lacks, _ -> new ArrayList<>()).add(topic.name());
      }
    }
    return missing;
  }

  /** A group that nobody has joined yet may be missing, but only to whom it may be shown. */
  private List<String> groups() {
    var asked =
        admin
            .describeConsumerGroups(
                ids(""), new DescribeConsumerGroupsOptions().includeAuthorizedOperations(true))
            .describedGroups();
    var missing = new ArrayList<String>();
    asked.forEach((name, group) -> {
      if (lacks(
          group,
          GroupAuthorizationException.class,
          found ->
              found.authorizedOperations() != null
                  && !found.authorizedOperations().contains(AclOperation.READ))) {
        missing.add(name);
      }
    });
    return missing;
  }

  /** One id of each brain: who may describe none may write none. */
  private List<String> transactionalIds() {
    var asked = admin.describeTransactions(ids("-0"));
    return ids("-0").stream()
        .filter(id ->
            lacks(asked.description(id), TransactionalIdAuthorizationException.class, _ -> false))
        .toList();
  }

  private List<String> ids(String suffix) {
    return Arrays.stream(Brain.values())
        .map(brain -> settings.prefix() + "-" + brain.entity() + suffix)
        .toList();
  }

  private static <T> boolean lacks(
      KafkaFuture<T> asked, Class<? extends AuthorizationException> refusal, Predicate<T> also) {
    try {
      return also.test(asked.get(KafkaTopics.PATIENCE.toSeconds(), TimeUnit.SECONDS));
    } catch (ExecutionException e) {
      return refusal.isInstance(e.getCause());
    } catch (TimeoutException e) {
      // Not said: whoever needs the right will hear.
      return false;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new KafkaSetupException("Interrupted while talking to Kafka", e);
    }
  }

  private static String named(String kind, List<String> names) {
    int more = names.size() - NAMED;
    var sorted = names.stream().sorted().limit(NAMED).collect(Collectors.joining(", "));
    return kind + " " + sorted + (more > 0 ? " and " + more + " more" : "");
  }
}
