// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import io.drover.planner.estate.Pool.Taken;
import io.drover.schemas.Inventory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How much room a cluster has for machines, as its inventory shows it: memory and CPUs of the nodes
 * that can run guests, room of storage classes whose drivers publish it, what quotas leave.
 *
 * @param memoryGiB of all nodes together, 0 = not known
 * @param notes what people should know of these figures
 */
public record TargetRoom(int memoryGiB, List<Pool> pools, List<String> notes) {
  private static final String OF_CLASS = ".storageclass.storage.k8s.io/";

  public TargetRoom {
    pools = List.copyOf(pools);
    notes = List.copyOf(notes);
  }

  /** That of the cluster in an inventory. */
  public static TargetRoom of(Collection<Inventory> entities) {
    var pools = new ArrayList<Pool>();
    var notes = new ArrayList<String>();
    long millis = 0;
    long bytes = 0;
    int hosts = 0;
    int unseen = 0;
    for (Inventory entity : entities) {
      switch (entity) {
        case Inventory.Node node -> {
          if (node.kvm() && node.schedulable()) {
            hosts++;
            unseen += node.askedBytes() == null ? 1 : 0;
            millis += Math.max(0, node.cpuMillis() - orZero(node.askedMillis()));
            bytes += Math.max(0, node.memoryBytes() - orZero(node.askedBytes()));
          }
        }
        case Inventory.StorageClass storage -> {
          Long free = storage.freeBytes();
          if (free != null) {
            pools.add(
                new Pool(
                    "room of storage class " + storage.name() + ", MiB",
                    "",
                    storage.name(),
                    Taken.STORAGE,
                    free >> 20));
          }
        }
        case Inventory.Quota quota ->
            quota
                .hard()
                .forEach((what, hard) -> {
                  Pool pool = pool(quota, what, hard);
                  if (pool != null) {
                    pools.add(pool);
                  }
                });
        case Inventory.Vm _,
            Inventory.VCenter _,
            Inventory.Host _,
            Inventory.Cluster _,
            Inventory.Datastore _,
            Inventory.Network _,
            Inventory.TargetNetwork _,
            Inventory.Site _,
            Inventory.Platform _ -> {}
      }
    }
    if (hosts > 0) {
      pools.add(new Pool("CPUs of the target's nodes, thousandths", "", "", Taken.CPU, millis));
    }
    if (unseen > 0) {
      notes.add(
          "How full "
              + unseen
              + " of "
              + hosts
              + " nodes are is not seen: the plan counts all of their memory and CPUs as free.");
    }
    pools.sort(Comparator.comparing(Pool::name));
    return new TargetRoom(
        hosts == 0 ? 0 : (int) Math.max(1, Math.min(Integer.MAX_VALUE / 2, bytes >> 30)),
        pools,
        notes);
  }

  /** What a quota leaves of something that machines take; null for everything else. */
  private static @Nullable Pool pool(Inventory.Quota quota, String what, String hard) {
    int slash = what.indexOf(OF_CLASS);
    String storageClass = slash < 0 ? "" : what.substring(0, slash);
    Taken taken =
        switch (slash < 0 ? what : what.substring(slash + OF_CLASS.length())) {
          case "requests.memory", "memory", "limits.memory" -> Taken.MEMORY;
          case "requests.cpu", "cpu" -> Taken.CPU;
          case "requests.storage" -> Taken.STORAGE;
          case "persistentvolumeclaims", "count/persistentvolumeclaims" -> Taken.CLAIMS;
          case "count/virtualmachines.kubevirt.io", "count/virtualmachineinstances.kubevirt.io" ->
              Taken.MACHINES;
          default -> null;
        };
    if (taken == null) {
      return null;
    }
    double left = Quantity.number(hard) - Quantity.number(quota.used().getOrDefault(what, "0"));
    long capacity =
        (long)
            switch (taken) {
              case MEMORY, STORAGE -> left / (1 << 20);
              case CPU -> left * 1000;
              case CLAIMS, MACHINES -> left;
            };
    return new Pool(
        what + " of quota " + quota.name() + " in namespace " + quota.namespace() + unit(taken),
        quota.namespace(),
        storageClass,
        taken,
        Math.max(0, capacity));
  }

  private static String unit(Taken taken) {
    return switch (taken) {
      case MEMORY, STORAGE -> ", MiB";
      case CPU -> ", thousandths";
      case CLAIMS, MACHINES -> "";
    };
  }

  private static long orZero(@Nullable Long known) {
    return known == null ? 0 : known;
  }
}
