// SPDX-License-Identifier: Apache-2.0
package io.drover.app.road;

import io.drover.schemas.wire.Json;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The disks of a herd as they lie in a datastore: VMDKs that qemu-img wrote, with a partition table
 * and files of pseudo-random bytes, sparse. qemu-img is also the judge of what was moved.
 */
final class HerdDisks {
  /** Where a disk says whose it is: the first sector of its partition. */
  static final long LABEL = 1 << 20;

  /** A sector before the partition, which guests use and files do not. */
  static final long SCRATCH = 512 << 10;

  private static final int SECTOR = 512;

  private final Path folder;
  private final List<HerdVm> herd;

  private HerdDisks(Path folder, List<HerdVm> herd) {
    this.folder = folder;
    this.herd = herd;
  }

  /** Makes all disks of a herd; the same bytes for the same seed. */
  static HerdDisks make(Path folder, List<HerdVm> herd, long seed)
      throws IOException, InterruptedException {
    var made = new HerdDisks(folder, herd);
    var random = new Random(seed);
    for (HerdVm vm : herd) {
      Files.createDirectories(folder.resolve(vm.name()));
      for (int i = 0; i < vm.disks().size(); i++) {
        Path raw = folder.resolve("disk.raw");
        write(raw, vm.disks().get(i) * (1L << 20), label(vm.name(), i), random);
        var _ =
            run(
                List.of(
                    "qemu-img",
                    "convert",
                    "-f",
                    "raw",
                    "-O",
                    "vmdk",
                    "-o",
                    "subformat=monolithicFlat",
                    raw.toString(),
                    made.vmdk(vm.name(), i).toString()));
        Files.delete(raw);
      }
    }
    return made;
  }

  static String label(String name, int disk) {
    return "HERD " + name + " " + disk;
  }

  private static void write(Path raw, long size, String label, Random random) throws IOException {
    try (FileChannel disk =
        FileChannel.open(raw, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      put(disk, 0, partitionTable(size));
      put(disk, LABEL, label.getBytes(StandardCharsets.US_ASCII));
      long room = size - 2 * LABEL;
      for (int file = 0; file < 12; file++) {
        var bytes = new byte[(1 + random.nextInt(32)) * 32_768 + random.nextInt(4096)];
        if (file % 3 == 0) {
          byte[] line = ("line of file " + file + "\n").getBytes(StandardCharsets.US_ASCII);
          for (int i = 0; i < bytes.length; i++) {
            bytes[i] = line[i % line.length];
          }
        } else {
          random.nextBytes(bytes);
        }
        long at = 2 * LABEL + random.nextLong(room - bytes.length) / SECTOR * SECTOR;
        put(disk, at, bytes);
      }
      // The last sector, so that a copy that ends early is seen.
      put(disk, size - SECTOR, "the end".getBytes(StandardCharsets.US_ASCII));
    }
  }

  /** A boot record with one Linux partition from 1 MiB to the end. */
  private static byte[] partitionTable(long size) {
    ByteBuffer table = ByteBuffer.allocate(SECTOR).order(ByteOrder.LITTLE_ENDIAN);
    table.put(446, (byte) 0x80).put(450, (byte) 0x83);
    table.putInt(454, (int) (LABEL / SECTOR)).putInt(458, (int) ((size - LABEL) / SECTOR));
    table.put(510, (byte) 0x55).put(511, (byte) 0xaa);
    return table.array();
  }

  private static void put(FileChannel disk, long at, byte[] bytes) throws IOException {
    ByteBuffer from = ByteBuffer.wrap(bytes);
    while (from.hasRemaining()) {
      at += disk.write(from, at);
    }
  }

  /** The file with the herd that the simulator's {@code -herd} reads. */
  Path describe() throws IOException {
    var all = new ArrayList<Map<String, Object>>();
    for (HerdVm vm : herd) {
      var disks = new ArrayList<String>();
      for (int i = 0; i < vm.disks().size(); i++) {
        disks.add(vmdk(vm.name(), i).toString());
      }
      Map<String, Object> one = new LinkedHashMap<>();
      one.put("name", vm.name());
      one.put("guestId", vm.guestId());
      one.put("firmware", vm.efi() ? "efi" : "bios");
      one.put("tools", vm.tools());
      one.put("running", true);
      one.put("disks", disks);
      all.add(one);
    }
    return Files.write(folder.resolve("herd.json"), Json.write(all));
  }

  /** The description of a disk in the datastore. */
  Path vmdk(String vm, int disk) {
    return folder.resolve(vm).resolve("disk-" + disk + ".vmdk");
  }

  /** The bytes of a disk in the datastore. */
  Path bytes(String vm, int disk) {
    return folder.resolve(vm).resolve("disk-" + disk + "-flat.vmdk");
  }

  /**
   * The SHA-256 of every disk as it lies in the datastore, by {@code vm/disk}. Not by the JVM,
   * which takes half a minute of CPU for these 1.6 GiB where it has its first compiler only, and
   * not by sha256sum, which takes five times what OpenSSL takes.
   */
  Map<String, String> digests() throws IOException, InterruptedException {
    var digests = new TreeMap<String, String>();
    for (HerdVm vm : herd) {
      for (int i = 0; i < vm.disks().size(); i++) {
        String said =
            run(List.of("openssl", "dgst", "-sha256", "-r", bytes(vm.name(), i).toString()));
        digests.put(vm.name() + "/" + i, said.substring(0, said.indexOf(' ')));
      }
    }
    return digests;
  }

  /**
   * What qemu-img says of a volume beside the VMDK that it was copied from.
   *
   * @return null when both hold the same
   */
  @Nullable String difference(String vm, int disk, Path volume) throws IOException {
    try {
      var _ =
          run(
              List.of(
                  "qemu-img",
                  "compare",
                  "-f",
                  "vmdk",
                  "-F",
                  "raw",
                  vmdk(vm, disk).toString(),
                  volume.toString()));
      return null;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "interrupted";
    } catch (IllegalStateException e) {
      return e.getMessage();
    }
  }

  private static String run(List<String> command) throws IOException, InterruptedException {
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    process.getOutputStream().close();
    String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (!process.waitFor(60, TimeUnit.SECONDS) || process.exitValue() != 0) {
      throw new IllegalStateException(String.join(" ", command) + ": " + said.strip());
    }
    return said;
  }
}
