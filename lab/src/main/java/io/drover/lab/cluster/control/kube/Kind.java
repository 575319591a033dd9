// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import org.jspecify.annotations.Nullable;

/**
 * The resource types that the lab controllers read or write, with what a URL needs to know of them.
 */
public enum Kind {
  NAMESPACE("", "v1", "namespaces", "Namespace", false, true),
  NODE("", "v1", "nodes", "Node", false, true),
  CLAIM("", "v1", "persistentvolumeclaims", "PersistentVolumeClaim", true, true),
  VOLUME("", "v1", "persistentvolumes", "PersistentVolume", false, true),
  POD("", "v1", "pods", "Pod", true, true),
  SECRET("", "v1", "secrets", "Secret", true, false),
  CONFIG_MAP("", "v1", "configmaps", "ConfigMap", true, false),
  SERVICE("", "v1", "services", "Service", true, true),
  SERVICE_ACCOUNT("", "v1", "serviceaccounts", "ServiceAccount", true, false),
  EVENT("", "v1", "events", "Event", true, false),
  JOB("batch", "v1", "jobs", "Job", true, true),
  STORAGE_CLASS("storage.k8s.io", "v1", "storageclasses", "StorageClass", false, false),
  CAPACITY("storage.k8s.io", "v1", "csistoragecapacities", "CSIStorageCapacity", true, false),
  DEFINITION(
      "apiextensions.k8s.io",
      "v1",
      "customresourcedefinitions",
      "CustomResourceDefinition",
      false,
      true),
  CEPH_CLUSTER("ceph.rook.io", "v1", "cephclusters", "CephCluster", true, true),
  CEPH_POOL("ceph.rook.io", "v1", "cephblockpools", "CephBlockPool", true, true),
  CEPH_FILESYSTEM("ceph.rook.io", "v1", "cephfilesystems", "CephFilesystem", true, true),
  SNAPSHOT("snapshot.storage.k8s.io", "v1", "volumesnapshots", "VolumeSnapshot", true, true),
  SNAPSHOT_CONTENT(
      "snapshot.storage.k8s.io",
      "v1",
      "volumesnapshotcontents",
      "VolumeSnapshotContent",
      false,
      true),
  SNAPSHOT_CLASS(
      "snapshot.storage.k8s.io",
      "v1",
      "volumesnapshotclasses",
      "VolumeSnapshotClass",
      false,
      false),
  DATA_VOLUME("cdi.kubevirt.io", "v1beta1", "datavolumes", "DataVolume", true, true),
  STORAGE_PROFILE("cdi.kubevirt.io", "v1beta1", "storageprofiles", "StorageProfile", false, true),
  CDI_CONFIG("cdi.kubevirt.io", "v1beta1", "cdiconfigs", "CDIConfig", false, false),
  CDI("cdi.kubevirt.io", "v1beta1", "cdis", "CDI", false, false),
  KUBEVIRT("kubevirt.io", "v1", "kubevirts", "KubeVirt", true, true),
  VM("kubevirt.io", "v1", "virtualmachines", "VirtualMachine", true, true),
  // The real CRD has no status subresource: status is written by an ordinary PUT.
  VMI("kubevirt.io", "v1", "virtualmachineinstances", "VirtualMachineInstance", true, false),
  PREFERENCE(
      "instancetype.kubevirt.io",
      "v1beta1",
      "virtualmachineclusterpreferences",
      "VirtualMachineClusterPreference",
      false,
      false),
  NETWORK(
      "k8s.cni.cncf.io",
      "v1",
      "network-attachment-definitions",
      "NetworkAttachmentDefinition",
      true,
      false),
  API_SERVICE("apiregistration.k8s.io", "v1", "apiservices", "APIService", false, true),
  WEBHOOK(
      "admissionregistration.k8s.io",
      "v1",
      "validatingwebhookconfigurations",
      "ValidatingWebhookConfiguration",
      false,
      false);

  private final String group;
  private final String version;
  private final String plural;
  private final String kindName;
  private final boolean namespaced;
  private final boolean statusSubresource;

  Kind(
      String group,
      String version,
      String plural,
      String kindName,
      boolean namespaced,
      boolean statusSubresource) {
    this.group = group;
    this.version = version;
    this.plural = plural;
    this.kindName = kindName;
    this.namespaced = namespaced;
    this.statusSubresource = statusSubresource;
  }

  /** The API group, empty for the core group. */
  public String group() {
    return group;
  }

  /** The served version that the controllers speak. */
  public String version() {
    return version;
  }

  /** The plural resource name of the URL. */
  public String plural() {
    return plural;
  }

  /** The kind as written in an object. */
  public String kindName() {
    return kindName;
  }

  /** Whether objects of this kind live in a namespace. */
  public boolean namespaced() {
    return namespaced;
  }

  /** Whether status is written through a subresource (else by a PUT of the object). */
  public boolean statusSubresource() {
    return statusSubresource;
  }

  /** {@code group/version}, or only the version in the core group. */
  public String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }

  /** The URL path of the collection (in a namespace when given). */
  public String path(@Nullable String namespace) {
    String root = group.isEmpty() ? "/api/" + version : "/apis/" + group + "/" + version;
    return namespaced && namespace != null && !namespace.isEmpty()
        ? root + "/namespaces/" + namespace + "/" + plural
        : root + "/" + plural;
  }
}
