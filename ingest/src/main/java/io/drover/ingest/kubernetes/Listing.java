// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;

/** The list calls of one look: notes which kinds a cluster does not have or does not show. */
final class Listing {
  /**
   * A kind of object that is looked at, and the inventory entity that is made of each, if one is.
   */
  enum Kind {
    NODE("", "v1", "nodes", "node"),
    QUOTA("", "v1", "resourcequotas", "quota"),
    STORAGE_CLASS("storage.k8s.io", "v1", "storageclasses", "storageclass"),
    STORAGE_PROFILE("cdi.kubevirt.io", "v1beta1", "storageprofiles", ""),
    SNAPSHOT_CLASS("snapshot.storage.k8s.io", "v1", "volumesnapshotclasses", ""),
    ATTACHMENT("k8s.cni.cncf.io", "v1", "network-attachment-definitions", "network"),
    USER_NETWORK("k8s.ovn.org", "v1", "userdefinednetworks", "network"),
    CLUSTER_USER_NETWORK("k8s.ovn.org", "v1", "clusteruserdefinednetworks", "network"),
    KUBEVIRT("kubevirt.io", "v1", "kubevirts", ""),
    CDI("cdi.kubevirt.io", "v1beta1", "cdis", ""),
    POD("", "v1", "pods", ""),
    CAPACITY("storage.k8s.io", "v1", "csistoragecapacities", ""),
    CDI_CONFIG("cdi.kubevirt.io", "v1beta1", "cdiconfigs", ""),
    CEPH_CLUSTER("ceph.rook.io", "v1", "cephclusters", ""),
    CEPH_POOL("ceph.rook.io", "v1", "cephblockpools", ""),
    CEPH_FILESYSTEM("ceph.rook.io", "v1", "cephfilesystems", "");

    private final String group;
    private final String version;
    private final String plural;
    private final String entity;

    Kind(String group, String version, String plural, String entity) {
      this.group = group;
      this.version = version;
      this.plural = plural;
      this.entity = entity;
    }

    private String title() {
      return group.isEmpty() ? plural : plural + "." + group;
    }
  }

  private final KubernetesClient client;
  private final Set<String> absent = new TreeSet<>();
  private final Set<String> hidden = new TreeSet<>();
  private final Set<String> unseen = new TreeSet<>();

  Listing(KubernetesClient client) {
    this.client = client;
  }

  /** Kinds that the cluster does not have, sorted. */
  List<String> absent() {
    return List.copyOf(absent);
  }

  /** Kinds that the account may not list, sorted. */
  List<String> hidden() {
    return List.copyOf(hidden);
  }

  /** Kinds of inventory entities that were hidden. */
  Set<String> unseen() {
    return Set.copyOf(unseen);
  }

  /** All objects of a kind that the client has no types for, by namespace and name. */
  List<GenericKubernetesResource> all(Kind kind) {
    var context =
        new ResourceDefinitionContext.Builder()
            .withGroup(kind.group)
            .withVersion(kind.version)
            .withPlural(kind.plural)
            .withNamespaced(false)
            .build();
    var items =
        new ArrayList<>(
            all(kind, () -> client.genericKubernetesResources(context).list().getItems()));
    items.sort(
        Comparator.comparing(
                (GenericKubernetesResource r) -> String.valueOf(r.getMetadata().getNamespace()))
            .thenComparing(r -> r.getMetadata().getName()));
    return items;
  }

  /** Whether the kind is there to be looked at. */
  boolean shows(Kind kind, Runnable call) {
    return !all(
            kind,
            () -> {
              call.run();
              return List.of(kind);
            })
        .isEmpty();
  }

  /** What a list call brings; nothing where the kind is absent or hidden. */
  <T> List<T> all(Kind kind, Supplier<List<T>> call) {
    try {
      return call.get();
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        absent.add(kind.title());
      } else if (e.getCode() == 403) {
        hidden.add(kind.title());
        if (!kind.entity.isEmpty()) {
          unseen.add(kind.entity);
        }
      } else {
        throw e;
      }
      return List.of();
    }
  }
}
