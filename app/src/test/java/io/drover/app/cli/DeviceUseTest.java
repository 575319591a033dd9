// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A disk with one partition, as procfs and sysfs of a Linux show it. */
class DeviceUseTest {
  @TempDir Path folder;
  private Path proc;
  private Path disk;
  private Path partition;
  private DeviceUse use;

  @BeforeEach
  void disk() throws IOException {
    proc = Files.createDirectories(folder.resolve("proc/self")).getParent();
    mounts("22 1 0:21 / /proc rw - proc proc rw");
    Files.writeString(proc.resolve("swaps"), "Filename\tType\tSize\tUsed\tPriority\n");
    Path sys = folder.resolve("sys");
    disk = sys.resolve("dev/block/8:16");
    partition = disk.resolve("sdb1");
    Files.createDirectories(disk.resolve("holders"));
    Files.createDirectories(partition.resolve("holders"));
    Files.createDirectories(disk.resolve("queue"));
    Files.writeString(partition.resolve("partition"), "1\n");
    Files.writeString(partition.resolve("dev"), "8:17\n");
    use = new DeviceUse(proc, sys);
  }

  @Test
  void whatNothingUsesIsFree() throws Exception {
    mounts("30 1 8:1 / / rw shared:1 - ext4 /dev/sda1 rw");

    assertThat(use.ofNumber("8:16")).isNull();
    assertThat(use.ofNumber("8:99")).as("no block device").isNull();
    assertThat(DeviceUse.of(proc.resolve("swaps"))).as("a file").isNull();
    assertThat(DeviceUse.of(Path.of("/dev/null"))).as("no block device").isNull();
  }

  @Test
  void aMountedDiskIsUsed() throws Exception {
    mounts("31 1 8:16 / /srv/data rw shared:1 master:2 - xfs /dev/sdb rw");

    assertThat(use.ofNumber("8:16")).isEqualTo("mounted at /srv/data");
  }

  @Test
  void soIsADiskWhosePartitionIsMounted() throws Exception {
    mounts("31 1 8:17 / /srv/data rw - ext4 /dev/sdb1 rw");

    assertThat(use.ofNumber("8:16")).isEqualTo("mounted at /srv/data");
  }

  @Test
  void soIsAPartOfALogicalVolume() throws Exception {
    Files.createFile(partition.resolve("holders/dm-3"));

    assertThat(use.ofNumber("8:16")).isEqualTo("a part of /dev/dm-3");
  }

  private void mounts(String... lines) throws IOException {
    Files.write(proc.resolve("self/mountinfo"), List.of(lines));
  }
}
