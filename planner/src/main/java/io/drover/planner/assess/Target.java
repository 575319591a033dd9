// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.schemas.Inventory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What the target cluster offers. A set that is empty was not inventoried and is not judged.
 *
 * @param networks namespace/name
 */
public record Target(
    Map<String, Inventory.StorageClass> storageClasses,
    Set<String> networks,
    List<Inventory.Node> nodes,
    List<Inventory.Quota> quotas) {
  public Target {
    storageClasses = Map.copyOf(storageClasses);
    networks = Set.copyOf(networks);
    nodes = List.copyOf(nodes);
    quotas = List.copyOf(quotas);
  }

  /** What an inventory says of its target. */
  public static Target of(Collection<Inventory> entities) {
    var classes = new TreeMap<String, Inventory.StorageClass>();
    var networks = new TreeSet<String>();
    var nodes = new ArrayList<Inventory.Node>();
    var quotas = new ArrayList<Inventory.Quota>();
    for (Inventory entity : entities) {
      switch (entity) {
        case Inventory.StorageClass storage -> classes.put(storage.name(), storage);
        case Inventory.TargetNetwork network ->
            networks.add(network.namespace() + "/" + network.name());
        case Inventory.Node node -> nodes.add(node);
        case Inventory.Quota quota -> quotas.add(quota);
        case Inventory.Vm vm -> {}
        case Inventory.VCenter vCenter -> {}
        case Inventory.Host host -> {}
        case Inventory.Cluster cluster -> {}
        case Inventory.Datastore datastore -> {}
        case Inventory.Network network -> {}
        case Inventory.Site site -> {}
        case Inventory.Platform platform -> {}
      }
    }
    return new Target(classes, networks, nodes, quotas);
  }

  /** Nodes that can run guests. */
  List<Inventory.Node> hosts() {
    return nodes.stream().filter(node -> node.kvm() && node.schedulable()).toList();
  }
}
