// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.storage.LabCeph;
import io.drover.lab.cluster.control.virt.Virt;
import java.util.List;
import java.util.Map;

/**
 * The furniture of a lab cluster, as an OpenShift Virtualization cluster on ODF has it: nodes,
 * storage classes with profiles and snapshot classes, CDI and KubeVirt objects, networks,
 * preferences, namespaces. Safe to repeat.
 */
public final class LabClusterFixtures {

  /** The default class of virtual machines: shared block volumes. */
  public static final String BLOCK_CLASS = "ocs-storagecluster-ceph-rbd-virtualization";

  /** A class of shared filesystems. */
  public static final String FILE_CLASS = "ocs-storagecluster-cephfs";

  /** The snapshot class of {@link #BLOCK_CLASS}. */
  public static final String BLOCK_SNAPSHOTS = "ocs-storagecluster-rbdplugin-snapclass";

  private static final String RBD = "openshift-storage.rbd.csi.ceph.com";
  private static final String CEPHFS = "openshift-storage.cephfs.csi.ceph.com";
  private static final String CPU_MODEL = "cpu-model.node.kubevirt.io/";

  private final Kube kube;

  private LabClusterFixtures(Kube kube) {
    this.kube = kube;
  }

  /**
   * Furnishes a cluster.
   *
   * @param namespaces target namespaces beside those of the platform; each gets the networks
   */
  public static void apply(String apiUrl, String caPem, String token, List<String> namespaces) {
    try (Kube kube = new Kube(apiUrl, caPem, token)) {
      LabClusterFixtures fixtures = new LabClusterFixtures(kube);
      fixtures.namespaces(namespaces);
      fixtures.nodes();
      fixtures.storage();
      LabCeph.furnish(kube);
      fixtures.platform();
      for (String namespace : namespaces) {
        fixtures.networks(namespace);
      }
    }
  }

  private void namespaces(List<String> wanted) {
    for (String name :
        List.of("openshift-cnv", "openshift-storage", "openshift-virtualization-os-images")) {
      namespace(name);
    }
    wanted.forEach(this::namespace);
  }

  private void namespace(String name) {
    Doc namespace = Doc.of(Kind.NAMESPACE, "", name);
    namespace.obj("metadata", "labels").put("kubernetes.io/metadata.name", name);
    var _ = kube.ensure(Kind.NAMESPACE, namespace);
    // kube-controller-manager makes it elsewhere; pods are refused without.
    var _ = kube.ensure(Kind.SERVICE_ACCOUNT, Doc.of(Kind.SERVICE_ACCOUNT, name, "default"));
  }

  private void nodes() {
    for (int number = 0; number < 3; number++) {
      Doc node = Doc.of(Kind.NODE, "", "worker-" + number);
      ObjectNode labels = node.obj("metadata", "labels");
      labels.put("kubernetes.io/hostname", "worker-" + number);
      labels.put("kubernetes.io/os", "linux").put("kubernetes.io/arch", "amd64");
      labels.put("node-role.kubernetes.io/worker", "");
      labels.put("kubevirt.io/schedulable", "true");
      labels.put("topology.kubernetes.io/zone", "zone-" + (char) ('a' + number));
      labels.put("cpu-vendor.node.kubevirt.io/Intel", "true");
      for (String model :
          List.of("Haswell-noTSX", "Broadwell-noTSX", "Skylake-Server-noTSX-IBRS", "Nehalem")) {
        labels.put(CPU_MODEL + model, "true");
      }
      // One node is a generation newer, as real fleets are.
      if (number == 2) {
        labels.put(CPU_MODEL + "Icelake-Server-noTSX", "true");
      }
      labels.put("host-model-cpu.node.kubevirt.io/Skylake-Server-noTSX-IBRS", "true");
      labels.put("machine-type.node.kubevirt.io/q35", "true");
      labels.put("machine-type.node.kubevirt.io/pc-q35-rhel9.6.0", "true");
      Doc made = kube.ensure(Kind.NODE, node).copy();
      ObjectNode status = made.status();
      for (String set : List.of("capacity", "allocatable")) {
        ObjectNode sizes = status.putObject(set);
        sizes.put("cpu", set.equals("capacity") ? "32" : "31500m");
        sizes.put("memory", set.equals("capacity") ? "256Gi" : "250Gi");
        sizes.put("pods", "250").put("ephemeral-storage", "200Gi");
        sizes.put("devices.kubevirt.io/kvm", "1k");
        sizes.put("devices.kubevirt.io/tun", "1k");
        sizes.put("devices.kubevirt.io/vhost-net", "1k");
      }
      ObjectNode info = status.putObject("nodeInfo");
      info.put("architecture", "amd64").put("operatingSystem", "linux");
      info.put("osImage", "Red Hat Enterprise Linux CoreOS 9.6");
      info.put("kernelVersion", "5.14.0-570.el9.x86_64");
      info.put("kubeletVersion", "v1.33.3").put("kubeProxyVersion", "v1.33.3");
      info.put("containerRuntimeVersion", "cri-o://1.33.3");
      info.put("machineID", "0000000000000000000000000000000" + number);
      info.put("systemUUID", "00000000-0000-0000-0000-00000000000" + number);
      info.put("bootID", "10000000-0000-0000-0000-00000000000" + number);
      made.setCondition(
          "Ready", "True", "KubeletReady", "kubelet is posting ready status", "lastHeartbeatTime");
      var _ = kube.replaceStatus(Kind.NODE, made);
    }
  }

