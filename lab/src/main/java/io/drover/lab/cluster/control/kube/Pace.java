// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How long an object has been at a stage, so that phases last as long as the lab wants them to.
 * Lost with the process: then a stage begins anew, which a controller must bear anyway.
 */
public final class Pace {

  private final Map<Key, Map<String, Long>> since = new ConcurrentHashMap<>();

  /** What is left of a stage that began when this was first asked; zero when it is over. */
  public Duration wait(Key key, String stage, Duration length) {
    if (!length.isPositive()) {
      return Duration.ZERO;
    }
    long began =
        since
            .computeIfAbsent(key, k -> new ConcurrentHashMap<>())
            .computeIfAbsent(stage, s -> System.nanoTime());
    Duration left = length.minusNanos(System.nanoTime() - began);
    return left.isPositive() ? left.plusMillis(1) : Duration.ZERO;
  }

  /** Forgets all stages of an object. */
  public void forget(Key key) {
    since.remove(key);
  }

  /** Forgets one stage of an object, so that it can begin again. */
  public void forget(Key key, String stage) {
    Map<String, Long> stages = since.get(key);
    if (stages != null) {
      stages.remove(stage);
    }
  }
}
