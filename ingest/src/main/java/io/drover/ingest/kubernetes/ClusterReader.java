// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import io.drover.ingest.kubernetes.Listing.Kind;
import io.drover.schemas.Inventory;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuota;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads what a cluster offers to migrated VMs: one list call a kind. A kind that is absent or
 * hidden is no error; it is told.
 */
public final class ClusterReader {
  private static final String DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
  private static final String DEFAULT_VIRT_CLASS = "storageclass.kubevirt.io/is-default-virt-class";

  /** What somebody says of a class: MiB/s that it takes in. */
  static final String INGEST = "drover.io/ingest-mib-per-second";

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
          "Expected the namespace kube-system, but the cluster does not show it; grant 'get' on"
              + " namespaces.");
    }
    return namespace.getMetadata().getUid();
  }

  /** Everything, in one look. */
  public ClusterLook look() {
    String id = clusterId();
    var listing = new Listing(client);
    var found = new ArrayList<Inventory>();
    var fullness = new Fullness(client, listing);
    for (Node node : listing.all(Kind.NODE, () -> client.nodes().list().getItems())) {
      found.add(node(id, node, fullness));
    }
    storageClasses(id, listing, fullness, found);
    networks(id, listing, found);
    for (ResourceQuota quota :
        listing.all(Kind.QUOTA, () -> client.resourceQuotas().inAnyNamespace().list().getItems())) {
      found.add(
          new Inventory.Quota(
              id,
              quota.getMetadata().getNamespace(),
              quota.getMetadata().getName(),
              quantities(quota.getSpec() == null ? null : quota.getSpec().getHard()),
              quantities(quota.getStatus() == null ? null : quota.getStatus().getUsed())));
    }
    found.add(platform(id, listing));
    return new ClusterLook(found, listing.hidden(), listing.unseen());
  }

  private static Inventory.Node node(String id, Node node, Fullness fullness) {
    Map<String, String> labels = orEmpty(node.getMetadata().getLabels());
    Map<String, Quantity> allocatable =
        node.getStatus() == null || node.getStatus().getAllocatable() == null
            ? Map.of()
            : node.getStatus().getAllocatable();
    String name = node.getMetadata().getName();
    long millis = (long) (number(allocatable.get("cpu")) * 1000);
    long bytes = amount(allocatable.get("memory"));
    return new Inventory.Node(
        id,
        name,
        takesPods(node),
        amount(allocatable.get("devices.kubevirt.io/kvm")) > 0,
        millis,
        bytes,
        labels.entrySet().stream()
            .filter(
                label -> label.getKey().startsWith(CPU_MODEL) && "true".equals(label.getValue()))
            .map(label -> label.getKey().substring(CPU_MODEL.length()))
            .sorted()
            .toList(),
        fullness.askedMillis(name, millis),
        fullness.askedBytes(name, bytes));
  }

  /**
   * Whether it is ready, not cordoned, and has no taint of people's: what we make tolerates none.
   * Those that the cluster gives itself say no more than its conditions, and later.
   */
  static boolean takesPods(Node node) {
    boolean ready =
        node.getStatus() != null
            && node.getStatus().getConditions().stream()
                .anyMatch(c -> c.getType().equals("Ready") && c.getStatus().equals("True"));
    return ready
        && (node.getSpec() == null
            || (!Boolean.TRUE.equals(node.getSpec().getUnschedulable())
                && node.getSpec().getTaints().stream()
                    .allMatch(taint ->
                        taint.getEffect().equals("PreferNoSchedule")
                            || taint.getKey().startsWith("node.kubernetes.io/"))));
  }

  private void storageClasses(
      String id, Listing listing, Fullness fullness, List<Inventory> found) {
    Map<String, String> snapshotClassOf = new HashMap<>();
    for (GenericKubernetesResource snapshotClass : listing.all(Kind.SNAPSHOT_CLASS)) {
      Object driver = snapshotClass.getAdditionalProperties().get("driver");
      if (driver != null) {
        snapshotClassOf.merge(
            driver.toString(),
            snapshotClass.getMetadata().getName(),
            (a, b) -> a.compareTo(b) <= 0 ? a : b);
      }
    }
    Map<String, List<String>> modesOf = new HashMap<>();
    for (GenericKubernetesResource profile : listing.all(Kind.STORAGE_PROFILE)) {
      modesOf.put(profile.getMetadata().getName(), modes(profile));
    }
    List<StorageClass> classes =
        listing.all(
            Kind.STORAGE_CLASS, () -> client.storage().v1().storageClasses().list().getItems());
    CephStores ceph = CephStores.look(listing, classes);
    for (StorageClass storage : classes) {
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
              snapshotClassOf.get(storage.getProvisioner()),
              fullness.freeBytes(name),
              ceph.of(name),
              ingest(annotations.get(INGEST))));
    }
  }

  /** What a person wrote; what is no number is as if nobody had. */
  static @Nullable Long ingest(@Nullable String said) {
    return said != null && said.strip().matches("[1-9][0-9]{0,8}")
        ? Long.valueOf(said.strip())
        : null;
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

  private static void networks(String id, Listing listing, List<Inventory> found) {
    networks(id, "nad", listing.all(Kind.ATTACHMENT), found);
    networks(id, "udn", listing.all(Kind.USER_NETWORK), found);
    networks(id, "cudn", listing.all(Kind.CLUSTER_USER_NETWORK), found);
  }

  private static void networks(
      String id, String kind, List<GenericKubernetesResource> networks, List<Inventory> found) {
    for (GenericKubernetesResource network : networks) {
      String namespace = network.getMetadata().getNamespace();
      found.add(
          new Inventory.TargetNetwork(
              id, namespace == null ? "" : namespace, network.getMetadata().getName(), kind));
    }
  }

  private Inventory.Platform platform(String id, Listing listing) {
    String kubevirt = null;
    List<String> gates = List.of();
    for (GenericKubernetesResource resource : listing.all(Kind.KUBEVIRT)) {
      kubevirt = text(resource.get("status", "observedKubeVirtVersion"));
      gates =
          texts(resource.get("spec", "configuration", "developerConfiguration", "featureGates"));
    }
    String cdi = null;
    List<String> cdiGates = List.of();
    for (GenericKubernetesResource resource : listing.all(Kind.CDI)) {
      cdi = text(resource.get("status", "observedVersion"));
      cdiGates = texts(resource.get("spec", "config", "featureGates"));
    }
    String scratch = null;
    for (GenericKubernetesResource resource : listing.all(Kind.CDI_CONFIG)) {
      scratch = text(resource.get("status", "scratchSpaceStorageClass"));
    }
    return new Inventory.Platform(
        id,
        String.valueOf(client.getKubernetesVersion().getGitVersion()),
        kubevirt,
        cdi,
        gates,
        cdiGates,
        listing.absent(),
        listing.hidden(),
        scratch == null || scratch.isBlank() ? null : scratch);
  }

  /** A list of words, sorted. */
  private static List<String> texts(@Nullable Object list) {
    return list instanceof List<?> words
        ? words.stream().map(Object::toString).sorted().toList()
        : List.of();
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