  private void storage() {
    storageClass(
        BLOCK_CLASS,
        RBD,
        Map.of("storageclass.kubevirt.io/is-default-virt-class", "true"),
        Map.of(
            "clusterID", "openshift-storage",
            "pool", "ocs-storagecluster-cephblockpool",
            "mounter", "rbd",
            "mapOptions", "krbd:rxbounce",
            "imageFeatures", "layering,deep-flatten,exclusive-lock,object-map,fast-diff"),
        "Immediate");
    storageClass(
        "ocs-storagecluster-ceph-rbd",
        RBD,
        Map.of("storageclass.kubernetes.io/is-default-class", "true"),
        Map.of("clusterID", "openshift-storage", "pool", "ocs-storagecluster-cephblockpool"),
        "Immediate");
    storageClass(
        FILE_CLASS,
        CEPHFS,
        Map.of(),
        Map.of("clusterID", "openshift-storage", "fsName", "ocs-storagecluster-cephfilesystem"),
        "Immediate");
    storageClass("local-wffc", "lab.drover.io/local", Map.of(), Map.of(), "WaitForFirstConsumer");
    profile(
        BLOCK_CLASS,
        RBD,
        BLOCK_SNAPSHOTS,
        List.of(
            List.of("ReadWriteMany", "Block"),
            List.of("ReadWriteOnce", "Block"),
            List.of("ReadWriteOnce", "Filesystem")));
    profile(
        "ocs-storagecluster-ceph-rbd",
        RBD,
        BLOCK_SNAPSHOTS,
        List.of(
            List.of("ReadWriteMany", "Block"),
            List.of("ReadWriteOnce", "Block"),
            List.of("ReadWriteOnce", "Filesystem")));
    profile(
        FILE_CLASS,
        CEPHFS,
        "ocs-storagecluster-cephfsplugin-snapclass",
        List.of(List.of("ReadWriteMany", "Filesystem")));
    profile(
        "local-wffc", "lab.drover.io/local", "", List.of(List.of("ReadWriteOnce", "Filesystem")));
    Doc local = Doc.of(Kind.CAPACITY, "openshift-storage", "csisc-local");
    local.json().put("storageClassName", "local-wffc").put("capacity", "2Ti");
    local.obj("nodeTopology", "matchLabels").put("kubernetes.io/hostname", "worker-0");
    var _ = kube.ensure(Kind.CAPACITY, local);
    snapshotClass(BLOCK_SNAPSHOTS, RBD);
    snapshotClass("ocs-storagecluster-cephfsplugin-snapclass", CEPHFS);
  }

  private void storageClass(
      String name,
      String provisioner,
      Map<String, String> annotations,
      Map<String, String> parameters,
      String binding) {
    Doc storageClass = Doc.of(Kind.STORAGE_CLASS, "", name);
    annotations.forEach(storageClass::annotate);
    storageClass.json().put("provisioner", provisioner);
    storageClass.json().put("reclaimPolicy", "Delete");
    storageClass.json().put("volumeBindingMode", binding);
    storageClass.json().put("allowVolumeExpansion", true);
    if (!parameters.isEmpty()) {
      parameters.forEach(storageClass.obj("parameters")::put);
    }
    var _ = kube.ensure(Kind.STORAGE_CLASS, storageClass);
  }

  private void profile(
      String name, String provisioner, String snapshotClass, List<List<String>> sets) {
    Doc profile = Doc.of(Kind.STORAGE_PROFILE, "", name);
    profile.spec();
    Doc made = kube.ensure(Kind.STORAGE_PROFILE, profile).copy();
    ObjectNode status = made.status();
    status.put("provisioner", provisioner).put("storageClass", name);
    status.put("dataImportCronSourceFormat", snapshotClass.isEmpty() ? "pvc" : "snapshot");
    status.put("cloneStrategy", snapshotClass.isEmpty() ? "copy" : "csi-clone");
    if (!snapshotClass.isEmpty()) {
      status.put("snapshotClass", snapshotClass);
    }
    var all = status.putArray("claimPropertySets");
    for (List<String> set : sets) {
      ObjectNode one = all.addObject();
      one.putArray("accessModes").add(set.get(0));
      one.put("volumeMode", set.get(1));
    }
    var _ = kube.replaceStatus(Kind.STORAGE_PROFILE, made);
  }

