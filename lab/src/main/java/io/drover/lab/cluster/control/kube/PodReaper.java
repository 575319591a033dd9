// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;

/**
 * Plays the kubelet's last duty: a pod that is asked to go goes when nothing of it runs any more.
 */
public final class PodReaper implements Controller {

  private final Kube kube;
  private final World world;
  private final Predicate<Doc> ended;

  /**
   * A reaper.
   *
   * @param ended stops what runs for a pod and says whether nothing runs any more
   */
  public PodReaper(Kube kube, World world, Predicate<Doc> ended) {
    this.kube = kube;
    this.world = world;
    this.ended = ended;
  }

  @Override
  public String name() {
    return "pods";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(Kind.POD);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return changed.deleting() ? List.of(changed.key()) : List.of();
  }

  @Override
  public Duration reconcile(Key key) {
    Optional<Doc> pod = world.get(Kind.POD, key).filter(Doc::deleting);
    if (pod.isEmpty()) {
      return Duration.ZERO;
    }
    if (!ended.test(pod.get())) {
      return Duration.ofMillis(50);
    }
    kube.deleteNow(Kind.POD, pod.get());
    return Duration.ZERO;
  }
}
