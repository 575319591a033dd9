// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import static io.drover.lab.cluster.api.ResourceType.Trait.CUSTOM;
import static io.drover.lab.cluster.api.ResourceType.Trait.GENERATION;
import static io.drover.lab.cluster.api.ResourceType.Trait.RETURNS_DELETED;
import static io.drover.lab.cluster.api.ResourceType.Trait.REVIEW;
import static io.drover.lab.cluster.api.ResourceType.Trait.STATUS;

import io.drover.lab.cluster.api.ResourceType.Trait;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * Which kinds the server serves; a kind is one row, and rows can be added while the server runs.
 */
public final class ResourceTable {
  private final List<ResourceType> rows = new CopyOnWriteArrayList<>();

  /** A table with every kind that Drover and its lab controllers touch. */
  public static ResourceTable standard() {
    ResourceTable table = new ResourceTable();
    table.core();
    table.kubernetes();
    table.virtualization();
    return table;
  }

  private void core() {
    cluster("", "v1", "namespaces", "Namespace", "ns", STATUS);
    cluster("", "v1", "nodes", "Node", "no", STATUS);
    cluster("", "v1", "persistentvolumes", "PersistentVolume", "pv", STATUS, RETURNS_DELETED);
    namespaced("", "v1", "configmaps", "ConfigMap", "cm");
    namespaced("", "v1", "endpoints", "Endpoints", "ep");
    namespaced("", "v1", "events", "Event", "ev");
    namespaced("", "v1", "limitranges", "LimitRange", "limits");
    namespaced(
        "",
        "v1",
        "persistentvolumeclaims",
        "PersistentVolumeClaim",
        "pvc",
        STATUS,
        RETURNS_DELETED);
    namespaced("", "v1", "pods", "Pod", "po", STATUS, GENERATION, RETURNS_DELETED);
    namespaced("", "v1", "resourcequotas", "ResourceQuota", "quota", STATUS, RETURNS_DELETED);
    namespaced("", "v1", "secrets", "Secret", "");
    namespaced("", "v1", "serviceaccounts", "ServiceAccount", "sa", RETURNS_DELETED);
    namespaced("", "v1", "services", "Service", "svc", STATUS, RETURNS_DELETED);
  }

  private void kubernetes() {
    namespaced("apps", "v1", "deployments", "Deployment", "deploy", STATUS, GENERATION);
    namespaced("batch", "v1", "jobs", "Job", "", STATUS, GENERATION);
    namespaced("coordination.k8s.io", "v1", "leases", "Lease", "");
    namespaced("events.k8s.io", "v1", "events", "Event", "ev");
    namespaced("networking.k8s.io", "v1", "networkpolicies", "NetworkPolicy", "netpol", GENERATION);
    cluster("storage.k8s.io", "v1", "storageclasses", "StorageClass", "sc", RETURNS_DELETED);
    namespaced("storage.k8s.io", "v1", "csistoragecapacities", "CSIStorageCapacity", "");
    cluster("storage.k8s.io", "v1", "csidrivers", "CSIDriver", "");
    cluster("storage.k8s.io", "v1", "volumeattachments", "VolumeAttachment", "", STATUS);
    cluster("rbac.authorization.k8s.io", "v1", "clusterroles", "ClusterRole", "");
    cluster("rbac.authorization.k8s.io", "v1", "clusterrolebindings", "ClusterRoleBinding", "");
    namespaced("rbac.authorization.k8s.io", "v1", "roles", "Role", "");
    namespaced("rbac.authorization.k8s.io", "v1", "rolebindings", "RoleBinding", "");
    cluster(
        "apiextensions.k8s.io",
        "v1",
        "customresourcedefinitions",
        "CustomResourceDefinition",
        "crd,crds",
        STATUS,
        GENERATION);
    cluster("apiregistration.k8s.io", "v1", "apiservices", "APIService", "", STATUS);
    cluster(
        "authorization.k8s.io",
        "v1",
        "selfsubjectaccessreviews",
        "SelfSubjectAccessReview",
        "",
        REVIEW);
    cluster(
        "authorization.k8s.io",
        "v1",
        "selfsubjectrulesreviews",
        "SelfSubjectRulesReview",
        "",
        REVIEW);
    cluster(
        "authorization.k8s.io", "v1", "subjectaccessreviews", "SubjectAccessReview", "", REVIEW);
    cluster("authentication.k8s.io", "v1", "selfsubjectreviews", "SelfSubjectReview", "", REVIEW);
    cluster("authentication.k8s.io", "v1", "tokenreviews", "TokenReview", "", REVIEW);
  }

