// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.schemas.Inventory;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/** Concerns about the guest: what it is, how it boots, whether a conversion has room. */
final class GuestConcerns {
  private static final long MIB = 1 << 20;

  /**
   * Guest ids of systems that guest conversion and virtio drivers are made for, in lower case: of
   * the values of vSphere's VirtualMachineGuestOsIdentifier. Windows Server 2016 is {@code
   * windows9Server64Guest}, 2022 is {@code windows2019srvNext}, 2025 is {@code windows2022srvNext}.
   */
  private static final String SUPPORTED =
      "(rhel([7-9]|10)_64guest|centos[7-9]_64guest|rockylinux_64guest|almalinux_64guest"
          + "|oraclelinux([7-9]|10)_64guest|sles1[256]_64guest|debian1[0-3]_64guest|ubuntu64guest"
          + "|fedora64guest|windows9_64guest|windows9server64guest|windows1[12]_64guest"
          + "|windows2019srv(next)?_64guest|windows2022srvnext_64guest)";

  /** Guest ids of systems that virt-v2v converts not at all, in lower case. */
  private static final String NOT_CONVERTED =
      "(dos|os2|ecomstation|win31|win95|win98|winme|winnt|win2000|netware|solaris|freebsd|darwin"
          + "|unixware|openserver|vmkernel).*";

  /** Guest ids of systems that come without an AHCI driver and do not boot through the BIOS. */
  private static final String NO_AHCI = "(winnt|win2000|winxp|winnet).*";

  private GuestConcerns() {}

  static void find(Inventory.Vm vm, Mapping mapping, Findings found) {
    String id = vm.guest().id().toLowerCase(Locale.ROOT);
    boot(vm, id, mapping, found);
    if (!id.isBlank() && !id.matches(SUPPORTED)) {
      found.warning(
          Rule.OS_UNSUPPORTED,
          "The guest is " + (vm.guest().fullName().isBlank() ? id : vm.guest().fullName()) + ".",
          "It is not among the systems that guest conversion is made for.",
          "Try a test migration first; compatibility devices (SATA, e1000e) need no new drivers.");
    }
    if (vm.boot().tpm()) {
      found.warning(
          Rule.TPM,
          "The VM has a virtual TPM.",
          "What the TPM holds (BitLocker keys) cannot be copied.",
          "Suspend BitLocker and keep the recovery key at hand.");
    }
    String hostname = vm.guest().hostname();
    if (vm.guest().toolsRunning()) {
      if (hostname == null || hostname.isBlank()) {
        found.warning(
            Rule.HOSTNAME_EMPTY,
            "The guest has no host name.",
            "After the cutover nothing tells that the right guest booted.",
            "Give the guest a host name.");
      } else if (hostname.startsWith("localhost")) {
        found.warning(
            Rule.HOSTNAME_DEFAULT,
            "The guest calls itself " + hostname + ".",
            "After the cutover nothing tells that the right guest booted.",
            "Give the guest a host name.");
      }
    }
    preference(vm, id, found);
    room(vm, mapping, found);
  }

  /** Whether the guest has a driver for the bus that it will boot from. */
  private static void boot(Inventory.Vm vm, String id, Mapping mapping, Findings found) {
    String observed =
        "The guest boots from "
            + controllers(vm)
            + " today, and from "
            + (mapping.compatibility() ? "SATA" : "virtio")
            + " then.";
    if (!mapping.compatibility()) {
      if (id.matches(NOT_CONVERTED)) {
        found.blocker(
            Rule.BOOT_IMPOSSIBLE,
            observed,
            "Guest conversion knows no such system, so it gets no virtio driver.",
            "Plan it with compatibility devices (SATA, e1000e).");
      }
      return;
    }
    // The firmware tries a SATA disk before all others, so that one is what it boots from.
    if (vm.disks().stream().anyMatch(disk -> disk.controller().equals("sata"))) {
      return;
    }
    if (id.matches(NO_AHCI)) {
      found.blocker(
          Rule.BOOT_IMPOSSIBLE,
          observed,
          "Windows before Vista comes without a SATA (AHCI) driver.",
          "Install one in the guest and move its boot disk to a SATA controller at the source"
              + " first, or plan it with guest conversion.");
    } else if (id.startsWith("win")) {
      found.warning(
          Rule.BOOT_NEEDS_AHCI,
          observed,
          "Windows does not start a storage driver at boot that it never needed: it stops with"
              + " 0x7B.",
          "Attach any disk or CD-ROM to a SATA controller once before the cutover, or plan the VM"
              + " with guest conversion.");
    } else {
      found.warning(
          Rule.BOOT_NEEDS_AHCI,
          observed,
          "An initramfs built for its present hardware may lack the SATA driver.",
          "Rebuild the initramfs with ahci before the cutover, or plan the VM with guest"
              + " conversion.");
    }
  }

