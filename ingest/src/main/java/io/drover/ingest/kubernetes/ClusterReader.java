// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import io.drover.schemas.Inventory;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Reads what a cluster offers to migrated VMs: one list call a kind, absent kinds are no error. */
public final class ClusterReader {
  private static final String DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
  private static final String DEFAULT_VIRT_CLASS = "storageclass.kubevirt.io/is-default-virt-class";
  private static final String CPU_MODEL = "cpu-model.node.kubevirt.io/";

  private final KubernetesClient client;

  public ClusterReader(KubernetesClient client) {
    this.client = client;
  }

  /** The id of the cluster: the UID of its {@code kube-system} namespace. */
  public String clusterId() {
    var namespace = client.namespaces().withName("kube-system").get();
    if (namespace == null) {
      throw new KubernetesClientException(
          "Expected the namespace kube-system, but the cluster does not show it; grant 'get' on namespaces.");
    }
    return namespace.getMetadata().getUid();
  }

  /** Everything, in one look. */
  public List<Inventory> everything() {
    String id = clusterId();
    var found = new ArrayList<Inventory>();
    for (Node node : client.nodes().list().getItems()) {
      found.add(node(id, node));
    }
    storageClasses(id, found);
    networks(id, found);
    for (ResourceQuota quota : client.resourceQuotas().inAnyNamespace().list().getItems()) {
      found.add(
          new Inventory.Quota(
              id,
              quota.getMetadata().getNamespace(),
              quota.getMetadata().getName(),
              quantities(quota.getSpec() == null ? null : quota.getSpec().getHard()),
              quantities(quota.getStatus() == null ? null : quota.getStatus().getUsed())));
    }
    found.add(platform(id));
    return found;
  }

  private static Inventory.Node node(String id, Node node) {
    Map<String, String> labels = orEmpty(node.getMetadata().getLabels());
    Map<String, Quantity> allocatable =
        node.getStatus() == null || node.getStatus().getAllocatable() == null
            ? Map.of()
            : node.getStatus().getAllocatable();
    boolean unschedulable =
        node.getSpec() != null && Boolean.TRUE.equals(node.getSpec().getUnschedulable());
    return new Inventory.Node(
        id,
        node.getMetadata().getName(),
        !unschedulable,
        amount(allocatable.get("devices.kubevirt.io/kvm")) > 0,
        (long) (number(allocatable.get("cpu")) * 1000),
        amount(allocatable.get("memory")),
        labels.entrySet().stream()
            .filter(
                label -> label.getKey().startsWith(CPU_MODEL) && "true".equals(label.getValue()))
            .map(label -> label.getKey().substring(CPU_MODEL.length()))
            .sorted()
            .toList());
  }

  private void storageClasses(String id, List<Inventory> found) {
    Map<String, String> snapshotClassOf = new HashMap<>();
    for (GenericKubernetesResource snapshotClass :
        list("snapshot.storage.k8s.io", "v1", "volumesnapshotclasses", false)) {
      Object driver = snapshotClass.getAdditionalProperties().get("driver");
      if (driver != null) {
        snapshotClassOf.merge(
            driver.toString(),
            snapshotClass.getMetadata().getName(),
            (a, b) -> a.compareTo(b) <= 0 ? a : b);
      }
    }
    Map<String, List<String>> modesOf = new HashMap<>();
    for (GenericKubernetesResource profile :
        list("cdi.kubevirt.io", "v1beta1", "storageprofiles", false)) {
      modesOf.put(profile.getMetadata().getName(), modes(profile));
    }
    for (StorageClass storage : client.storage().v1().storageClasses().list().getItems()) {
      String name = storage.getMetadata().getName();
      Map<String, String> annotations = orEmpty(storage.getMetadata().getAnnotations());
      found.add(
          new Inventory.StorageClass(
              id,
              name,
              storage.getProvisioner(),
              "true".equals(annotations.get(DEFAULT_CLASS)),
              "true".equals(annotations.get(DEFAULT_VIRT_CLASS)),
              modesOf.getOrDefault(name, List.of()),
              snapshotClassOf.get(storage.getProvisioner())));
    }
  }

  /** {@code status.claimPropertySets[].{accessModes,volumeMode}} as {@code ReadWriteMany/Block}. */
  private static List<String> modes(GenericKubernetesResource profile) {
    var modes = new ArrayList<String>();
    if (profile.get("status", "claimPropertySets") instanceof List<?> sets) {
      for (Object set : sets) {
        if (set instanceof Map<?, ?> map && map.get("accessModes") instanceof List<?> access) {
          access.forEach(mode -> modes.add(mode + "/" + map.get("volumeMode")));
        }
      }
    }
    return modes;
  }

  private void networks(String id, List<Inventory> found) {
    for (GenericKubernetesResource network :
        list("k8s.cni.cncf.io", "v1", "network-attachment-definitions", true)) {
      found.add(
          new Inventory.TargetNetwork(
              id, network.getMetadata().getNamespace(), network.getMetadata().getName(), "nad"));
    }
    for (GenericKubernetesResource network :
        list("k8s.ovn.org", "v1", "userdefinednetworks", true)) {
      found.add(
          new Inventory.TargetNetwork(
              id, network.getMetadata().getNamespace(), network.getMetadata().getName(), "udn"));
    }
  }

  private Inventory.Platform platform(String id) {
    String kubevirt = null;
    List<String> gates = List.of();
    for (GenericKubernetesResource resource : list("kubevirt.io", "v1", "kubevirts", true)) {
      kubevirt = text(resource.get("status", "observedKubeVirtVersion"));
      if (resource.get("spec", "configuration", "developerConfiguration", "featureGates")
          instanceof List<?> named) {
        gates = named.stream().map(Object::toString).sorted().toList();
      }
    }
    String cdi = null;
    for (GenericKubernetesResource resource : list("cdi.kubevirt.io", "v1beta1", "cdis", false)) {
      cdi = text(resource.get("status", "observedVersion"));
    }
    return new Inventory.Platform(
        id, String.valueOf(client.getKubernetesVersion().getGitVersion()), kubevirt, cdi, gates);
  }

  private List<GenericKubernetesResource> list(
      String group, String version, String plural, boolean namespaced) {
    var context =
        new ResourceDefinitionContext.Builder()
            .withGroup(group)
            .withVersion(version)
            .withPlural(plural)
            .withNamespaced(namespaced)
            .build();
    try {
      var resources = client.genericKubernetesResources(context);
      var items =
          new ArrayList<>(
              (namespaced ? resources.inAnyNamespace().list() : resources.list()).getItems());
      items.sort(
          Comparator.comparing(
                  (GenericKubernetesResource r) -> String.valueOf(r.getMetadata().getNamespace()))
              .thenComparing(r -> r.getMetadata().getName()));
      return items;
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        return List.of();
      }
      throw e;
    }
  }

  private static Map<String, String> quantities(@Nullable Map<String, Quantity> of) {
    var map = new TreeMap<String, String>();
    if (of != null) {
      of.forEach((name, quantity) -> map.put(name, quantity.toString()));
    }
    return map;
  }

  private static Map<String, String> orEmpty(@Nullable Map<String, String> map) {
    return map == null ? Map.of() : map;
  }

  private static long amount(@Nullable Quantity quantity) {
    return quantity == null ? 0 : Quantity.getAmountInBytes(quantity).longValue();
  }

  private static double number(@Nullable Quantity quantity) {
    return quantity == null ? 0 : quantity.getNumericalAmount().doubleValue();
  }

  private static @Nullable String text(@Nullable Object value) {
    return value == null ? null : value.toString();
  }
}
