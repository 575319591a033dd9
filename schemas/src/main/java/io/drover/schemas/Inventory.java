// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What the inventory knows, at the source (vCenter) and at the target (cluster). */
public sealed interface Inventory {
  /** Where this lives in the inventory. */
  EntityKey key();

  /**
   * A source VM, with all that a plan or a journey needs to know of it.
   *
   * @param usedBytes what it takes of its datastores, about; null = not known, or not noted yet
   */
  record Vm(
      VmKey vm,
      Placement placement,
      String name,
      Power power,
      boolean template,
      Compute compute,
      Boot boot,
      Guest guest,
      List<Disk> disks,
      List<Nic> nics,
      List<Snapshot> snapshots,
      ChangeTracking changeTracking,
      String changeVersion,
      boolean encrypted,
      List<String> otherDevices,
      Map<String, String> attributes,
      List<String> tags,
      @Nullable Long usedBytes)
      implements Inventory {
    public Vm {
      disks = List.copyOf(disks);
      nics = List.copyOf(nics);
      snapshots = List.copyOf(snapshots);
      otherDevices = List.copyOf(otherDevices);
      attributes = Map.copyOf(attributes);
      tags = List.copyOf(tags);
    }

    /** The same VM, if it lived elsewhere. */
    public Vm placed(Placement elsewhere) {
      return new Vm(
          vm,
          elsewhere,
          name,
          power,
          template,
          compute,
          boot,
          guest,
          disks,
          nics,
          snapshots,
          changeTracking,
          changeVersion,
          encrypted,
          otherDevices,
          attributes,
          tags,
          usedBytes);
    }

    @Override
    public EntityKey key() {
      return EntityKey.ofVm(vm);
    }

    /** Sum of the disks' capacities in bytes. */
    public long capacityBytes() {
      return disks.stream().mapToLong(Disk::capacityBytes).sum();
    }
  }

  /** Power state in vSphere's words. */
  enum Power {
    ON,
    OFF,
    SUSPENDED
  }

  /** Where a VM is; ids are managed object ids, names are for people. */
  record Placement(
      String moref,
      String datacenter,
      String folder,
      String cluster,
      String host,
      String hostName,
      String resourcePool) {}

  /** CPU and memory. */
  record Compute(
      int cpus, int coresPerSocket, long memoryMiB, boolean cpuHotAdd, boolean memoryHotAdd) {}

  /** How the VM boots and who it says it is. */
  record Boot(Firmware firmware, boolean secureBoot, boolean tpm, String biosUuid) {}

  /** Firmware kind. */
  enum Firmware {
    BIOS,
    EFI
  }

  /**
   * The guest as vCenter and VMware Tools report it.
   *
   * @param id vSphere guest id, for example {@code windows2019srvNext_64Guest}
   * @param toolsRunning whether the tools answer, so that a guest shutdown can be asked for
   * @param mounts where the guest has its filesystems, as the tools say; empty where not known
   */
  record Guest(
      String id,
      String fullName,
      @Nullable String hostname,
      boolean toolsRunning,
      List<String> ipAddresses,
      @Added List<String> mounts) {
    @SuppressWarnings("ConstantValue") // Journals of before they were noted have none.
    public Guest {
      ipAddresses = List.copyOf(ipAddresses);
      mounts = mounts == null ? List.of() : List.copyOf(mounts);
    }
  }

  /**
   * A virtual disk.
   *
   * @param deviceKey vSphere device key
   * @param datastore name of the datastore
   * @param path {@code [datastore] path} of the top-most file
   * @param backing flat, sparse, rdm-physical, rdm-virtual or other
   * @param controller pvscsi, lsilogic, lsisas, buslogic, ide, sata or nvme
   * @param position bus:unit on the controller
   * @param usedBytes what its files take, in steps of a 64th of its capacity; null = not known, or
   *     not noted yet
   */
  record Disk(
      int deviceKey,
      String label,
      long capacityBytes,
      String datastore,
      String path,
      @Nullable String uuid,
      Backing backing,
      String controller,
      int bus,
      int unit,
      boolean independent,
      boolean shared,
      boolean thin,
      @Nullable String changeId,
      @Nullable Long usedBytes) {}

