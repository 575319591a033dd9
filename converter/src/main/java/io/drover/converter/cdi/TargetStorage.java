// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the storage behind a class can do, as CDI's StorageProfile says, and whether it is in a
 * state to take more, as Ceph says where it is Ceph's.
 */
final class TargetStorage {
  private static final ResourceDefinitionContext PROFILE =
      new ResourceDefinitionContext.Builder()
          .withGroup("cdi.kubevirt.io")
          .withVersion("v1beta1")
          .withKind("StorageProfile")
          .withPlural("storageprofiles")
          .withNamespaced(false)
          .build();

  private static final ResourceDefinitionContext CEPH =
      new ResourceDefinitionContext.Builder()
          .withGroup("ceph.rook.io")
          .withVersion("v1")
          .withKind("CephCluster")
          .withPlural("cephclusters")
          .withNamespaced(true)
          .build();

  /**
   * Ceph by itself warns from here on and refuses writes at 0.95 (Monitor Config Reference,
   * "Storage Capacity"); in OpenShift Data Foundation it refuses them from here on ({@code
   * fullRatio}). A copy that begins later may not end.
   */
  static final double NEARLY_FULL = 0.85;

  private final KubernetesClient client;

  TargetStorage(KubernetesClient client) {
    this.client = client;
  }

  /**
   * How a volume is accessed.
   *
   * @param access such as {@code ReadWriteMany}
   * @param volume {@code Block} or {@code Filesystem}
   * @param asked whether it must be asked for, because CDI would choose another one by itself
   */
  record Modes(String access, String volume, boolean asked) {
    boolean block() {
      return volume.equals("Block");
    }
  }

