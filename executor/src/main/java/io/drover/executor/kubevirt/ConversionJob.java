// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import static io.drover.executor.kubevirt.VirtualMachineManifest.map;

import io.drover.executor.VolumeNames;
import io.drover.schemas.Inventory;
import io.drover.schemas.Inventory.Disk;
import io.drover.schemas.MigrationSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The Job that converts a guest in place: {@code virt-v2v-in-place -i libvirtxml} on the volumes of
 * a generation, with a domain description from a ConfigMap. See virt-v2v-in-place(1).
 */
final class ConversionJob {
  private static final String XML = "domain.xml";
  private static final int HOURS = 2 * 3600;

  private ConversionJob() {}

  /** The ConfigMap with the domain description. */
  static Map<String, Object> description(
      MigrationSpec spec, int generation, Map<Integer, Boolean> block) {
    return map(
        "apiVersion",
        "v1",
        "kind",
        "ConfigMap",
        "metadata",
        metadata(spec, generation),
        "data",
        map(XML, xml(spec, block)));
  }

  /**
   * The Job.
   *
   * @param block per disk device key, whether its volume is a block device
   */
  static Map<String, Object> job(
      MigrationSpec spec, int generation, Map<Integer, Boolean> block, String image) {
    var mounts = new ArrayList<Object>();
    var devices = new ArrayList<Object>();
    var volumes = new ArrayList<Object>();
    mounts.add(map("name", "domain", "mountPath", "/etc/drover", "readOnly", true));
    mounts.add(map("name", "scratch", "mountPath", "/var/tmp"));
    volumes.add(map("name", "domain", "configMap", map("name", VolumeNames.job(spec, generation))));
    volumes.add(map("name", "scratch", "emptyDir", map()));
    for (Disk disk : spec.source().disks()) {
      String name = VirtualMachineManifest.diskName(disk);
      volumes.add(
          map(
              "name",
              name,
              "persistentVolumeClaim",
              map("claimName", VolumeNames.of(spec, disk.deviceKey(), generation))));
      if (block.getOrDefault(disk.deviceKey(), true)) {
        devices.add(map("name", name, "devicePath", path(disk, true)));
      } else {
        mounts.add(map("name", name, "mountPath", "/disks/" + name));
      }
    }
    var container =
        map(
            "name",
            "virt-v2v",
            "image",
            image,
            "command",
            List.of("virt-v2v-in-place", "-v", "-i", "libvirtxml", "/etc/drover/" + XML),
            "env",
            List.of(map("name", "LIBGUESTFS_BACKEND", "value", "direct")),
            "volumeMounts",
            mounts,
            "terminationMessagePolicy",
            "FallbackToLogsOnError",
            "securityContext",
            map(
                "allowPrivilegeEscalation",
                false,
                "runAsNonRoot",
                true,
                "capabilities",
                map("drop", List.of("ALL"))),
            "resources",
            map(
                "requests",
                map("cpu", "1", "memory", "1Gi", "devices.kubevirt.io/kvm", "1"),
                "limits",
                map("cpu", "4", "memory", "8Gi", "devices.kubevirt.io/kvm", "1")));
    if (!devices.isEmpty()) {
      container.put("volumeDevices", devices);
    }
    var pod =
        map(
            "restartPolicy",
            "Never",
            "automountServiceAccountToken",
            false,
            // The user that KubeVirt's own pods have, so that volumes are readable for both.
            "securityContext",
            map(
                "runAsUser",
                107,
                "runAsGroup",
                107,
                "fsGroup",
                107,
                "seccompProfile",
                map("type", "RuntimeDefault")),
            "containers",
            List.of(container),
            "volumes",
            volumes);
    return map(
        "apiVersion",
        "batch/v1",
        "kind",
        "Job",
        "metadata",
        metadata(spec, generation),
        "spec",
        map(
            // Retries are the journey's, on fresh volumes: a second run on half converted ones is
            // never right.
            "backoffLimit",
            0,
            "activeDeadlineSeconds",
            HOURS,
            "template",
            map("metadata", map("labels", JourneyMarks.labels(spec)), "spec", pod)));
  }

  private static Map<String, Object> metadata(MigrationSpec spec, int generation) {
    var annotations = JourneyMarks.annotations(spec);
    annotations.put("drover.io/generation", Integer.toString(generation));
    return map(
        "name",
        VolumeNames.job(spec, generation),
        "namespace",
        spec.target().namespace(),
        "labels",
        JourneyMarks.labels(spec),
        "annotations",
        annotations);
  }

  private static String path(Disk disk, boolean block) {
    String name = VirtualMachineManifest.diskName(disk);
    return block ? "/dev/" + name : "/disks/" + name + "/disk.img";
  }

  /** What virt-v2v needs to know of the machine: firmware, memory, and where the disks are. */
  static String xml(MigrationSpec spec, Map<Integer, Boolean> block) {
    Inventory.Vm source = spec.source();
    var xml = new StringBuilder("<domain type='kvm'>\n");
    xml.append("  <name>").append(spec.target().name()).append("</name>\n");
    xml.append("  <memory unit='MiB'>").append(source.compute().memoryMiB()).append("</memory>\n");
    xml.append("  <vcpu>").append(source.compute().cpus()).append("</vcpu>\n");
    xml.append(
        source.boot().firmware() == Inventory.Firmware.EFI
            ? "  <os firmware='efi'>\n"
            : "  <os>\n");
    xml.append("    <type arch='x86_64'>hvm</type>\n  </os>\n");
    xml.append("  <features><acpi/><apic/></features>\n  <devices>\n");
    var disks = new ArrayList<>(source.disks());
    Disk boot = VirtualMachineManifest.bootDisk(disks);
    // virt-v2v takes the order of the description for the guest's: the boot disk comes first.
    disks.remove(boot);
    disks.addFirst(boot);
    int index = 0;
    for (Disk disk : disks) {
      boolean device = block.getOrDefault(disk.deviceKey(), true);
      xml.append("    <disk type='").append(device ? "block" : "file").append("' device='disk'>\n");
      xml.append("      <driver name='qemu' type='raw'/>\n");
      xml.append("      <source ").append(device ? "dev" : "file").append("='");
      xml.append(path(disk, device)).append("'/>\n");
      xml.append("      <target dev='sd").append(letters(index++)).append("' bus='scsi'/>\n");
      xml.append("    </disk>\n");
    }
    for (Inventory.Nic nic : source.nics()) {
      xml.append("    <interface type='network'>\n      <mac address='").append(nic.mac());
      xml.append("'/>\n      <source network='default'/>\n    </interface>\n");
    }
    return xml.append("  </devices>\n</domain>\n").toString();
  }

  /** a to z, then aa, ab, …, as Linux counts disks. */
  static String letters(int index) {
    String last = String.valueOf((char) ('a' + index % 26));
    return index < 26 ? last : letters(index / 26 - 1) + last;
  }
}
