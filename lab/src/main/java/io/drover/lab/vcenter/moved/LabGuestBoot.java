// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.moved;

import io.drover.lab.cluster.control.virt.GuestBoot;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.storage.LabGuestIdentity;
import io.drover.lab.vcenter.storage.LabGuestMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Boots the guests of a lab vCenter from moved disks, as firmware and kernel would: right firmware,
 * a partition table, a driver for the bus, and on every disk what the guest wrote last. A copy that
 * missed the last delta does not boot.
 */
public final class LabGuestBoot implements GuestBoot {
  private final List<LabEstate> sources;
  private final Map<String, String> hanging = new ConcurrentHashMap<>();

  private LabGuestBoot(List<LabEstate> sources) {
    this.sources = sources;
  }

  /** Judges by the disks alone: whole and all of one moment. */
  public static LabGuestBoot ofDisks() {
    return new LabGuestBoot(List.of());
  }

  /**
   * Judges by the sources too: a disk older than what its guest wrote last at the source does not
   * boot.
   */
  public static LabGuestBoot knowing(LabEstate... sources) {
    return new LabGuestBoot(List.of(sources));
  }

  /**
   * Lets a guest fail to come up at the target, to show what happens then.
   *
   * @param hostname the guest's name for itself, or its first label
   * @param console what stands on its console
   */
  public void hang(String hostname, String console) {
    hanging.put(hostname, console);
  }

  @Override
  public Guest boot(Machine machine) throws IOException {
    Drive first =
        machine
            .bootDrive()
            .orElseThrow(() -> new NotBootable("No bootable device: the machine has no disk."));
    byte[] sector = read(first.image(), 0, 512);
    if ((sector[510] & 0xff) != 0x55 || (sector[511] & 0xff) != 0xaa) {
      throw new NotBootable("No bootable device: " + first.volume() + " has no partition table.");
    }
    LabGuestIdentity identity =
        LabGuestIdentity.read((offset, length) -> read(first.image(), offset, length));
    if (identity == null) {
      throw new NotBootable(
          "No bootable device: no guest was ever installed on " + first.volume() + ".");
    }
    if (identity.efi() != machine.firmware().efi()) {
      throw new NotBootable(
          "No bootable device: "
              + identity.hostname()
              + " was installed for "
              + (identity.efi() ? "EFI" : "BIOS")
              + ", and the machine has "
              + (machine.firmware().efi() ? "EFI." : "BIOS."));
    }
    if (first.bus().equals("virtio") && !identity.virtio() && !first.converted()) {
      throw new NotBootable(
          identity.guestId().startsWith("win")
              ? "INACCESSIBLE_BOOT_DEVICE (0x7B): Windows has no virtio driver; convert the guest or choose SATA."
              : "dracut: could not find the root device: the initramfs has no virtio driver; convert the guest or choose SATA.");
    }
    LabGuestMarker marker = markers(machine, identity);
    String hang =
        hanging.getOrDefault(identity.hostname(), hanging.get(identity.hostname().split("\\.")[0]));
    if (hang != null) {
      throw new NotBootable(hang);
    }
    return new MovedGuest(machine, identity, marker);
  }

  private LabGuestMarker markers(Machine machine, LabGuestIdentity identity) throws IOException {
    @Nullable LabGuestMarker boot = null;
    int whole = 0;
    for (Drive drive : machine.drives()) {
      LabGuestMarker.Verdict verdict = LabGuestMarker.verify(drive.image());
      LabGuestMarker marker = verdict.marker();
      if (marker == null
          && drive != machine.drives().getFirst()
          && verdict.reason().startsWith("No guest")) {
        continue;
      }
      if (marker == null || !verdict.whole()) {
        throw new NotBootable(
            "Filesystem of " + drive.volume() + " is damaged: " + verdict.reason() + ".");
      }
      if (boot == null) {
        boot = marker;
      } else if (marker.sequence() != boot.sequence() || !marker.bootId().equals(boot.bootId())) {
        throw new NotBootable(
            "The disks are not of one moment: "
                + drive.volume()
                + " has marker "
                + marker.sequence()
                + ", the boot disk "
                + boot.sequence()
                + ".");
      }
      whole++;
    }
    if (boot == null) {
      throw new NotBootable("No bootable device: the machine has no disk.");
    }
    if (whole < identity.disks()) {
      throw new NotBootable(
          identity.hostname()
              + " misses a disk: it knows "
              + identity.disks()
              + ", and "
              + whole
              + " are there.");
    }
    UUID instance = boot.instanceUuid();
    Optional<LabVm> source =
        sources.stream()
            .flatMap(e -> e.vms().stream())
            .filter(vm -> vm.instanceUuid().equals(instance))
            .findFirst();
    LabGuestMarker last = source.map(LabVm::lastMarker).orElse(null);
    if (last != null && boot.sequence() < last.sequence()) {
      throw new NotBootable(
          "The disks are stale: they hold marker "
              + boot.sequence()
              + ", but the guest wrote "
              + last.sequence()
              + " at the source.");
    }
    return boot;
  }