  /** What a disk is stored as. */
  enum Backing {
    FLAT,
    SPARSE,
    RDM_PHYSICAL,
    RDM_VIRTUAL,
    OTHER
  }

  /** A network card. */
  record Nic(
      int deviceKey,
      String label,
      String model,
      String mac,
      String network,
      String networkName,
      boolean connected,
      boolean startConnected,
      List<String> ipAddresses) {
    public Nic {
      ipAddresses = List.copyOf(ipAddresses);
    }
  }

  /** A snapshot that was there before us, or is ours by its name. */
  record Snapshot(String moref, String name, String description) {}

  /** Changed block tracking. */
  record ChangeTracking(boolean supported, boolean enabled) {}

  /** A vCenter. */
  record VCenter(String id, String name, String version) implements Inventory {
    @Override
    public EntityKey key() {
      return new EntityKey(id, "vcenter", id);
    }
  }

  /** An ESXi host. */
  record Host(
      String vcenter,
      String moref,
      String name,
      String cluster,
      String version,
      String cpuModel,
      int cores,
      int mhz,
      long memoryMiB,
      boolean connected,
      boolean maintenance)
      implements Inventory {
    @Override
    public EntityKey key() {
      return new EntityKey(vcenter, "host", moref);
    }
  }

  /** A vSphere cluster. */
  record Cluster(String vcenter, String moref, String name, String datacenter)
      implements Inventory {
    @Override
    public EntityKey key() {
      return new EntityKey(vcenter, "cluster", moref);
    }
  }

  /**
   * A datastore; sizes in bytes.
   *
   * @param fileSystem as vCenter says it, for example VMFS, NFS or vsan
   */
  record Datastore(
      String vcenter,
      String moref,
      String name,
      String fileSystem,
      long capacityBytes,
      long freeBytes,
      boolean accessible)
      implements Inventory {
    @Override
    public EntityKey key() {
      return new EntityKey(vcenter, "datastore", moref);
    }
  }

  /** A standard network or distributed port group. */
  record Network(String vcenter, String moref, String name, String kind, @Nullable String vlan)
      implements Inventory {
    @Override
    public EntityKey key() {
      return new EntityKey(vcenter, "network", moref);
    }
  }

  /**
   * A node of the target cluster.
   *
   * @param schedulable whether it takes VMs of ours: ready, not cordoned, without a taint
   * @param cpuMillis thousandths of a CPU that pods may ask for
   * @param memoryBytes that pods may ask for
   * @param askedMillis of which its pods have asked for so many; null = not known, or not noted yet
   * @param askedBytes the same of its memory
   */
  record Node(
      String clusterId,
      String name,
      boolean schedulable,
      boolean kvm,
      long cpuMillis,
      long memoryBytes,
      List<String> cpuModels,
      @Nullable Long askedMillis,
      @Nullable Long askedBytes)
      implements Inventory {
    public Node {
      cpuModels = List.copyOf(cpuModels);
    }

    @Override
    public EntityKey key() {
      return new EntityKey(clusterId, "node", name);
    }
  }

