// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Everything that a migration wants to know of one virtual machine, as vCenter said it at one
 * moment. What vCenter left out is empty, 0 or false; no value is invented.
 *
 * @param moref the machine within its vCenter
 * @param identity who it is
 * @param placement where it is
 * @param runtime what it is doing
 * @param hardware what it is made of, but disks and NICs
 * @param guest what VMware Tools tell about the inside
 * @param disks in the order of their device keys
 * @param nics in the order of their device keys
 * @param snapshots the roots of the snapshot trees
 * @param tracking whether changed blocks are tracked
 * @param storage how many bytes it takes
 * @param notes what people wrote on it
 */
public record VmFacts(
    Moref moref,
    Identity identity,
    Placement placement,
    Runtime runtime,
    Hardware hardware,
    Guest guest,
    List<Disk> disks,
    List<Nic> nics,
    List<SnapshotNode> snapshots,
    Tracking tracking,
    Storage storage,
    Notes notes) {

  /** The machine's name in the inventory. */
  public String name() {
    return identity.name();
  }

  /** The guest-visible bytes of all disks. */
  public long capacityBytes() {
    return disks.stream().mapToLong(Disk::capacityBytes).sum();
  }

  /**
   * Who a machine is.
   *
   * @param instanceUuid unique within a vCenter: the identity to key by
   * @param biosUuid what the guest sees; not always unique
   * @param name in the inventory
   * @param changeVersion changes with every change of the configuration: the token for
   *     compare-and-set
   * @param template whether it is marked as a template, which cannot be powered on
   */
  public record Identity(
      String instanceUuid, String biosUuid, String name, String changeVersion, boolean template) {}

  /**
   * Where a machine is.
   *
   * @param folderPath its folders below the datacenter's VM folder, slashes between; needs the
   *     inventory, empty when the machine was read alone
   * @param datacenter the datacenter's name, if known
   * @param host the ESXi host that runs or last ran it
   * @param hostName its name, if known
   * @param cluster the cluster of the host, if known
   * @param clusterName its name, if known
   * @param resourcePool empty for a template
   * @param vApp the vApp that it belongs to
   * @param vmxPath its configuration file, as {@code [datastore] path}
   * @param datastores that hold its files
   */
  public record Placement(
      String folderPath,
      String datacenter,
      Optional<Moref> host,
      String hostName,
      Optional<Moref> cluster,
      String clusterName,
      Optional<Moref> resourcePool,
      Optional<Moref> vApp,
      String vmxPath,
      List<Moref> datastores) {}

  /**
   * What a machine is doing.
   *
   * @param powerState whether it runs
   * @param connectionState {@code connected}, {@code disconnected}, {@code orphaned}, {@code
   *     inaccessible} or {@code invalid}
   * @param consolidationNeeded whether disks of removed snapshots still have to be merged
   * @param faultTolerance {@code notConfigured}, or a state of fault tolerance
   */
  public record Runtime(
      PowerState powerState,
      String connectionState,
      boolean consolidationNeeded,
      String faultTolerance) {}

  /**
   * What a machine is made of, but disks and NICs.
   *
   * @param version such as {@code vmx-19}
   * @param cpus virtual CPUs
   * @param coresPerSocket cores of one socket, at least 1
   * @param memoryMib memory in MiB
   * @param hotPlug what can be added while it runs
   * @param boot how it starts
   * @param encryption how it is protected
   * @param latencySensitivity {@code normal}, {@code low}, {@code medium}, {@code high} or empty
   * @param allocation guarantees and limits
   * @param devices everything else that is plugged in
   */
  public record Hardware(
      String version,
      int cpus,
      int coresPerSocket,
      long memoryMib,
      HotPlug hotPlug,
      Boot boot,
      Encryption encryption,
      String latencySensitivity,
      Allocation allocation,
      List<Device> devices) {

    /** Whether there is a device of this kind. */
    public boolean has(Device.Kind kind) {
      return devices.stream().anyMatch(device -> device.kind() == kind);
    }

    /** Whether the machine has a virtual TPM. */
    public boolean tpm() {
      return has(Device.Kind.TPM);
    }
  }

  /** What can be added to a running machine. */
  public record HotPlug(boolean cpuAdd, boolean cpuRemove, boolean memoryAdd) {}

  /**
   * How a machine starts.
   *
   * @param firmware {@code bios} or {@code efi}
   * @param secureBoot whether EFI secure boot is on
   * @param order the boot order as vSphere names it: {@code disk:2000}, {@code ethernet:4000},
   *     {@code cdrom}, {@code floppy}; empty for the default
   * @param enterSetup whether the next start enters the firmware's setup
   */
  public record Boot(String firmware, boolean secureBoot, List<String> order, boolean enterSetup) {}

  /**
   * How a machine is protected.
   *
   * @param encrypted whether its home is encrypted, which stops exports
   * @param virtualizationBasedSecurity whether VBS is on
   */
  public record Encryption(boolean encrypted, boolean virtualizationBasedSecurity) {}

  /**
   * Guarantees and limits; a limit of -1 is none.
   *
   * @param cpuReservationMhz guaranteed
   * @param cpuLimitMhz upper limit
   * @param memoryReservationMib guaranteed
   * @param memoryLimitMib upper limit
   */
  public record Allocation(
      long cpuReservationMhz, long cpuLimitMhz, long memoryReservationMib, long memoryLimitMib) {}

  /**
   * What VMware Tools tell about the inside, and what the configuration says of it.
   *
   * @param guestId such as {@code rhel9_64Guest}, as configured
   * @param fullName the operating system's name, as detected, else as configured
   * @param hostName the guest's own host name
   * @param toolsRunning whether VMware Tools run now
   * @param shuttingDown whether the guest said that it is going down; it falls silent before it is
   *     off
   * @param toolsStatus {@code toolsOk}, {@code toolsOld}, {@code toolsNotRunning}, {@code
   *     toolsNotInstalled} or empty
   * @param ipAddress the address that the guest calls its own, empty when unknown
   * @param freeBytes of each file system by its path, such as {@code /boot} or <code>C:\</code>
   */
  public record Guest(
      String guestId,
      String fullName,
      String hostName,
      boolean toolsRunning,
      boolean shuttingDown,
      String toolsStatus,
      String ipAddress,
      Map<String, Long> freeBytes) {}

  /** How a virtual disk is stored. */
  public enum Backing {
    /** A file of a fixed extent on a VMFS or NFS datastore. */
    FLAT,
    /** A sparse file that gives space back. */
    SE_SPARSE,
    /** A hosted sparse file. */
    SPARSE,
    /**
     * A raw device mapping whose SCSI commands are virtualised: can be snapshotted and exported.
     */
    RDM_VIRTUAL,
    /** A raw device mapping passed through: no snapshots, no export. */
    RDM_PHYSICAL,
    /** Persistent memory. */
    PMEM,
    /** A kind unknown here. */
    OTHER
  }

  /** What a disk hangs on. */
  public enum Bus {
    /** VMware's paravirtual SCSI. */
    PVSCSI,
    /** LSI Logic parallel SCSI. */
    LSI_LOGIC,
    /** LSI Logic SAS. */
    LSI_SAS,
    /** BusLogic SCSI. */
    BUS_LOGIC,
    /** IDE. */
    IDE,
    /** AHCI SATA. */
    SATA,
    /** NVMe. */
    NVME,
    /** A kind unknown here. */
    OTHER
  }

  /**
   * Where a disk is plugged in.
   *
   * @param bus the kind of controller
   * @param controllerKey the controller's device key
   * @param busNumber the number of the controller among its kind
   * @param unit the number of the disk on the controller
   * @param busSharing {@code noSharing}, {@code virtualSharing}, {@code physicalSharing} or empty
   */
  public record Slot(Bus bus, int controllerKey, int busNumber, int unit, String busSharing) {}

  /**
   * One virtual disk.
   *
   * @param deviceKey stable as long as the disk stays plugged in
   * @param label such as {@code Hard disk 1}
   * @param capacityBytes the bytes that the guest sees
   * @param file the top-most file, as {@code [datastore] path}; a delta while there are snapshots
   * @param datastore that holds it
   * @param backing how it is stored
   * @param mode such as {@code persistent}, {@code independent_persistent}
   * @param sharing {@code sharingNone}, {@code sharingMultiWriter} or empty
   * @param thin whether space is taken as it is written
   * @param uuid of the disk
   * @param changeId where changed block tracking is, empty when it is off
   * @param slot where it is plugged in
   * @param encrypted whether the disk is encrypted
   */
  public record Disk(
      int deviceKey,
      String label,
      long capacityBytes,
      String file,
      Optional<Moref> datastore,
      Backing backing,
      String mode,
      String sharing,
      boolean thin,
      String uuid,
      String changeId,
      Slot slot,
      boolean encrypted) {

    /** Whether snapshots leave this disk out. */
    public boolean independent() {
      return mode.startsWith("independent");
    }

    /** Whether several machines may write to it. */
    public boolean shared() {
      return sharing.equals("sharingMultiWriter")
          || slot.busSharing().equals("virtualSharing")
          || slot.busSharing().equals("physicalSharing");
    }

    /** The name of the datastore, as written in the file's path. */
    public String datastoreName() {
      int end = file.indexOf(']');
      return file.startsWith("[") && end > 0 ? file.substring(1, end) : "";
    }

    /** The file's path within the datastore. */
    public String path() {
      int end = file.indexOf(']');
      return file.startsWith("[") && end > 0 ? file.substring(end + 1).trim() : file;
    }
  }

  /**
   * One network card.
   *
   * @param deviceKey stable as long as the card stays plugged in
   * @param label such as {@code Network adapter 1}
   * @param model such as {@code Vmxnet3}, {@code E1000e}, {@code Sriov}
   * @param mac the address, lower case
   * @param network the standard network, distributed port group or opaque network, if known
   * @param networkName its name, if known
   * @param connected whether it is plugged into the network now
   * @param startConnected whether it will be after power-on
   * @param ipAddresses that the guest reports on it
   */
  public record Nic(
      int deviceKey,
      String label,
      String model,
      String mac,
      Optional<Moref> network,
      String networkName,
      boolean connected,
      boolean startConnected,
      List<String> ipAddresses) {}

  /**
   * One device that is neither disk, nor NIC, nor part of every machine.
   *
   * @param kind what it is
   * @param deviceKey stable as long as it stays plugged in
   * @param label its name
   * @param vimType its vSphere type
   * @param backing what is behind it: a file, a host device, an address; empty when nothing is
   * @param connected whether it is connected now
   */
  public record Device(
      Kind kind, int deviceKey, String label, String vimType, String backing, boolean connected) {

    /** What can be plugged in and matters to a migration. */
    public enum Kind {
      /** A virtual TPM. */
      TPM,
      /** A PCI device of the host, or a virtual GPU. */
      PCI_PASSTHROUGH,
      /** A USB device of the host or of a client. */
      USB,
      /** A serial port. */
      SERIAL,
      /** A parallel port. */
      PARALLEL,
      /** A floppy drive. */
      FLOPPY,
      /** A CD-ROM drive. */
      CDROM,
      /** A SCSI device of the host. */
      SCSI_PASSTHROUGH,
      /** A sound card. */
      SOUND,
      /** A watchdog timer. */
      WATCHDOG,
      /** Persistent memory. */
      NVDIMM,
      /** A precision clock. */
      PRECISION_CLOCK
    }
  }

  /**
   * Whether changed blocks are tracked.
   *
   * @param enabled now
   * @param supported by this machine
   */
  public record Tracking(boolean enabled, boolean supported) {}

  /**
   * How many bytes a machine takes. vCenter looks at files now and then, and tells nobody when it
   * has: what a watch shows is as old as the last reading of the whole.
   *
   * @param committedBytes taken now
   * @param uncommittedBytes that it may still take
   * @param unsharedBytes taken by it alone
   * @param diskBytes what the files of a disk take, with those of its snapshots, by device key;
   *     without those disks of which vCenter does not say it
   */
  public record Storage(
      long committedBytes,
      long uncommittedBytes,
      long unsharedBytes,
      Map<Integer, Long> diskBytes) {}

  /**
   * What people and tools wrote on a machine.
   *
   * @param annotation its note
   * @param customAttributes by their names, if known, else by their keys
   * @param extraConfig the advanced settings that matter to a migration; all of them when the
   *     machine was read alone
   */
  public record Notes(
      String annotation, Map<String, String> customAttributes, Map<String, String> extraConfig) {}
}
