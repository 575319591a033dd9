// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.moved;

import io.drover.lab.cluster.control.cdi.VddkSource;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.LabDisk;
import io.drover.lab.vcenter.estate.LabSnapshot;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.storage.BlockSource;
import io.drover.lab.vcenter.storage.LabDiskContent;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Reads disks of lab vCenters in the place of VMware's VDDK, with what CDI hands to that library:
 * who logs in, which server, which virtual machine, snapshot and change id.
 */
public final class LabVddkSource implements VddkSource {
  private final List<LabVCenter> vcenters;

  /** Reads disks of these vCenters. */
  public LabVddkSource(LabVCenter... vcenters) {
    this.vcenters = List.of(vcenters);
  }

  @Override
  public Disk open(Request request) throws IOException {
    LabVCenter vcenter =
        vcenters.stream()
            .filter(v ->
                request.url().startsWith(v.url().resolve("/").toString())
                    || request.url().equals(v.url().getAuthority()))
            .findFirst()
            .orElseThrow(
                () -> new IOException("VixDiskLib: cannot connect to host " + request.url()));
    if (!plain(request.thumbprint()).equals(plain(vcenter.sha1Thumbprint()))
        && !plain(request.thumbprint()).equals(plain(vcenter.sha256Thumbprint()))) {
      throw new IOException(
          "VixDiskLib: SSL exception: the server's thumbprint is " + vcenter.sha1Thumbprint());
    }
    if (!request.user().equals(vcenter.user()) || !request.password().equals(vcenter.password())) {
      throw new IOException(
          "VixDiskLib: insufficient permissions in the host operating system: login of "
              + request.user()
              + " failed");
    }
    LabVm vm =
        vcenter.estate().vms().stream()
            .filter(v ->
                v.biosUuid().toString().equals(request.uuid())
                    || v.instanceUuid().toString().equals(request.uuid()))
            .findFirst()
            .orElseThrow(() ->
                new IOException(
                    "VixDiskLib: there is no virtual machine with uuid " + request.uuid()));
    return vcenter.estate().locked(() -> find(vm, request)).open();
  }

  private static String plain(String thumbprint) {
    return thumbprint.replace(":", "").toLowerCase(Locale.ROOT);
  }

  /** What was found under the lock; refused outside of it. */
  private record Found(@Nullable Disk disk, String refusal) {
    Disk open() throws IOException {
      if (disk == null) {
        throw new IOException(refusal);
      }
      return disk;
    }
  }

  private static Found refused(String why) {
    return new Found(null, why);
  }

  private static Found find(LabVm vm, Request request) {
    String base = request.backingFile().replaceFirst("-\\d{6}\\.vmdk$", ".vmdk");
    LabDisk disk =
        vm.disks().stream()
            .filter(d -> d.file().replaceFirst("-\\d{6}\\.vmdk$", ".vmdk").equals(base))
            .findFirst()
            .orElse(null);
    if (disk == null) {
      return refused("VixDiskLib: the file " + request.backingFile() + " was not found");
    }
    if (vm.lease() != null) {
      return refused("VixDiskLib: failed to lock the file " + request.backingFile());
    }
    if (request.current().isEmpty()) {
      if (vm.poweredOn()) {
        return refused(
            "VixDiskLib: failed to lock the file "
                + request.backingFile()
                + ": the virtual machine runs");
      }
      return ofBlocks(disk, disk.content().now(), request, null);
    }
    LabSnapshot snapshot =
        vm.snapshots().all().stream()
            .filter(s -> s.ref().value().equals(request.current()))
            .findFirst()
            .orElse(null);
    if (snapshot == null) {
      return refused("VixDiskLib: the snapshot " + request.current() + " was not found");
    }
    LabDiskContent.Frozen frozen = snapshot.bytes(disk);
    if (frozen == null) {
      return refused(
          "VixDiskLib: the snapshot "
              + request.current()
              + " does not include "
              + request.backingFile());
    }
    return ofBlocks(disk, frozen, request, snapshot.changeId(disk));
  }

  private static Found ofBlocks(
      LabDisk disk, BlockSource source, Request request, @Nullable String until) {
    BitSet blocks = source.allocatedBlocks();
    if (!request.previous().isEmpty()) {
      blocks = disk.content().changed(request.previous(), until);
      if (blocks == null) {
        return refused(
            "QueryChangedDiskAreas: a specified parameter was not correct: changeId "
                + request.previous());
      }
    }
    return new Found(new OpenDisk(source, areas(blocks, source.size())), "");
  }

  private static List<Area> areas(BitSet blocks, long size) {
    List<Area> areas = new ArrayList<>();
    for (int block = blocks.nextSetBit(0); block >= 0; ) {
      int after = blocks.nextClearBit(block);
      long from = (long) block * LabDiskContent.BLOCK;
      areas.add(new Area(from, Math.min(size, (long) after * LabDiskContent.BLOCK) - from));
      block = blocks.nextSetBit(after);
    }
    return areas;
  }

  private record OpenDisk(BlockSource source, List<Area> areas) implements Disk {
    @Override
    public long size() {
      return source.size();
    }

    @Override
    public void read(long offset, ByteBuffer into) {
      long at = offset;
      while (into.hasRemaining()) {
        int inside = (int) (at % LabDiskContent.BLOCK);
        int count = Math.min(into.remaining(), LabDiskContent.BLOCK - inside);
        into.put(source.block((int) (at / LabDiskContent.BLOCK)), inside, count);
        at += count;
      }
    }

    @Override
    public void close() {
      // nothing is held open
    }
  }
}
