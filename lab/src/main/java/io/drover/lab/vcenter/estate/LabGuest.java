// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.storage.LabGuestIdentity;
import io.drover.lab.vcenter.storage.LabGuestMarker;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The guest inside a virtual machine: while it runs it writes to its disks, at each turn a block of
 * data somewhere, a heartbeat (counter and CRC32C at byte 528384) and a {@link LabGuestMarker}; a
 * shutdown leaves a last, clean marker on every disk.
 */
public final class LabGuest {
  /**
   * Byte offset of the heartbeat: 8 bytes magic, 8 bytes counter, 8 bytes CRC32C of the 16 before
   * it.
   */
  public static final long HEARTBEAT = LabGuestMarker.OFFSET + 4096;

  private static final byte[] PULSE = "DRVPULSE".getBytes(StandardCharsets.US_ASCII);
  private static final int DATA = 4096;
  private static final int PLACES = 48;
  private static final long SMALLEST = 2 << 20;

  private final LabVm vm;
  private final Map<LabDisk, Deque<LabGuestMarker.Write>> latest = new HashMap<>();
  private final SplittableRandom random;
  private boolean running;
  private boolean leaving;
  private boolean silent;
  private int boot;
  private long counter;
  private @Nullable LabGuestMarker last;
  private boolean cleanlyOff = true;

  LabGuest(LabVm vm) {
    this.vm = vm;
    this.random = vm.estate().split();
  }

  /** Installs the guest: it runs once and is shut down cleanly, so its disks tell who it is. */
  synchronized void install() {
    start(false);
    finish();
    last = read();
  }

  /** Boots: reads its disks, then writes from time to time until it is halted. */
  synchronized void start() {
    start(true);
  }

  private void start(boolean alive) {
    boot++;
    running = true;
    leaving = false;
    silent = false;
    cleanlyOff = false;
    latest.clear();
    LabGuestMarker before = last == null ? read() : last;
    last =
        new LabGuestMarker(
            vm.instanceUuid(),
            new UUID(random.nextLong(), random.nextLong()),
            before == null ? 0 : before.sequence(),
            false,
            List.of());
    identify();
    if (alive && vm.estate().pace().guestWrites().isPositive()) {
      int mine = boot;
      writeOnce(false);
      Thread.ofVirtual().name("lab-guest-" + vm.name()).start(() -> live(mine));
    }
  }

  private List<LabDisk> written() {
    return vm.disks().stream()
        .filter(d -> d.rawDevice() == null && d.sizeBytes() >= SMALLEST)
        .toList();
  }

  /** Tells on the boot disk who it is, unless it says so already. */
  private void identify() {
    List<LabDisk> disks = written();
    if (disks.isEmpty()) {
      return;
    }
    Map<String, String> addresses = new HashMap<>();
    vm.nics().stream()
        .filter(nic -> !nic.ip().isEmpty())
        .forEach(nic -> addresses.put(nic.mac(), nic.ip()));
    String id = vm.os().guestId();
    byte[] identity =
        new LabGuestIdentity(
                vm.hostName(),
                id,
                vm.os().fullName(),
                vm.config().efi(),
                !id.startsWith("centos6") && !id.startsWith("winLonghorn"),
                id.startsWith("ubuntu") || id.startsWith("debian"),
                disks.size(),
                disks.getFirst().sizeBytes() * 9 / 10,
                addresses)
            .toBytes();
    LabDisk first = disks.getFirst();
    if (!Arrays.equals(
        first.content().read(LabGuestIdentity.OFFSET, LabGuestIdentity.LENGTH), identity)) {
      first.content().write(LabGuestIdentity.OFFSET, identity);
    }
  }

  private @Nullable LabGuestMarker read() {
    if (written().isEmpty()) {
      return null;
    }
    LabDisk first = written().getFirst();
    try {
      return LabGuestMarker.verify(first.content()::read).marker();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  private synchronized void live(int mine) {
    Duration pause = vm.estate().pace().guestWrites();
    try {
      while (true) {
        // not in step with the other guests
        wait(pause.toMillis() / 2 + random.nextLong(pause.toMillis() + 1) + 1);
        if (!running || boot != mine) {
          return;
        }
        writeOnce(false);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Writes now, as a running guest does now and then; nothing happens if it does not run. */
  public synchronized void write() {
    if (running) {
      writeOnce(false);
    }
  }

  private void writeOnce(boolean shutDown) {
    LabGuestMarker before = last;
    if (before == null) {
      return;
    }
    List<LabDisk> disks = written();
    if (disks.isEmpty()) {
      return;
    }
    counter++;
    LabDisk one = disks.get(random.nextInt(disks.size()));
    byte[] data = new byte[DATA];
    random.nextBytes(data);
    long first = one.content().firstDataByte();
    long step = Math.max(DATA, (one.content().endOfData() - first) / PLACES / DATA * DATA);
    long at =
        Math.min(first + step * random.nextLong(PLACES), one.sizeBytes() - 2L * DATA) / DATA * DATA;
    one.content().write(at, data);
    Deque<LabGuestMarker.Write> writes = latest.computeIfAbsent(one, d -> new ArrayDeque<>());
    writes.removeIf(w -> w.offset() == at);
    writes.addLast(LabGuestMarker.Write.of(at, data));
    if (writes.size() > LabGuestMarker.MEMORY) {
      writes.removeFirst();
    }
    for (LabDisk disk : disks) {
      LabGuestMarker marker =
          before.next(shutDown, List.copyOf(latest.getOrDefault(disk, new ArrayDeque<>())));
      disk.content().write(HEARTBEAT, pulse());
      disk.content().write(LabGuestMarker.OFFSET, marker.toBytes());
      if (disk == disks.getFirst()) {
        last = marker;
      }
    }
  }

  private byte[] pulse() {
    ByteBuffer b = ByteBuffer.allocate(24).put(PULSE).putLong(counter);
    CRC32C crc = new CRC32C();
    crc.update(b.array(), 0, 16);
    return b.putLong(crc.getValue()).array();
  }

  /** Stops at once, as when the power is cut; no write comes after it returned. */
  synchronized void halt() {
    running = false;
    notifyAll();
  }

  /**
   * The guest's own last act: all disks get the final marker, then it halts. False if it did not
   * run any more.
   */
  synchronized boolean finish() {
    if (!running) {
      return false;
    }
    writeOnce(true);
    cleanlyOff = true;
    halt();
    return true;
  }

  /** Runs while the guest stands still, as ESXi stuns it for a snapshot. */
  synchronized void stunned(Runnable work) {
    work.run();
  }

  public synchronized boolean running() {
    return running;
  }

  /** It goes down from now on; gives the number of this boot. */
  synchronized int leave() {
    leaving = running;
    return boot;
  }

  /** Its tools stop, well before it is off; false where it is not this boot that goes down. */
  synchronized boolean fallSilent(int going) {
    silent = leaving && boot == going;
    return silent;
  }

  /** The end of a shutdown of this boot. */
  synchronized boolean finish(int going) {
    return leaving && boot == going && finish();
  }

  /** Whether it says that it goes down. */
  synchronized boolean leaving() {
    return running && leaving && !silent;
  }

  /** Whether its tools stopped on its way down. */
  synchronized boolean silent() {
    return running && silent;
  }

  synchronized boolean cleanlyOff() {
    return cleanlyOff;
  }

  synchronized @Nullable LabGuestMarker lastMarker() {
    return last;
  }
}
