// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import io.drover.planner.estate.Pool.Taken;
import io.drover.schemas.Inventory;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * How much room a cluster has for machines, as its inventory shows it: memory and CPUs of the nodes
 * that can run guests, room of storage classes whose drivers publish it and of the Ceph behind
 * several, what quotas leave.
 *
 * @param memoryGiB of all nodes together, 0 = not known
 * @param notes what people should know of these figures
 */
public record TargetRoom(int memoryGiB, List<Pool> pools, List<String> notes) {
  private static final String OF_CLASS = ".storageclass.storage.k8s.io/";

  /**
   * What of Ceph is planned for: OpenShift Data Foundation sets {@code nearFullRatio} to 0.75,
   * {@code backfillFullRatio} to 0.80 and {@code fullRatio} to 0.85 (Red Hat, "Setting Ceph OSD
   * full thresholds by updating the StorageCluster CR"; its alerts CephClusterNearFull,
   * CriticallyFull and ReadOnly are at the same, see openshift/runbooks). Ceph by itself has 0.85,
   * 0.90 and 0.95 (Monitor Config Reference, "Storage Capacity"). What lies between is for
   * snapshots that keep a way back, for what guests write, and for a node that is lost.
   */
  static final double PLANNED_FOR = 0.75;

  /** How often Ceph keeps a byte where its pool is not seen: as often as by itself. */
  static final double COPIES = 3;

  public TargetRoom {
    pools = List.copyOf(pools);
    notes = List.copyOf(notes);
  }

  /** That of the cluster in an inventory. */
  public static TargetRoom of(Collection<Inventory> entities) {
    var pools = new ArrayList<Pool>();
    var notes = new ArrayList<String>();
    var classes = StorageClasses.of(entities);
    stores(classes, pools, notes);
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
        case Inventory.Quota quota ->
            quota
                .hard()
                .forEach((what, hard) -> {
                  Pool pool = pool(quota, what, hard, classes);
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
            Inventory.StorageClass _,
            Inventory.Platform _ -> {}
      }
    }
    if (hosts > 0) {
      pools.add(
          new Pool("CPUs of the target's nodes, thousandths", "", Map.of(), Taken.CPU, millis));
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

  /** What drivers publish of each class, and what is behind several, each once. */
  private static void stores(StorageClasses classes, List<Pool> pools, List<String> notes) {
    var shared = new TreeMap<String, TreeMap<String, Double>>();
    var free = new TreeMap<String, Double>();
    for (Inventory.StorageClass each : new TreeMap<>(classes.byName()).values()) {
      var names = new TreeMap<>(classes.called(each.name()));
      Long published = each.freeBytes();
      if (published != null) {
        pools.add(
            new Pool(
                "room in storage class " + each.name() + ", MiB",
                "",
                names,
                Taken.STORAGE,
                published >> 20));
      }
      Inventory.Store store = each.store();
      if (store != null) {
        Double seen = store.copies();
        double copies = seen == null ? COPIES : seen;
        if (seen == null) {
          notes.add(
              "How often "
                  + store.name()
                  + " keeps what comes into storage class "
                  + each.name()
                  + " is not seen: the plan counts "
                  + (int) COPIES
                  + " copies.");
        }
        names.replaceAll((_, _) -> copies);
        shared.computeIfAbsent(store.name(), _ -> new TreeMap<>()).putAll(names);
        // Two looks may lie between the facts of two classes: the fuller one holds.
        free.merge(store.name(), free(store), Math::min);
      }
    }
    shared.forEach((name, names) ->
        pools.add(
            new Pool(
                "room in " + name + " with all copies, MiB",
                "",
                names,
                Taken.HELD,
                (long) (free.getOrDefault(name, 0.0) / (1 << 20)))));
  }

  /** Bytes that it takes before it is as full as is planned for. */
  private static double free(Inventory.Store store) {
    Double nearlyFull = store.nearlyFull();
    double most = nearlyFull == null ? PLANNED_FOR : Math.min(PLANNED_FOR, nearlyFull);
    return Math.max(0, most * store.totalBytes() - store.usedBytes());
  }

  /** What a quota leaves of something that machines take; null for everything else. */
  private static @Nullable Pool pool(
      Inventory.Quota quota, String what, String hard, StorageClasses classes) {
    int slash = what.indexOf(OF_CLASS);
    String storageClass = slash < 0 ? "" : what.substring(0, slash);
    Taken taken =
        switch (slash < 0 ? what : what.substring(slash + OF_CLASS.length())) {
          case "requests.memory", "memory" -> Taken.MEMORY;
          case "limits.memory" -> Taken.MEMORY_LIMIT;
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
              case MEMORY, MEMORY_LIMIT, STORAGE -> left / (1 << 20);
              case CPU -> left * 1000;
              case HELD -> 0;
              case CLAIMS, MACHINES -> left;
            };
    return new Pool(
        what + " of quota " + quota.name() + " in namespace " + quota.namespace() + unit(taken),
        quota.namespace(),
        storageClass.isEmpty() ? Map.of() : classes.called(storageClass),
        taken,
        Math.max(0, capacity));
  }

  private static String unit(Taken taken) {
    return switch (taken) {
      case MEMORY, MEMORY_LIMIT, STORAGE -> ", MiB";
      case CPU -> ", thousandths";
      case HELD, CLAIMS, MACHINES -> "";
    };
  }

  private static long orZero(@Nullable Long known) {
    return known == null ? 0 : known;
  }
}
