// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime.body;

import io.drover.runtime.Vitals;
import io.drover.schemas.Brain;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;

/** The vitals of the body as meters. All names begin with {@code drover.}. */
final class Metrics implements Vitals {
  private static final Duration[] COMMITS = {
    Duration.ofMillis(2),
    Duration.ofMillis(5),
    Duration.ofMillis(10),
    Duration.ofMillis(25),
    Duration.ofMillis(50),
    Duration.ofMillis(100),
    Duration.ofMillis(250),
    Duration.ofSeconds(1),
    Duration.ofSeconds(5)
  };

  private final MeterRegistry registry;
  private final Map<String, AtomicLong> gauges = new ConcurrentHashMap<>();

  Metrics(MeterRegistry registry) {
    this.registry = registry;
  }

  @Override
  public void input(Brain brain, Verdict verdict) {
    registry
        .counter(
            "drover.inputs",
            "brain",
            brain.entity(),
            "verdict",
            verdict.name().toLowerCase(Locale.ROOT))
        .increment();
  }

  @Override
  public void committed(Brain brain, int inputs, int facts, Duration took) {
    registry.counter("drover.facts", "brain", brain.entity()).increment(facts);
    Timer.builder("drover.commit")
        .description("From the poll of inputs to the commit of what they made")
        .tag("brain", brain.entity())
        .serviceLevelObjectives(COMMITS)
        .register(registry)
        .record(took);
  }

  @Override
  public void uncommitted(Brain brain, boolean fenced) {
    registry
        .counter(
            "drover.commits.failed",
            "brain",
            brain.entity(),
            "reason",
            fenced ? "fenced" : "unknown")
        .increment();
  }

  @Override
  public void tookOver(Brain brain, int partition, Duration took) {
    gauge("drover.partition.owned", brain, partition).set(1);
    Timer.builder("drover.takeover")
        .description("From the assignment of a partition to its first input")
        .tag("brain", brain.entity())
        .register(registry)
        .record(took);
  }

  @Override
  public void released(Brain brain, int partition) {
    gauge("drover.partition.owned", brain, partition).set(0);
    gauge("drover.inbox.lag", brain, partition).set(0);
    gauge("drover.quarantined.keys", brain, partition).set(0);
  }

  @Override
  public void quarantined(Brain brain, int partition, int keys) {
    gauge("drover.quarantined.keys", brain, partition).set(keys);
  }

  @Override
  public void lag(Brain brain, int partition, long records) {
    gauge("drover.inbox.lag", brain, partition).set(records);
  }

  @Override
  public void effectBegan(Brain brain, String kind) {
    running(brain, kind).incrementAndGet();
  }

  @Override
  public void effectEnded(Brain brain, String kind, String outcome, Duration took) {
    running(brain, kind).decrementAndGet();
    Timer.builder("drover.effect")
        .description("From the begin of a hand to its outcome")
        .tag("brain", brain.entity())
        .tag("kind", kind)
        .tag("outcome", outcome.toLowerCase(Locale.ROOT))
        .register(registry)
        .record(took);
  }

  @Override
  public void eyeRestarted(Brain brain, String eye) {
    registry.counter("drover.eye.restarts", "brain", brain.entity(), "eye", eye).increment();
  }

  private AtomicLong running(Brain brain, String kind) {
    return gauges.computeIfAbsent(
        "running " + brain + " " + kind,
        _ -> {
          var value = new AtomicLong();
          Gauge.builder("drover.effects.running", value, AtomicLong::doubleValue)
              .tag("brain", brain.entity())
              .tag("kind", kind)
              .register(registry);
          return value;
        });
  }

  private AtomicLong gauge(String name, Brain brain, int partition) {
    return gauges.computeIfAbsent(
        name + " " + brain + " " + partition,
        _ -> {
          var value = new AtomicLong();
          Gauge.builder(name, value, AtomicLong::doubleValue)
              .tag("brain", brain.entity())
              .tag("partition", Integer.toString(partition))
              .register(registry);
          return value;
        });
  }
}