  private static String controllers(Inventory.Vm vm) {
    String names =
        vm.disks().stream()
            .map(Inventory.Disk::controller)
            .distinct()
            .sorted()
            .collect(Collectors.joining(", "));
    return names.isEmpty() ? "no disk" : names;
  }

  /** What the preferences of KubeVirt's common instance types require of a machine. */
  private static void preference(Inventory.Vm vm, String id, Findings found) {
    boolean windows11 = id.startsWith("windows11") || id.startsWith("windows12");
    boolean efi = vm.boot().firmware() == Inventory.Firmware.EFI;
    if (windows11 && (!efi || !vm.boot().tpm())) {
      found.warning(
          Rule.PREFERENCE_REQUIREMENTS,
          "It boots by " + vm.boot().firmware() + (vm.boot().tpm() ? "" : " and has no TPM") + ".",
          "Windows 11 wants EFI with secure boot and a TPM; updates may refuse to install without.",
          "Nothing if it runs today; the target is made as the source is.");
    }
    int cpus = windows11 || id.startsWith("windows20") ? (windows11 ? 2 : 1) : 1;
    long least =
        windows11 ? 4096 : id.startsWith("win") ? 2048 : id.startsWith("rhel") ? 1536 : 512;
    if (vm.compute().cpus() < cpus || vm.compute().memoryMiB() < least) {
      found.warning(
          Rule.PREFERENCE_REQUIREMENTS,
          vm.compute().cpus() + " CPU(s) and " + vm.compute().memoryMiB() + " MiB of memory.",
          "The preference of its system requires "
              + cpus
              + " CPU(s) and "
              + least
              + " MiB; the API refuses a VM below with that preference.",
          "Enlarge it, or plan it without a preference.");
    }
  }

  /** Free space that a guest conversion needs, where it is told ({@code Free /boot}). */
  private static void room(Inventory.Vm vm, Mapping mapping, Findings found) {
    if (mapping.compatibility()) {
      return;
    }
    boolean silent = !vm.guest().toolsRunning();
    if (vm.attributes().keySet().stream().noneMatch(name -> name.startsWith("Free "))
        && (silent || MachineConcerns.said(vm, "Guest Disks"))) {
      found.info(
          Rule.GUEST_DISKS_UNKNOWN,
          silent
              ? "VMware Tools do not run, so nothing tells what file systems the guest has."
              : "The export does not say what file systems the guest has.",
          "Conversion needs 100 MiB free on C: or /, and cannot open a volume that LUKS or"
              + " BitLocker encrypts.",
          "Look it up in the guest, and export the tab vPartition.");
    }
    for (Map.Entry<String, String> attribute :
        new java.util.TreeMap<>(vm.attributes()).entrySet()) {
      if (!attribute.getKey().startsWith("Free ")) {
        continue;
      }
      String where = attribute.getKey().substring("Free ".length());
      long free;
      try {
        free = Long.parseLong(attribute.getValue());
      } catch (NumberFormatException e) {
        continue;
      }
      String path = where.toLowerCase(Locale.ROOT);
      long least = path.equals("/") || path.startsWith("c:") ? 100 : path.equals("/boot") ? 50 : 10;
      if (free < least * MIB) {
        found.blocker(
            Rule.GUEST_DISK_FULL,
            where + " has " + free / MIB + " MiB free.",
            "Guest conversion needs " + least + " MiB there for drivers and a new initramfs.",
            "Free space in the guest, or plan it with compatibility devices.");
      }
    }
  }
}