  /**
   * The modes that a volume of the class gets: a shared block device where it is offered, because
   * live migration needs it, else what the StorageProfile names first.
   *
   * @param storageClass null = the cluster's default
   * @return null when nothing is known of the class: CDI then decides
   * @throws CopyFault REFUSED when the profile is there but knows no mode
   */
  @Nullable Modes modes(@Nullable String storageClass) {
    String name = storageClass == null ? defaultClass() : storageClass;
    GenericKubernetesResource profile = name == null ? null : profile(name);
    if (name == null || profile == null) {
      return null;
    }
    List<Modes> offered = offered(profile);
    if (offered.isEmpty()) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "storage-profile-empty",
          "CDI knows no access mode for storage class " + name + ".",
          "Add claimPropertySets to the spec of StorageProfile "
              + name
              + ", or map the datastore to another storage class in the plan.");
    }
    for (int i = 0; i < offered.size(); i++) {
      Modes each = offered.get(i);
      if (each.block() && each.access().equals("ReadWriteMany")) {
        return new Modes(each.access(), each.volume(), i > 0);
      }
    }
    return offered.getFirst();
  }

  private static List<Modes> offered(GenericKubernetesResource profile) {
    var offered = new ArrayList<Modes>();
    if (profile.get("status", "claimPropertySets") instanceof List<?> sets) {
      for (Object set : sets) {
        if (set instanceof Map<?, ?> one && one.get("accessModes") instanceof List<?> modes) {
          String volume = Objects.toString(one.get("volumeMode"), "Filesystem");
          modes.forEach(mode -> offered.add(new Modes(String.valueOf(mode), volume, false)));
        }
      }
    }
    return offered;
  }

  private @Nullable GenericKubernetesResource profile(String name) {
    return readable(
            "read storage profile " + name,
            () -> client.genericKubernetesResources(PROFILE).withName(name).get())
        .orElse(null);
  }

  private @Nullable String defaultClass() {
    List<StorageClass> classes =
        ClusterFaults.named(
            "list storage classes", () -> client.storage().v1().storageClasses().list().getItems());
    for (String mark :
        List.of(
            "storageclass.kubevirt.io/is-default-virt-class",
            "storageclass.kubernetes.io/is-default-class")) {
      for (StorageClass each : classes) {
        Map<String, String> annotations = each.getMetadata().getAnnotations();
        if (annotations != null && "true".equals(annotations.get(mark))) {
          return each.getMetadata().getName();
        }
      }
    }
    return null;
  }

  /**
   * Lets nothing begin on a Ceph that is ill or nearly full; of other storage nothing is known.
   *
   * @throws CopyFault UNAVAILABLE, so that it is waited for
   */
  void gate(@Nullable String storageClass) {
    StorageClass there = storageClass(storageClass);
    if (there != null) {
      for (GenericKubernetesResource ceph : ceph(there)) {
        gate(there.getMetadata().getName(), ceph);
      }
    }
  }

  /** A storage class by name; null is the cluster's default, and one that is not there. */
  @Nullable StorageClass storageClass(@Nullable String wanted) {
    String name = wanted == null ? defaultClass() : wanted;
    return name == null
        ? null
        : ClusterFaults.named(
            "read storage class " + name,
            () -> client.storage().v1().storageClasses().withName(name).get());
  }

  /** The Ceph clusters behind a class: one, or none that is known. */
  List<GenericKubernetesResource> ceph(StorageClass storageClass) {
    String provisioner = storageClass.getProvisioner();
    if (provisioner == null
        || !(provisioner.endsWith(".rbd.csi.ceph.com")
            || provisioner.endsWith(".cephfs.csi.ceph.com"))) {
      return List.of();
    }
    // The provisioner is named after the namespace of its operator.
    String namespace = provisioner.substring(0, provisioner.indexOf('.'));
    return readable(
            "read the Ceph cluster of namespace " + namespace,
            () -> client.genericKubernetesResources(CEPH).inNamespace(namespace).list().getItems())
        .orElse(List.of());
  }

  /**
   * How full a Ceph is, in raw bytes.
   *
   * @param total 0 where it does not say
   */
  record Fill(double used, double total) {
    static Fill of(GenericKubernetesResource ceph) {
      return new Fill(
          number(ceph.get("status", "ceph", "capacity", "bytesUsed")),
          number(ceph.get("status", "ceph", "capacity", "bytesTotal")));
    }
  }

  private static void gate(String storageClass, GenericKubernetesResource ceph) {
    String cluster = ceph.getMetadata().getNamespace() + "/" + ceph.getMetadata().getName();
    if ("HEALTH_ERR".equals(ceph.get("status", "ceph", "health"))) {
      throw new CopyFault(
          Problem.Kind.UNAVAILABLE,
          "ceph-unhealthy",
          "Ceph cluster "
              + cluster
              + ", behind storage class "
              + storageClass
              + ", is in HEALTH_ERR; nothing is copied to it.",
          "See 'ceph health detail'; it goes on by itself when Ceph is well again.");
    }
    Fill fill = Fill.of(ceph);
    if (fill.total() > 0 && fill.used() / fill.total() >= NEARLY_FULL) {
      throw new CopyFault(
          Problem.Kind.UNAVAILABLE,
          "ceph-nearly-full",
          "Ceph cluster %s, behind storage class %s, is %d %% full; nothing is copied to it."
              .formatted(cluster, storageClass, Math.round(100 * fill.used() / fill.total())),
          "Add storage or free some; it goes on by itself below 85 %.");
    }
  }

  static double number(@Nullable Object value) {
    return value instanceof Number number ? number.doubleValue() : 0;
  }

  /** What is not served here, or not shown to us, is not known; everything else is a fault. */
  static <T> Optional<T> readable(String doing, java.util.function.Supplier<@Nullable T> look) {
    try {
      return Optional.ofNullable(look.get());
    } catch (KubernetesClientException fault) {
      if (fault.getCode() == 404 || fault.getCode() == 403) {
        return Optional.empty();
      }
      throw ClusterFaults.fault(doing, fault);
    }
  }
}