  private static byte[] read(Path image, long offset, int length) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.READ)) {
      while (to.hasRemaining() && channel.read(to, offset + to.position()) >= 0) {
        // the end of the file reads as zeros
      }
    }
    return to.array();
  }

  /** A guest that came up at the target: it goes on with its markers, with a boot id of its own. */
  private static final class MovedGuest implements Guest {
    /**
     * Free bytes before the first partition: what the guest writes here costs its files nothing.
     */
    private static final long SCRATCH = 640 * 1024;

    private static final int PIECE = 4096;
    private static final int PIECES = LabGuestMarker.MEMORY;

    private final Machine machine;
    private final LabGuestIdentity identity;
    private LabGuestMarker marker;

    MovedGuest(Machine machine, LabGuestIdentity identity, LabGuestMarker found)
        throws IOException {
      this.machine = machine;
      this.identity = identity;
      this.marker =
          new LabGuestMarker(
              found.instanceUuid(), UUID.randomUUID(), found.sequence(), false, List.of());
      write(false);
    }

    @Override
    public Identity identity() {
      Drive first = machine.drives().getFirst();
      Map<String, List<String>> addresses = new java.util.TreeMap<>();
      for (Nic nic : machine.nics()) {
        String ip = identity.addresses().get(nic.mac().toLowerCase(java.util.Locale.ROOT));
        if (ip != null && !ip.isEmpty()) {
          addresses.put(nic.mac().toLowerCase(java.util.Locale.ROOT), List.of(ip));
        }
      }
      boolean windows = identity.guestId().startsWith("win");
      return new Identity(
          identity.hostname(),
          identity.agent() || first.converted(),
          new Os(
              windows ? "mswindows" : identity.guestId().replaceAll("[^a-z].*", ""),
              identity.osName(),
              identity.osName().replaceAll("\\(.*", "").replaceAll("\\D+", ""),
              windows ? "20348" : "5.14.0-427.el9.x86_64"),
          filesystems(windows),
          addresses);
    }

    /** One a disk, where the tools at the source told them. */
    private List<Filesystem> filesystems(boolean windows) {
      var all = new java.util.ArrayList<Filesystem>();
      for (int n = 0; n < machine.drives().size(); n++) {
        all.add(
            new Filesystem(
                windows ? "\\\\?\\Volume{" + n + "}" : "vd" + (char) ('a' + n),
                windows ? (char) ('C' + n) + ":\\" : n == 0 ? "/" : "/data" + n,
                windows ? "NTFS" : "xfs",
                identity.rootBytes() / 4,
                identity.rootBytes()));
      }
      return all;
    }

    @Override
    public synchronized Map<String, Long> work() throws IOException {
      return write(false);
    }

    @Override
    public synchronized void shutDown() throws IOException {
      write(true);
    }

    private Map<String, Long> write(boolean clean) throws IOException {
      Map<String, Long> written = new java.util.TreeMap<>();
      LabGuestMarker next = marker;
      for (Drive drive : machine.drives()) {
        boolean boot = drive == machine.drives().getFirst();
        if (!boot && LabGuestMarker.verify(drive.image()).marker() == null) {
          continue;
        }
        byte[] data = new byte[PIECE];
        long number = marker.sequence() + 1;
        ByteBuffer.wrap(data)
            .putLong(number)
            .putLong(Objects.hash(drive.volume(), marker.bootId()));
        long at = SCRATCH + number % PIECES * PIECE;
        try (FileChannel channel = FileChannel.open(drive.image(), StandardOpenOption.WRITE)) {
          channel.write(ByteBuffer.wrap(data), at);
        }
        LabGuestMarker mine = marker.next(clean, List.of(LabGuestMarker.Write.of(at, data)));
        mine.writeTo(drive.image());
        written.put(drive.volume(), (long) PIECE + LabGuestMarker.LENGTH);
        next = boot ? mine : next;
      }
      marker = next;
      return written;
    }
  }
}