  private void snapshotClass(String name, String driver) {
    Doc snapshotClass = Doc.of(Kind.SNAPSHOT_CLASS, "", name);
    snapshotClass.annotate("snapshot.storage.kubernetes.io/is-default-class", "true");
    snapshotClass.json().put("driver", driver).put("deletionPolicy", "Delete");
    snapshotClass.obj("parameters").put("clusterID", "openshift-storage");
    var _ = kube.ensure(Kind.SNAPSHOT_CLASS, snapshotClass);
  }

  private void platform() {
    Doc cdi = Doc.of(Kind.CDI, "", "cdi-kubevirt-hyperconverged");
    cdi.obj("spec", "config").putArray("featureGates").add("HonorWaitForFirstConsumer");
    ObjectNode cdiStatus = cdi.status();
    cdiStatus.put("phase", "Deployed");
    for (String version : List.of("observedVersion", "operatorVersion", "targetVersion")) {
      cdiStatus.put(version, "v1.63.1");
    }
    cdi.setCondition("Available", "True", "DeployCompleted", "", "lastHeartbeatTime");
    var _ = kube.ensure(Kind.CDI, cdi);

    Doc config = Doc.of(Kind.CDI_CONFIG, "", "config");
    config.obj("spec").putArray("featureGates").add("HonorWaitForFirstConsumer");
    ObjectNode configStatus = config.status();
    configStatus.putObject("filesystemOverhead").put("global", "0.06");
    configStatus.put("scratchSpaceStorageClass", FILE_CLASS);
    var _ = kube.ensure(Kind.CDI_CONFIG, config);

    Doc kubevirt = Doc.of(Kind.KUBEVIRT, "openshift-cnv", "kubevirt-kubevirt-hyperconverged");
    var gates =
        kubevirt.obj("spec", "configuration", "developerConfiguration").putArray("featureGates");
    List.of("Snapshot", "VMPersistentState", "HotplugVolumes", "DataVolumes").forEach(gates::add);
    kubevirt.obj("spec", "configuration").put("vmStateStorageClass", FILE_CLASS);
    Doc made = kube.ensure(Kind.KUBEVIRT, kubevirt).copy();
    ObjectNode status = made.status();
    status.put("phase", "Deployed").put("defaultArchitecture", "amd64");
    for (String version :
        List.of("observedKubeVirtVersion", "operatorVersion", "targetKubeVirtVersion")) {
      status.put(version, Virt.VERSION);
    }
    made.setCondition("Available", "True", "AllComponentsReady", "", "lastProbeTime");
    var _ = kube.replaceStatus(Kind.KUBEVIRT, made);

    preference("rhel.9", "virtio", "virtio", true, "1536Mi");
    preference("rhel.8", "virtio", "virtio", true, "1536Mi");
    preference("windows.2k22", "sata", "e1000e", true, "2Gi");
    preference("windows.2k22.virtio", "virtio", "virtio", true, "2Gi");
    preference("windows.2k19", "sata", "e1000e", true, "2Gi");
    preference("windows.2k19.virtio", "virtio", "virtio", true, "2Gi");
    preference("linux", "virtio", "virtio", false, "");
    preference("legacy", "sata", "e1000", false, "");
  }

  private void preference(String name, String bus, String model, boolean efi, String leastMemory) {
    Doc preference = Doc.of(Kind.PREFERENCE, "", name);
    ObjectNode devices = preference.obj("spec", "devices");
    devices.put("preferredDiskBus", bus).put("preferredInterfaceModel", model);
    if (efi) {
      preference.obj("spec", "firmware", "preferredEfi").put("secureBoot", true);
    }
    if (!leastMemory.isEmpty()) {
      preference.obj("spec", "requirements", "memory").put("guest", leastMemory);
      preference.obj("spec", "requirements", "cpu").put("guest", 1);
    }
    var _ = kube.ensure(Kind.PREFERENCE, preference);
  }

  private void networks(String namespace) {
    network(namespace, "vlan-100", 100);
    network(namespace, "vlan-200", 200);
  }

  private void network(String namespace, String name, int vlan) {
    Doc network = Doc.of(Kind.NETWORK, namespace, name);
    network
        .spec()
        .put(
            "config",
            """
            {"cniVersion":"0.4.0","name":"%s","type":"ovn-k8s-cni-overlay","topology":"localnet",\
            "netAttachDefName":"%s/%s","vlanID":%d,"physicalNetworkName":"physnet"}\
            """
                .formatted(name, namespace, name, vlan));
    var _ = kube.ensure(Kind.NETWORK, network);
  }
}
