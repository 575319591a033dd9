// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.schemas.EntityKey;
import io.drover.schemas.Inventory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What the target cluster offers, and the hosts at the source that copy into it. A set that is
 * empty was not inventoried and is not judged.
 *
 * @param networks namespace/name
 * @param sources ESXi hosts
 */
public record Target(
    Map<String, Inventory.StorageClass> storageClasses,
    Set<String> networks,
    List<Inventory.Node> nodes,
    List<Inventory.Quota> quotas,
    Map<EntityKey, Inventory.Host> sources) {
  public Target {
    storageClasses = Map.copyOf(storageClasses);
    networks = Set.copyOf(networks);
    nodes = List.copyOf(nodes);
    quotas = List.copyOf(quotas);
    sources = Map.copyOf(sources);
  }

  /** What an inventory says of its target. */
  public static Target of(Collection<Inventory> entities) {
    var classes = new TreeMap<String, Inventory.StorageClass>();
    var networks = new TreeSet<String>();
    var nodes = new ArrayList<Inventory.Node>();
    var quotas = new ArrayList<Inventory.Quota>();
    var sources = new HashMap<EntityKey, Inventory.Host>();
    for (Inventory entity : entities) {
      switch (entity) {
        case Inventory.StorageClass storage -> classes.put(storage.name(), storage);
        case Inventory.TargetNetwork network -> {
          // A card names the attachment definition that is made of the others in a namespace.
          if (!network.namespace().isEmpty()) {
            networks.add(network.namespace() + "/" + network.name());
          }
        }
        case Inventory.Node node -> nodes.add(node);
        case Inventory.Quota quota -> quotas.add(quota);
        case Inventory.Vm vm -> {}
        case Inventory.VCenter vCenter -> {}
        case Inventory.Host host -> sources.put(host.key(), host);
        case Inventory.Cluster cluster -> {}
        case Inventory.Datastore datastore -> {}
        case Inventory.Network network -> {}
        case Inventory.Site site -> {}
        case Inventory.Platform platform -> {}
      }
    }
    return new Target(classes, networks, nodes, quotas, sources);
  }

  /** Nodes that can run guests. */
  List<Inventory.Node> hosts() {
    return nodes.stream().filter(node -> node.kvm() && node.schedulable()).toList();
  }

  /** The ESXi host of a VM, null if it was not inventoried. */
  Inventory.@Nullable Host host(Inventory.Vm vm) {
    return sources.get(new EntityKey(vm.vm().vcenter(), "host", vm.placement().host()));
  }
}