  private void virtualization() {
    custom("kubevirt.io", "v1", "virtualmachines", "VirtualMachine", "vm,vms", true, STATUS);
    // KubeVirt's own definition of an instance has no status subresource: one PUT writes all of it.
    custom(
        "kubevirt.io", "v1", "virtualmachineinstances", "VirtualMachineInstance", "vmi,vmis", true);
    custom(
        "kubevirt.io",
        "v1",
        "virtualmachineinstancemigrations",
        "VirtualMachineInstanceMigration",
        "vmim,vmims",
        true,
        STATUS);
    custom("kubevirt.io", "v1", "kubevirts", "KubeVirt", "kv,kvs", true, STATUS);
    for (String scope : List.of("", "Cluster")) {
      String prefix = scope.isEmpty() ? "virtualmachine" : "virtualmachinecluster";
      custom(
          "instancetype.kubevirt.io",
          "v1beta1",
          prefix + "instancetypes",
          "VirtualMachine" + scope + "Instancetype",
          "",
          scope.isEmpty());
      custom(
          "instancetype.kubevirt.io",
          "v1beta1",
          prefix + "preferences",
          "VirtualMachine" + scope + "Preference",
          "",
          scope.isEmpty());
    }
    custom(
        "snapshot.kubevirt.io",
        "v1beta1",
        "virtualmachinesnapshots",
        "VirtualMachineSnapshot",
        "vmsnapshot",
        true,
        STATUS);
    custom(
        "snapshot.kubevirt.io",
        "v1beta1",
        "virtualmachinesnapshotcontents",
        "VirtualMachineSnapshotContent",
        "",
        true,
        STATUS);
    custom(
        "snapshot.kubevirt.io",
        "v1beta1",
        "virtualmachinerestores",
        "VirtualMachineRestore",
        "vmrestore",
        true,
        STATUS);
    custom("cdi.kubevirt.io", "v1beta1", "datavolumes", "DataVolume", "dv,dvs", true, STATUS);
    custom("cdi.kubevirt.io", "v1beta1", "datasources", "DataSource", "das", true);
    custom("cdi.kubevirt.io", "v1beta1", "storageprofiles", "StorageProfile", "", false, STATUS);
    custom("cdi.kubevirt.io", "v1beta1", "cdiconfigs", "CDIConfig", "", false);
    custom("cdi.kubevirt.io", "v1beta1", "cdis", "CDI", "cdi", false);
    custom(
        "snapshot.storage.k8s.io", "v1", "volumesnapshots", "VolumeSnapshot", "vs", true, STATUS);
    custom(
        "snapshot.storage.k8s.io",
        "v1",
        "volumesnapshotcontents",
        "VolumeSnapshotContent",
        "vsc,vscs",
        false,
        STATUS);
    custom(
        "snapshot.storage.k8s.io",
        "v1",
        "volumesnapshotclasses",
        "VolumeSnapshotClass",
        "vsclass",
        false);
    custom(
        "k8s.cni.cncf.io",
        "v1",
        "network-attachment-definitions",
        "NetworkAttachmentDefinition",
        "net-attach-def",
        true);
    custom("k8s.ovn.org", "v1", "userdefinednetworks", "UserDefinedNetwork", "", true, STATUS);
    custom(
        "k8s.ovn.org",
        "v1",
        "clusteruserdefinednetworks",
        "ClusterUserDefinedNetwork",
        "",
        false,
        STATUS);
  }

  private void cluster(
      String group,
      String version,
      String plural,
      String kind,
      String shortNames,
      Trait... traits) {
    add(row(group, version, plural, kind, shortNames, false, traits));
  }

  private void namespaced(
      String group,
      String version,
      String plural,
      String kind,
      String shortNames,
      Trait... traits) {
    add(row(group, version, plural, kind, shortNames, true, traits));
  }

  private void custom(
      String group,
      String version,
      String plural,
      String kind,
      String shortNames,
      boolean namespaced,
      Trait... traits) {
    List<Trait> all = new ArrayList<>(List.of(traits));
    all.add(CUSTOM);
    all.add(GENERATION);
    add(row(group, version, plural, kind, shortNames, namespaced, all.toArray(Trait[]::new)));
  }

  private static ResourceType row(
      String group,
      String version,
      String plural,
      String kind,
      String shortNames,
      boolean namespaced,
      Trait... traits) {
    Set<Trait> set = EnumSet.noneOf(Trait.class);
    set.addAll(List.of(traits));
    List<String> names = shortNames.isEmpty() ? List.of() : List.of(shortNames.split(","));
    return new ResourceType(group, version, plural, kind, names, namespaced, Set.copyOf(set));
  }

  /** Serves one more kind; a row of the same group and plural is replaced. */
  public void add(ResourceType type) {
    rows.removeIf(row -> row.qualified().equals(type.qualified()));
    rows.add(type);
  }

  /** Stops serving a kind. */
  void remove(String qualified) {
    rows.removeIf(row -> row.qualified().equals(qualified));
  }

  /** All rows, in the order in which they were added. */
  public List<ResourceType> rows() {
    return List.copyOf(rows);
  }

  Optional<ResourceType> find(String group, String version, String plural) {
    return rows.stream()
        .filter(row ->
            row.group().equals(group)
                && row.version().equals(version)
                && row.plural().equals(plural))
        .findFirst();
  }

  @Nullable ResourceType ofKind(String apiVersion, String kind) {
    return rows.stream()
        .filter(row -> row.apiVersion().equals(apiVersion) && row.kind().equals(kind))
        .findFirst()
        .orElse(null);
  }

  /**
   * The row of a resource as errors and RBAC name it.
   *
   * @throws IllegalArgumentException when there is none
   */
  public ResourceType named(String qualified) {
    return rows.stream()
        .filter(row -> row.qualified().equals(qualified))
        .findFirst()
        .orElseThrow(() ->
            new IllegalArgumentException(
                "The lab API server serves no resource named "
                    + qualified
                    + "; add it to its ResourceTable."));
  }

  /** Groups with their version, core first; every group has one version here. */
  Map<String, List<String>> groups() {
    Map<String, List<String>> groups = new LinkedHashMap<>();
    for (ResourceType row : rows) {
      List<String> versions = groups.computeIfAbsent(row.group(), group -> new ArrayList<>());
      if (!versions.contains(row.version())) {
        versions.add(row.version());
      }
    }
    return groups;
  }
}
