// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import io.drover.engine.Eye;
import io.drover.engine.StopSignal;
import io.drover.ingest.Sightings;
import io.drover.schemas.EntityKey;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryMessage;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Function;

/**
 * Looks at the whole target cluster again and again and says what it offers. Needs read access
 * only.
 */
public final class ClusterEye implements Eye<InventoryMessage> {
  private final KubernetesClient client;
  private final Duration interval;
  private final Function<String, Set<EntityKey>> known;

  /**
   * @param interval pause between two looks
   * @param known what the inventory holds of a site
   */
  public ClusterEye(
      KubernetesClient client, Duration interval, Function<String, Set<EntityKey>> known) {
    this.client = client;
    this.interval = interval;
    this.known = known;
  }

  @Override
  public String name() {
    return "cluster:" + client.getMasterUrl();
  }

  @Override
  public void look(Sight<InventoryMessage> sight, StopSignal stop) throws InterruptedException {
    var sightings = new Sightings(sight);
    var site = new Sightings(sight);
    var reader = new ClusterReader(client);
    while (!stop.raised()) {
      ClusterLook look = oneLook(reader, site, stop);
      Set<EntityKey> whole = new HashSet<>();
      for (Inventory entity : look.entities()) {
        stop.check();
        sightings.seen(entity);
        whole.add(entity.key());
      }
      sightings.onlyThese(whole, known.apply(reader.clusterId()), look.unseen());
      pause(stop);
    }
  }

  private ClusterLook oneLook(ClusterReader reader, Sightings site, StopSignal stop)
      throws InterruptedException {
    try {
      ClusterLook look = reader.look();
      site.seen(
          new Inventory.Site(
              name(),
              look.hidden().isEmpty()
                  ? null
                  : ClusterTrouble.partly(client.getMasterUrl(), look.hidden())));
      return look;
    } catch (KubernetesClientException fault) {
      if (!stop.raised()) {
        // People who do not read logs hear of it, too; it is looked at again all the same.
        site.seen(new Inventory.Site(name(), ClusterTrouble.of(client.getMasterUrl(), fault)));
      }
      throw fault;
    }
  }

  private void pause(StopSignal stop) throws InterruptedException {
    long end = System.nanoTime() + interval.toNanos();
    while (!stop.raised() && System.nanoTime() < end) {
      Thread.sleep(Math.min(200, interval.toMillis()));
    }
  }
}
