// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import io.drover.engine.Eye;
import io.drover.engine.StopSignal;
import io.drover.ingest.Sightings;
import io.drover.schemas.EntityKey;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryMessage;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
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
      Set<EntityKey> whole = new HashSet<>();
      for (Inventory entity : everything(reader, site, stop)) {
        stop.check();
        sightings.seen(entity);
        whole.add(entity.key());
      }
      sightings.onlyThese(whole, known.apply(reader.clusterId()));
      pause(stop);
    }
  }

  private List<Inventory> everything(ClusterReader reader, Sightings site, StopSignal stop)
      throws InterruptedException {
    try {
      List<Inventory> all = List.copyOf(reader.everything());
      site.seen(new Inventory.Site(name(), null));
      return all;
    } catch (KubernetesClientException fault) {
      if (!stop.raised()) {
        // People who do not read logs hear of it, too; it is looked at again all the same.
        site.seen(new Inventory.Site(name(), problem(fault)));
      }
      throw fault;
    }
  }

  private Problem problem(KubernetesClientException fault) {
    String where = "The cluster at " + client.getMasterUrl();
    return switch (fault.getCode()) {
      case 401 ->
          new Problem(
              Problem.Kind.REFUSED,
              "cluster-login-refused",
              where + " does not accept the credential of cluster.kubeconfig.",
              "Renew the token or certificate in it, or name another context.");
      case 403 ->
          new Problem(
              Problem.Kind.REFUSED,
              "cluster-not-allowed",
              where + " does not let Drover look: " + fault.getMessage() + ".",
              "Bind the role drover-inventory of deploy/rbac.yaml to its account.");
      default ->
          new Problem(
              Problem.Kind.UNAVAILABLE,
              "cluster-unreachable",
              where + " cannot be read" + why(fault) + ".",
              "See that its address in cluster.kubeconfig is right and that it answers from here.");
    };
  }

  private static String why(KubernetesClientException fault) {
    Throwable root = fault;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    return fault.getCode() > 0
        ? ": it answers " + fault.getCode()
        : " ("
            + (root.getMessage() == null ? root.getClass().getSimpleName() : root.getMessage())
            + ")";
  }

  private void pause(StopSignal stop) throws InterruptedException {
    long end = System.nanoTime() + interval.toNanos();
    while (!stop.raised() && System.nanoTime() < end) {
      Thread.sleep(Math.min(200, interval.toMillis()));
    }
  }
}
