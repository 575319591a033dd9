// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.body;

import io.drover.engine.ServiceSpec;
import io.drover.runtime.Vitals;
import io.drover.runtime.config.SettingsException;
import io.drover.runtime.kafka.KafkaBrain;
import io.drover.runtime.kafka.KafkaInbox;
import io.drover.runtime.kafka.KafkaTopics;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.DiskProgress;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import io.drover.schemas.MigrationMessage.DiskAdvanced;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.vertx.core.Future;
import io.vertx.core.Vertx;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brains in a process: topics checked, brains deployed, health and metrics served, one way out. */
public final class DroverRuntime implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DroverRuntime.class);
  private static final Duration STOP = Duration.ofSeconds(60);

  private final Vertx vertx;
  private final KafkaInbox inbox;
  private final PrometheusMeterRegistry registry;
  private final Map<String, KafkaBrain<?, ?, ?, ?, ?>> brains;
  private final @Nullable HealthVerticle health;

  private DroverRuntime(
      Vertx vertx,
      KafkaInbox inbox,
      PrometheusMeterRegistry registry,
      Map<String, KafkaBrain<?, ?, ?, ?, ?>> brains,
      @Nullable HealthVerticle health) {
    this.vertx = vertx;
    this.inbox = inbox;
    this.registry = registry;
    this.brains = brains;
    this.health = health;
  }

  /** As {@link #start(List, RuntimeConfig, ProgressWords)}, without progress. */
  public static DroverRuntime start(
      List<? extends ServiceSpec<?, ?, ?, ?, ?>> specs, RuntimeConfig config) {
    return start(specs, config, ProgressWords.NONE);
  }

  /**
   * Makes and checks the topics, deploys the brains and serves health. Returns when the brains have
   * been started; {@link #ready} tells when they have taken over.
   *
   * @throws io.drover.runtime.kafka.KafkaSetupException if Kafka is not as it must be
   * @throws SettingsException if the health address cannot be used
   */
  public static DroverRuntime start(
      List<? extends ServiceSpec<?, ?, ?, ?, ?>> specs, RuntimeConfig config, ProgressWords words) {
    new KafkaTopics(config.kafka()).ensure();
    var registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    var vitals = new Metrics(registry);
    var inbox = new KafkaInbox(config.kafka());
    var brains = new LinkedHashMap<String, KafkaBrain<?, ?, ?, ?, ?>>();
    for (var spec : specs) {
      brains.put(spec.brain().entity(), brain(spec, config, inbox, words, vitals));
    }
    var vertx = Vertx.vertx();
    var health =
        config.health().port() < 0 ? null : new HealthVerticle(config.health(), brains, registry);
    var runtime = new DroverRuntime(vertx, inbox, registry, brains, health);
    try {
      if (health != null) {
        serve(vertx, health, config.health());
      }
      for (var brain : brains.entrySet()) {
        await(
            vertx.deployVerticle(new BrainVerticle(brain.getValue())),
            "Brain " + brain.getKey() + " cannot be started");
      }
    } catch (RuntimeException e) {
      runtime.close();
      throw e;
    }
    LOG.info(
        "Drover runs instance={} brains={} health={}:{}",
        config.instance(),
        brains.keySet(),
        config.health().host(),
        runtime.healthPort());
    return runtime;
  }

  private static void serve(Vertx vertx, HealthVerticle health, RuntimeConfig.Health at) {
    try {
      await(vertx.deployVerticle(health), "Health cannot be served");
    } catch (IllegalStateException e) {
      throw new SettingsException(
          ("health.host, health.port: %s:%d cannot be listened at (%s). Processes side by side on one"
                  + " machine need a health.port each: 0 picks a free one, -1 serves none")
              .formatted(at.host(), at.port(), reason(e)),
          e);
    }
  }

  private static String reason(Throwable thrown) {
    Throwable first = thrown;
    while (first.getCause() != null) {
      first = first.getCause();
    }
    return first.getMessage() == null ? first.getClass().getSimpleName() : first.getMessage();
  }

  private static <S, M extends Message, O, F extends Fact, E> KafkaBrain<S, M, O, F, E> brain(
      ServiceSpec<S, M, O, F, E> spec,
      RuntimeConfig config,
      KafkaInbox inbox,
      ProgressWords words,
      Vitals vitals) {
    var milestones = new Milestones();
    return new KafkaBrain<>(
        spec,
        config.kafka(),
        config.instance(),
        inbox,
        (order, subject, what, done, total) -> {
          DiskProgress progress =
              words.of(
                  spec.brain(),
                  order,
                  new ProgressWords.Report(subject, what, done, total),
                  Instant.now());
          if (progress != null) {
            inbox.progress(progress);
            DiskAdvanced milestone = milestones.of(progress);
            if (milestone != null) {
              inbox.mention(
                  Brain.MIGRATION,
                  progress.vm().toString(),
                  milestone,
                  Actor.service(spec.brain().service()));
            }
          }
        },
        vitals);
  }

  /** Whether every brain has joined its group and taken over what it was given. */
  public boolean ready() {
    return brains.values().stream().allMatch(KafkaBrain::ready);
  }

  /** Waits until {@link #ready}; says whether it is. */
  public boolean awaitReady(Duration patience) throws InterruptedException {
    long until = System.nanoTime() + patience.toNanos();
    while (!ready()) {
      if (System.nanoTime() > until || brains.values().stream().anyMatch(b -> !b.alive())) {
        return false;
      }
      Thread.sleep(25);
    }
    return true;
  }

  /** Port of health and metrics; -1 if they are not served. */
  public int healthPort() {
    return health == null ? -1 : health.port();
  }

  /** For meters of the process's other rooms; they are served with ours. */
  public PrometheusMeterRegistry metrics() {
    return registry;
  }

  /** Stops consuming, tells the hands to stop and waits for them, leaves the groups. */
  @Override
  public void close() {
    try {
      await(vertx.close(), "Not everything ended");
    } catch (IllegalStateException e) {
      LOG.warn("The process did not end in order reason={}", e.getMessage());
    }
    inbox.close();
    registry.close();
  }

  private static <T> T await(Future<T> future, String what) {
    try {
      return future
          .toCompletionStage()
          .toCompletableFuture()
          .get(STOP.toMillis(), TimeUnit.MILLISECONDS);
    } catch (ExecutionException | CompletionException e) {
      throw new IllegalStateException(what + ": " + e.getCause(), e);
    } catch (TimeoutException e) {
      throw new IllegalStateException(what + " within " + STOP, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(what + ": interrupted", e);
    }
  }
}
