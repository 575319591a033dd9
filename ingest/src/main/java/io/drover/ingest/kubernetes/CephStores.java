// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import io.drover.ingest.kubernetes.Listing.Kind;
import io.drover.schemas.Inventory;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;

/**
 * Which Ceph stands behind the storage classes of Rook (and so of OpenShift Data Foundation), how
 * full it is, and how often it keeps a byte of each. A cluster without such classes is not asked
 * for Ceph at all.
 */
final class CephStores {
  private static final String BLOCKS = ".rbd.csi.ceph.com";
  private static final String FILES = ".cephfs.csi.ceph.com";

  /** Steps of the media: else every write would be a fact. */
  private static final int STEPS = 256;

  private final Map<String, Inventory.Store> byClass = new HashMap<>();

  CephStores(
      List<StorageClass> classes,
      List<GenericKubernetesResource> clusters,
      List<GenericKubernetesResource> pools,
      List<GenericKubernetesResource> filesystems) {
    for (StorageClass each : classes) {
      GenericKubernetesResource cluster = cluster(each, clusters);
      double total = cluster == null ? 0 : number(cluster, "bytesTotal");
      if (cluster != null && total > 0) {
        String namespace = cluster.getMetadata().getNamespace();
        byClass.put(
            each.getMetadata().getName(),
            new Inventory.Store(
                "Ceph cluster " + namespace + "/" + cluster.getMetadata().getName(),
                (long) total,
                up(number(cluster, "bytesUsed"), (long) total),
                cluster.get("spec", "storage", "nearFullRatio") instanceof Number ratio
                    ? ratio.doubleValue()
                    : null,
                files(each)
                    ? copies(named(filesystems, namespace, parameter(each, "fsName")))
                    : copies(named(pools, namespace, pool(each)))));
      }
    }
  }

  /** Looks at the Ceph behind these classes, if there is one. */
  static CephStores look(Listing listing, List<StorageClass> classes) {
    List<StorageClass> ours = classes.stream().filter(CephStores::ofCeph).toList();
    return ours.isEmpty()
        ? new CephStores(List.of(), List.of(), List.of(), List.of())
        : new CephStores(
            ours,
            listing.all(Kind.CEPH_CLUSTER),
            listing.all(Kind.CEPH_POOL),
            listing.all(Kind.CEPH_FILESYSTEM));
  }

  /** That of a class; null if none is known. */
  Inventory.@Nullable Store of(String storageClass) {
    return byClass.get(storageClass);
  }

  private static boolean ofCeph(StorageClass each) {
    return each.getProvisioner() != null && (each.getProvisioner().endsWith(BLOCKS) || files(each));
  }

  private static boolean files(StorageClass each) {
    return each.getProvisioner().endsWith(FILES);
  }

  /**
   * That of the namespace that the class names as its cluster, else of the one that its provisioner
   * is named after: Rook has one cluster a namespace.
   */
  private static @Nullable GenericKubernetesResource cluster(
      StorageClass each, List<GenericKubernetesResource> clusters) {
    String provisioner = each.getProvisioner();
    for (String namespace :
        List.of(parameter(each, "clusterID"), provisioner.substring(0, provisioner.indexOf('.')))) {
      for (GenericKubernetesResource cluster : clusters) {
        if (cluster.getMetadata().getNamespace().equals(namespace)) {
          return cluster;
        }
      }
    }
    return null;
  }

  /** Where a class names two, the bytes are in the one and what is said of them in the other. */
  private static String pool(StorageClass each) {
    String data = parameter(each, "dataPool");
    return data.isEmpty() ? parameter(each, "pool") : data;
  }

  private static String parameter(StorageClass each, String name) {
    return each.getParameters() == null ? "" : each.getParameters().getOrDefault(name, "");
  }

  private static @Nullable GenericKubernetesResource named(
      List<GenericKubernetesResource> all, String namespace, String name) {
    return all.stream()
        .filter(one ->
            one.getMetadata().getNamespace().equals(namespace)
                && one.getMetadata().getName().equals(name))
        .findFirst()
        .orElse(null);
  }

  /** Of a block pool its own; of a filesystem the most that one of its data pools keeps. */
  private static @Nullable Double copies(@Nullable GenericKubernetesResource of) {
    if (of == null) {
      return null;
    }
    var specs = new ArrayList<Map<?, ?>>();
    Object several = of.get("spec", "dataPools");
    for (Object spec : several instanceof List<?> list ? list : new ArrayList<>(one(of))) {
      if (spec instanceof Map<?, ?> map) {
        specs.add(map);
      }
    }
    OptionalDouble most = specs.stream().mapToDouble(CephStores::copies).max();
    return most.isPresent() && most.getAsDouble() > 0 ? most.getAsDouble() : null;
  }

  private static List<?> one(GenericKubernetesResource pool) {
    return pool.getAdditionalProperties().get("spec") instanceof Map<?, ?> spec
        ? List.of(spec)
        : List.of();
  }

  /** 0 where the pool does not say. */
  private static double copies(Map<?, ?> pool) {
    double data = number(pool, "erasureCoded", "dataChunks");
    return data > 0
        ? (data + number(pool, "erasureCoded", "codingChunks")) / data
        : number(pool, "replicated", "size");
  }

  private static double number(Map<?, ?> pool, String part, String field) {
    return pool.get(part) instanceof Map<?, ?> map && map.get(field) instanceof Number number
        ? number.doubleValue()
        : 0;
  }

  private static double number(GenericKubernetesResource cluster, String field) {
    return cluster.get("status", "ceph", "capacity", field) instanceof Number number
        ? number.doubleValue()
        : 0;
  }

  private static long up(double used, long total) {
    long step = Math.max(1, total / STEPS);
    return (long) Math.ceil(used / step) * step;
  }
}
