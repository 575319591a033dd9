// SPDX-License-Identifier: Apache-2.0
package io.drover.app.road;

import io.drover.lab.cluster.control.PlainGuest;
import io.drover.lab.cluster.control.virt.GuestBoot;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The guests of the herd at the target. Before one boots for the first time, and so before anybody
 * there writes, qemu-img compares each of its volumes with the VMDK at the source; a guest boots
 * only from disks that are its own and in their order. Running, it writes.
 */
final class HerdGuests implements GuestBoot {
  private final HerdDisks disks;
  private final Map<String, String> verdicts = new ConcurrentHashMap<>();

  HerdGuests(HerdDisks disks) {
    this.disks = disks;
  }

  /** {@code equal}, or what qemu-img said, per {@code vm/disk} that was to boot. */
  Map<String, String> verdicts() {
    return new TreeMap<>(verdicts);
  }

  @Override
  public Guest boot(Machine machine) throws IOException {
    String name = machine.name();
    for (int i = 0; i < machine.drives().size(); i++) {
      Path image = machine.drives().get(i).image();
      String volume = name + "/" + i;
      if (!verdicts.containsKey(volume)) {
        String difference = disks.difference(name, i, image);
        verdicts.put(volume, difference == null ? "equal" : difference);
      }
      String label = HerdDisks.label(name, i);
      if (!read(image, HerdDisks.LABEL, label.length()).equals(label)) {
        throw new NotBootable("No bootable device: volume " + i + " is not '" + label + "'.");
      }
    }
    Drive first =
        machine.bootDrive().orElseThrow(() -> new NotBootable("No bootable device: no disk."));
    return new PlainGuest(name, first, machine.nics(), HerdDisks.SCRATCH);
  }

  private static String read(Path image, long at, int length) throws IOException {
    ByteBuffer to = ByteBuffer.allocate(length);
    try (FileChannel channel = FileChannel.open(image, StandardOpenOption.READ)) {
      while (to.hasRemaining() && channel.read(to, at + to.position()) >= 0) {
        // A channel may give less than was asked for.
      }
    }
    return new String(to.array(), StandardCharsets.US_ASCII);
  }
}
