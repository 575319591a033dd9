// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Plays Rook, as OpenShift Data Foundation sets it up: a Ceph of three copies that says how full it
 * is by what the volumes and snapshots of the store really hold. A Ceph that somebody took away is
 * not missed.
 */
public final class LabCeph implements Controller {
  private static final String NAMESPACE = "openshift-storage";
  private static final String CLUSTER = "ocs-storagecluster-cephcluster";
  private static final Key KEY = new Key(NAMESPACE, CLUSTER);
  private static final int COPIES = 3;
  private static final long TOTAL = 192L << 40;
  private static final Duration LOOK = Duration.ofSeconds(2);
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  /** Rook's definitions, short: the fields that somebody here reads or writes. */
  private static final String DEFINITION =
      """
      apiVersion: apiextensions.k8s.io/v1
      kind: CustomResourceDefinition
      metadata: {name: %1$s.ceph.rook.io}
      spec:
        group: ceph.rook.io
        scope: Namespaced
        names: {plural: %1$s, singular: %2$s, kind: %3$s, listKind: %3$sList}
        versions:
        - name: v1
          served: true
          storage: true
          subresources: {status: {}}
          schema:
            openAPIV3Schema:
              type: object
              required: [metadata, spec]
              properties:
                apiVersion: {type: string}
                kind: {type: string}
                metadata: {type: object}
                spec:
                  type: object
                  x-kubernetes-preserve-unknown-fields: true
                  properties: %4$s
                status:
                  type: object
                  x-kubernetes-preserve-unknown-fields: true
                  properties: %5$s
      """;

  private static final String POOL =
      """
      {replicated: {type: object, required: [size], x-kubernetes-preserve-unknown-fields: true, properties: {\
      size: {type: integer, minimum: 0}}}, \
      erasureCoded: {type: object, required: [codingChunks, dataChunks], x-kubernetes-preserve-unknown-fields: true, properties: {\
      codingChunks: {type: integer, minimum: 0}, dataChunks: {type: integer, minimum: 0}}}}\
      """;

  private static final String STORAGE =
      """
      {storage: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {\
      fullRatio: {type: number, nullable: true, minimum: 0, maximum: 1}, \
      backfillFullRatio: {type: number, nullable: true, minimum: 0, maximum: 1}, \
      nearFullRatio: {type: number, nullable: true, minimum: 0, maximum: 1}}}}\
      """;

  private static final String FILL =
      """
      {phase: {type: string}, state: {type: string}, message: {type: string}, \
      ceph: {type: object, x-kubernetes-preserve-unknown-fields: true, properties: {health: {type: string}, \
      capacity: {type: object, properties: {bytesTotal: {type: integer, format: int64}, \
      bytesUsed: {type: integer, format: int64}, bytesAvailable: {type: integer, format: int64}, \
      lastUpdated: {type: string}}}}}}\
      """;

  private final Kube kube;
  private final VolumeStore store;

  /** A Ceph that is as full as the files of a store make it. */
  public LabCeph(Kube kube, VolumeStore store) {
    this.kube = kube;
    this.store = store;
  }

  /** Makes the kinds of Rook where a server does not have them, and an empty Ceph. */
  public static void furnish(Kube kube) {
    define(kube, "cephclusters", "cephcluster", "CephCluster", STORAGE, FILL);
    define(kube, "cephblockpools", "cephblockpool", "CephBlockPool", POOL, "{}");
    define(
        kube,
        "cephfilesystems",
        "cephfilesystem",
        "CephFilesystem",
        "{dataPools: {type: array, nullable: true, items: {type: object,"
            + " x-kubernetes-preserve-unknown-fields: true, properties: "
            + POOL
            + "}}}",
        "{}");
    Doc pool = Doc.of(Kind.CEPH_POOL, NAMESPACE, "ocs-storagecluster-cephblockpool");
    pool.obj("spec", "replicated").put("size", COPIES);
    pool.spec().put("failureDomain", "zone").put("deviceClass", "ssd");
    served(kube, Kind.CEPH_POOL, pool);
    Doc files = Doc.of(Kind.CEPH_FILESYSTEM, NAMESPACE, "ocs-storagecluster-cephfilesystem");
    files.obj("spec", "metadataServer").put("activeCount", 1);
    files.obj("spec", "metadataPool", "replicated").put("size", COPIES);
    files.spec().putArray("dataPools").addObject().putObject("replicated").put("size", COPIES);
    served(kube, Kind.CEPH_FILESYSTEM, files);
    Doc cluster = Doc.of(Kind.CEPH_CLUSTER, NAMESPACE, CLUSTER);
    cluster.obj("spec", "mon").put("count", 3);
    cluster.spec().put("dataDirHostPath", "/var/lib/rook");
    Doc made = served(kube, Kind.CEPH_CLUSTER, cluster);
    if (!made.at("/status/ceph").isObject()) {
      var _ = kube.replaceStatus(Kind.CEPH_CLUSTER, fill(made, 0));
    }
  }

  private static void define(
      Kube kube, String plural, String singular, String kind, String spec, String status) {
    String yaml = DEFINITION.formatted(plural, singular, kind, spec, status);
    GenericKubernetesResource definition =
        Serialization.unmarshal(yaml, GenericKubernetesResource.class);
    var _ = kube.ensure(Kind.DEFINITION, Doc.parse(Serialization.asJson(definition)));
  }

  /** An API server serves a kind a moment after it was defined. */
  private static Doc served(Kube kube, Kind kind, Doc doc) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    while (true) {
      try {
        return kube.ensure(kind, doc);
      } catch (KubernetesClientException notYet) {
        if (Kube.code(notYet) != 404 || System.nanoTime() > end) {
          throw notYet;
        }
        try {
          Thread.sleep(50);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          throw notYet;
        }
      }
    }
  }

  @Override
  public String name() {
    return "ceph";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(Kind.VOLUME);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return List.of(KEY);
  }

  @Override
  public Duration reconcile(Key key) throws IOException {
    Optional<Doc> found = kube.get(Kind.CEPH_CLUSTER, key.namespace(), key.name());
    if (found.isEmpty()) {
      return Duration.ZERO;
    }
    long used = COPIES * held();
    if (found.get().at("/status/ceph/capacity/bytesUsed").asLong() != used) {
      var _ = kube.replaceStatus(Kind.CEPH_CLUSTER, fill(found.get(), used));
    }
    return LOOK;
  }

  private long held() throws IOException {
    long sum = 0;
    for (List<VolumeStore.Volume> some : List.of(store.volumes(), store.snapshots())) {
      for (VolumeStore.Volume volume : some) {
        try {
          sum +=
              SparseFiles.extents(volume.image()).stream()
                  .mapToLong(extent -> extent.end() - extent.start())
                  .sum();
        } catch (java.nio.file.NoSuchFileException e) {
          // It was deleted between the two looks.
        }
      }
    }
    return sum;
  }

  private static Doc fill(Doc cluster, long used) {
    Doc copy = cluster.copy();
    copy.status().put("phase", "Ready").put("state", "Created");
    copy.status().put("message", "Cluster created successfully");
    ObjectNode ceph = copy.obj("status", "ceph");
    if (!ceph.has("health")) {
      ceph.put("health", "HEALTH_OK");
    }
    ObjectNode capacity = copy.obj("status", "ceph", "capacity");
    capacity.put("bytesTotal", TOTAL).put("bytesUsed", used);
    capacity.put("bytesAvailable", TOTAL - used).put("lastUpdated", Doc.now());
    return copy;
  }
}
