// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plays what happens when a virtual machine is powered on: looks at its disks as firmware and guest
 * would, and boots only from what a guest really wrote. The lab vCenter's guests know how to read
 * their own traces.
 */
@FunctionalInterface
public interface GuestBoot {

  /**
   * Starts the guest of a machine.
   *
   * @throws NotBootable when no guest comes up from these disks; the message is what a person would
   *     see on the console
   */
  Guest boot(Machine machine) throws IOException;

  /** The hardware that a guest finds. */
  record Machine(
      String namespace, String name, Firmware firmware, List<Drive> drives, List<Nic> nics) {

    /** The drive that the firmware tries first. */
    public Optional<Drive> bootDrive() {
      return drives.stream().findFirst();
    }
  }

  /**
   * Firmware and its options.
   *
   * @param efi EFI, else BIOS
   * @param secureBoot whether it checks signatures
   * @param tpm whether a TPM is there
   * @param uuid SMBIOS UUID, may be empty
   */
  record Firmware(boolean efi, boolean secureBoot, boolean tpm, String uuid) {}

  /**
   * One disk, boot disk first.
   *
   * @param volume name of the volume in the machine's spec
   * @param bus virtio, sata, scsi or usb
   * @param serial as the guest sees it, may be empty
   * @param image the raw bytes
   * @param converted whether a guest conversion ran on it
   */
  record Drive(String volume, String bus, String serial, Path image, boolean converted) {}

  /**
   * One network card.
   *
   * @param name name in the machine's spec
   * @param mac address, may be empty
   * @param model virtio, e1000e and so on
   * @param network multus network, or {@code pod}
   */
  record Nic(String name, String mac, String model, String network) {}

  /** A guest that runs. */
  interface Guest {

    /** What its agent tells, if it has one. */
    Identity identity();

    /** Lets the guest work a moment: bytes written to each volume, by volume name. */
    Map<String, Long> work() throws IOException;

    /** Shuts the guest down cleanly; nothing is written after this returns. */
    void shutDown() throws IOException;
  }

  /**
   * What a guest is.
   *
   * @param hostname its name
   * @param agent whether a QEMU guest agent runs in it
   * @param os operating system
   * @param filesystems mounted ones
   * @param addresses IP addresses by MAC (lower case, colons)
   */
  record Identity(
      String hostname,
      boolean agent,
      Os os,
      List<Filesystem> filesystems,
      Map<String, List<String>> addresses) {}

  /**
   * An operating system, in the agent's words.
   *
   * @param id for example {@code rhel}, {@code mswindows}
   * @param name for example {@code Red Hat Enterprise Linux}
   * @param versionId for example {@code 9.4}
   * @param kernelRelease for example {@code 5.14.0-427.el9.x86_64}
   */
  record Os(String id, String name, String versionId, String kernelRelease) {}

  /**
   * A mounted filesystem.
   *
   * @param device the guest's name of the disk
   * @param mountPoint where
   * @param type for example {@code xfs}
   * @param usedBytes bytes in use
   * @param totalBytes bytes in all
   */
  record Filesystem(
      String device, String mountPoint, String type, long usedBytes, long totalBytes) {}

  /** No guest comes up from these disks. */
  final class NotBootable extends IOException {
    private static final long serialVersionUID = 1L;

    /** With what the console would show. */
    public NotBootable(String message) {
      super(message);
    }
  }
}
