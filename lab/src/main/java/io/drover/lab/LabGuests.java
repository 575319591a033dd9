// SPDX-License-Identifier: Apache-2.0
package io.drover.lab;

import io.drover.lab.cluster.control.virt.GuestBoot;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabNic;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.storage.LabGuestMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Boots the guests of the lab's vCenter in the lab's cluster: only from a disk that holds what the
 * guest wrote last at its source, and only on hardware that the guest can boot from.
 */
public final class LabGuests implements GuestBoot {
  private static final int BLOCK = 4096;

  /** Where a booted guest keeps its log, behind the marker and before the first partition. */
  private static final long LOG_AT = LabGuestMarker.OFFSET + 64 * 1024;

  private final LabEstate estate;

  public LabGuests(LabEstate estate) {
    this.estate = estate;
  }

  @Override
  public Guest boot(Machine machine) throws IOException {
    Drive drive =
        machine
            .bootDrive()
            .orElseThrow(() -> new NotBootable("No bootable device: the machine has no disk"));
    LabGuestMarker.Verdict verdict = LabGuestMarker.verify(drive.image());
    LabGuestMarker marker = verdict.marker();
    if (!verdict.bootable() || marker == null) {
      throw new NotBootable("Boot failed: " + verdict.reason());
    }
    LabVm source =
        source(marker.instanceUuid())
            .orElseThrow(() ->
                new NotBootable(
                    "Boot failed: the disk belongs to "
                        + marker.instanceUuid()
                        + ", which nobody knows"));
    LabGuestMarker last = source.lastMarker();
    if (last != null && last.sequence() > marker.sequence()) {
      throw new NotBootable(
          "Boot failed: the disk holds write "
              + marker.sequence()
              + ", but "
              + source.name()
              + " wrote "
              + last.sequence()
              + " last");
    }
    if (!machine.firmware().uuid().isEmpty()
        && !machine.firmware().uuid().equalsIgnoreCase(source.biosUuid().toString())) {
      throw new NotBootable(
          "Licence check failed: the machine's UUID is not that of " + source.name());
    }
    if (drive.bus().equals("virtio") && !drive.converted()) {
      throw new NotBootable("No boot device: the guest has no virtio driver and was not converted");
    }
    return new Booted(source, machine, drive.image(), drive.volume());
  }

  private Optional<LabVm> source(UUID instance) {
    return estate.vms().stream().filter(vm -> vm.instanceUuid().equals(instance)).findFirst();
  }

  /** A guest that runs on copied disks. */
  private static final class Booted implements Guest {
    private final LabVm source;
    private final Machine machine;
    private final Path image;
    private final String volume;
    private final AtomicLong turns = new AtomicLong();

    Booted(LabVm source, Machine machine, Path image, String volume) {
      this.source = source;
      this.machine = machine;
      this.image = image;
      this.volume = volume;
    }

    @Override
    public Identity identity() {
      Map<String, List<String>> addresses = new HashMap<>();
      for (LabNic nic : source.nics()) {
        if (!nic.ip().isEmpty()) {
          addresses.put(nic.mac().toLowerCase(Locale.ROOT), List.of(nic.ip()));
        }
      }
      boolean windows = source.os().windows();
      return new Identity(
          source.hostName(),
          source.tools(),
          new Os(windows ? "mswindows" : "linux", source.os().fullName(), "", ""),
          List.of(
              new Filesystem(
                  windows ? "C:" : "/dev/vda2",
                  windows ? "C:\\" : "/",
                  windows ? "NTFS" : "xfs",
                  1L << 30,
                  8L << 30)),
          addresses);
    }

    @Override
    public Map<String, Long> work() throws IOException {
      ByteBuffer block = ByteBuffer.allocate(BLOCK);
      block.putLong(turns.incrementAndGet());
      block.put(machine.name().getBytes(java.nio.charset.StandardCharsets.UTF_8));
      block.rewind();
      try (FileChannel disk = FileChannel.open(image, StandardOpenOption.WRITE)) {
        while (block.hasRemaining()) {
          disk.write(block, LOG_AT + block.position());
        }
      }
      return Map.of(volume, (long) BLOCK);
    }

    @Override
    public void shutDown() {
      turns.incrementAndGet();
    }
  }
}
