// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.console.Herd;
import io.drover.console.Read;
import io.drover.engine.StopSignal;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.runtime.kafka.TopicView;
import io.drover.schemas.Brain;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What the roles of this process read of the topics, and no more: executor and converter nothing,
 * ingest and planner what exists, what copies took and what limits are set, the planner also its
 * plans, the console everything. Nobody's start waits for it; whoever cannot do without waits where
 * it is needed.
 */
final class Views implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Views.class);
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final long TELL_EVERY = 30;

  /** What exists, what copies took and what limits are set. */
  private static final List<String> ESTATE =
      List.of(Brain.INVENTORY.facts(), Brain.CONVERSION.facts(), Brain.DISPATCH.facts());

  /** What plans are made of: of what is under way, only plans tell what is still to come. */
  private static final List<String> PLANNED =
      Stream.concat(ESTATE.stream(), Stream.of(Brain.PLAN.facts())).toList();

  private final Herd herd = new Herd();
  private final List<TopicView> views = new ArrayList<>();
  private volatile boolean closing;

  private Views() {}

  /** Begins to read what these roles need. */
  static Views follow(KafkaSettings kafka, Set<Roles> roles) {
    var views = new Views();
    for (List<String> topics : topics(roles)) {
      views.views.add(TopicView.follow(kafka, topics, views::read));
    }
    return views;
  }

  /** The topics that these roles need, what plans are made of first and apart from the rest. */
  static List<List<String>> topics(Set<Roles> roles) {
    if (roles.contains(Roles.CONSOLE)) {
      var rest = new ArrayList<>(Herd.topics());
      rest.removeAll(PLANNED);
      return List.of(PLANNED, rest);
    }
    if (roles.contains(Roles.PLANNER)) {
      return List.of(PLANNED);
    }
    return roles.contains(Roles.INGEST) ? List.of(ESTATE) : List.of();
  }

  private void read(TopicView.Seen seen) {
    String key = seen.key();
    if (key != null) {
      herd.apply(
          new Read(
              seen.topic(), key, seen.headers(), seen.value(), seen.partition(), seen.offset()));
    }
  }

  /** The read model, as far as it was read. */
  Herd herd() {
    return herd;
  }

  /** The read model, once what plans are made of was read to its end; waits for that. */
  Herd estate() throws InterruptedException {
    await(views.subList(0, Math.min(1, views.size())));
    return herd;
  }

  /** Waits until everything was read. */
  void awaitCaughtUp() throws InterruptedException {
    await(views);
  }

  private void await(List<TopicView> all) throws InterruptedException {
    for (TopicView view : all) {
      for (int waited = 1; !view.awaitCaughtUp(PATIENCE); waited++) {
        if (closing) {
          throw new StopSignal.Stopped();
        }
        if (waited % TELL_EVERY == 0) {
          LOG.info("Still reading the topics to their end seconds={}", waited);
        }
      }
    }
  }

  /** Whether everything was read that was there at the start. */
  boolean caughtUp() {
    return views.stream().allMatch(TopicView::caughtUp);
  }

  /**
   * Why what was read may be old, with the remedy; null while the brokers answer.
   *
   * @param kafka the brokers; silent for a session is silent
   */
  @Nullable String trouble(KafkaSettings kafka) {
    Duration silence =
        views.stream().map(TopicView::silence).max(Comparator.naturalOrder()).orElse(Duration.ZERO);
    return silence.compareTo(kafka.session()) < 0
        ? null
        : "Kafka at "
            + kafka.bootstrap()
            + " has not answered since "
            + Instant.now().minus(silence).truncatedTo(ChronoUnit.SECONDS)
            + ": what is shown is as of then, and no command can be taken in. See that the brokers"
            + " are up and can be reached from here.";
  }

  /** Lets those go who still wait: the process ends. */
  void release() {
    closing = true;
  }

  @Override
  public void close() {
    release();
    views.forEach(TopicView::close);
  }
}