  /**
   * A storage class of the target cluster.
   *
   * @param modes access/volume mode pairs CDI's storage profile names, best first, for example
   *     {@code ReadWriteMany/Block}
   * @param snapshotClass the snapshot class of the same driver
   * @param freeBytes room for volumes, as its driver publishes it; null = it publishes nothing, or
   *     it was not noted yet
   * @param store what its volumes lie in, where that says how full it is; null = it says nothing,
   *     or it was not noted yet
   * @param ingestMiBs what somebody says that it takes in, MiB/s; null = nobody does
   */
  record StorageClass(
      String clusterId,
      String name,
      String provisioner,
      boolean isDefault,
      boolean isVirtDefault,
      List<String> modes,
      @Nullable String snapshotClass,
      @Nullable Long freeBytes,
      @Nullable Store store,
      @Nullable Long ingestMiBs)
      implements Inventory {
    public StorageClass {
      modes = List.copyOf(modes);
    }

    @Override
    public EntityKey key() {
      return new EntityKey(clusterId, "storageclass", name);
    }
  }

  /**
   * What volumes of storage classes lie in: thin, and shared by all classes that name the same.
   *
   * @param name for people, for example {@code Ceph cluster openshift-storage/ocs}
   * @param totalBytes that its media hold
   * @param usedBytes of them, with all copies, in steps
   * @param nearlyFull share of its bytes at which it says itself that it is nearly full; null = it
   *     does not say
   * @param copies how often it keeps each byte of this class; null = not seen
   */
  record Store(
      String name,
      long totalBytes,
      long usedBytes,
      @Nullable Double nearlyFull,
      @Nullable Double copies) {}

  /**
   * A network of the target cluster.
   *
   * @param namespace empty for a network of the whole cluster
   * @param kind {@code nad} (NetworkAttachmentDefinition, what a VM's card names), {@code udn}
   *     (UserDefinedNetwork) or {@code cudn} (ClusterUserDefinedNetwork)
   */
  record TargetNetwork(String clusterId, String namespace, String name, String kind)
      implements Inventory {
    @Override
    public EntityKey key() {
      // OVN-Kubernetes makes an attachment definition of the same name for each of the others.
      return new EntityKey(
          clusterId, "network", (kind.equals("nad") ? "" : kind + ":") + namespace + "." + name);
    }
  }

  /** A resource quota of a target namespace; quantities as Kubernetes writes them. */
  record Quota(
      String clusterId,
      String namespace,
      String name,
      Map<String, String> hard,
      Map<String, String> used)
      implements Inventory {
    public Quota {
      hard = Map.copyOf(hard);
      used = Map.copyOf(used);
    }

    @Override
    public EntityKey key() {
      return new EntityKey(clusterId, "quota", namespace + "." + name);
    }
  }

  /**
   * A system that is looked at, by the name of its eye ({@code vcenter:NAME} or {@code
   * cluster:URL}).
   *
   * @param problem why it cannot be seen; null while it is
   */
  record Site(String name, @Nullable Problem problem) implements Inventory {
    @Override
    public EntityKey key() {
      return new EntityKey(name, "site", name);
    }
  }

  /**
   * Versions and feature gates of the target platform. Lists that may be null are so in facts of
   * versions that did not look.
   *
   * @param featureGates KubeVirt's
   * @param cdiFeatureGates CDI's
   * @param absent kinds that this cluster does not have, as {@code plural.group}
   * @param hidden kinds that Drover's account may not see, as {@code plural.group}
   * @param scratchClass storage class of the scratch volumes that CDI makes; null = that of the
   *     volume itself, or it was not noted yet
   */
  record Platform(
      String clusterId,
      String kubernetesVersion,
      @Nullable String kubevirtVersion,
      @Nullable String cdiVersion,
      List<String> featureGates,
      @Nullable List<String> cdiFeatureGates,
      @Nullable List<String> absent,
      @Nullable List<String> hidden,
      @Nullable String scratchClass)
      implements Inventory {
    public Platform {
      featureGates = List.copyOf(featureGates);
      cdiFeatureGates = cdiFeatureGates == null ? null : List.copyOf(cdiFeatureGates);
      absent = absent == null ? null : List.copyOf(absent);
      hidden = hidden == null ? null : List.copyOf(hidden);
    }

    @Override
    public EntityKey key() {
      return new EntityKey(clusterId, "platform", clusterId);
    }
  }
}
