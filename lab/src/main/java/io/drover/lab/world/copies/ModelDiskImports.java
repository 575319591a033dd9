// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.DiskImports;
import io.drover.converter.SourceDisks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import java.io.IOException;
import java.nio.channels.Channels;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import org.jspecify.annotations.Nullable;

/** Target volumes of a {@link CopiesWorld}. */
public final class ModelDiskImports implements DiskImports {
  private final CopiesWorld world;
  private final InstantSource clock;

  public ModelDiskImports(CopiesWorld world, InstantSource clock) {
    this.world = world;
    this.clock = clock;
  }

  private static String name(CopyOrder order, Inventory.Disk disk) {
    Volume volume = order.volumes().get(disk.deviceKey());
    if (volume == null) {
      throw new IllegalArgumentException("No volume for disk " + disk.deviceKey());
    }
    return order.namespace() + "/" + volume.name();
  }

  private CopiesWorld.TargetVolume own(CopyOrder order, Inventory.Disk disk) {
    String name = name(order, disk);
    CopiesWorld.TargetVolume there = world.targets().get(name);
    if (there != null && !there.owner().equals(order.migration().value())) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "volume-taken",
          "Volume " + name + " is not of migration " + order.migration() + ".",
          "Remove it, or choose another name.");
    }
    return there == null || !there.copy().equals(order.copy())
        ? put(order, name, false, null)
        : there;
  }

  private CopiesWorld.TargetVolume put(
      CopyOrder order, String name, boolean writing, @Nullable String content) {
    var volume =
        new CopiesWorld.TargetVolume(
            name, order.migration().value(), order.copy(), writing, content);
    world.targets().put(name, volume);
    return volume;
  }

  @Override
  public CopyEvidence.VolumeReady prepare(CopyOrder order, Inventory.Disk disk, Attempt attempt) {
    return world.call(
        "prepare",
        () -> {
          if (order.since().isEmpty()) {
            var _ = own(order, disk);
          }
          return new CopyEvidence.VolumeReady(name(order, disk));
        });
  }

  @Override
  public CopyEvidence.DiskTransferred write(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt) {
    return world.call(
        "write",
        () -> {
          String name = own(order, disk).name();
          var _ = put(order, name, true, null);
          attempt.stop().check();
          try (var reading = offer.read()) {
            String content = content(reading);
            var _ = put(order, name, false, content);
            return transferred(order, disk, content, checksum(reading));
          }
        });
  }

  private static String content(SourceDisks.Reading reading) {
    try (var stream = reading.stream()) {
      return new String(Channels.newInputStream(stream).readAllBytes(), StandardCharsets.US_ASCII);
    } catch (IOException e) {
      throw reading.explain(e);
    }
  }

  private static @Nullable String checksum(SourceDisks.Reading reading) {
    try {
      return reading.verify();
    } catch (IOException e) {
      throw reading.explain(e);
    }
  }

  @Override
  public CopyEvidence.DiskTransferred pull(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.SnapshotTaken snapshot, Attempt attempt) {
    return world.call(
        "pull",
        () -> {
          String name = name(order, disk);
          if (!order.since().isEmpty()
              && order.round() == Round.FINAL
              && world.content(name) == null) {
            throw new CopyFault(
                Problem.Kind.REFUSED,
                "base-copy-missing",
                "Volume " + name + " is gone.",
                "Begin again with a seed.");
          }
          CopiesWorld.Snapshot taken = world.snapshots().get(snapshot.snapshot());
          String content = taken == null ? null : taken.content().get(disk.deviceKey());
          if (content == null) {
            throw new CopyFault(
                Problem.Kind.TRANSIENT,
                "import-failed",
                "Snapshot " + snapshot.snapshot() + " is gone.",
                "See the importer.");
          }
          var _ = put(order, name, false, content);
          return transferred(order, disk, null, null);
        });
  }

  private CopyEvidence.DiskTransferred transferred(
      CopyOrder order, Inventory.Disk disk, @Nullable String content, @Nullable String checksum) {
    return new CopyEvidence.DiskTransferred(
        name(order, disk),
        disk.capacityBytes() / 3,
        disk.capacityBytes() / 2,
        content == null ? null : DiskDigest.v1(disk.capacityBytes(), content),
        checksum,
        clock.instant(),
        clock.instant());
  }

  @Override
  public CopyEvidence.SourceDigested digestSource(
      CopyOrder order, Inventory.Disk disk, SourceDisks.Offer offer, Attempt attempt) {
    return world.call(
        "digestSource",
        () -> {
          attempt.stop().check();
          try (var reading = offer.read()) {
            return new CopyEvidence.SourceDigested(
                DiskDigest.v1(disk.capacityBytes(), content(reading)),
                checksum(reading),
                disk.capacityBytes() / 3);
          }
        });
  }

  @Override
  public CopyEvidence.VolumeDigested digest(
      CopyOrder order,
      Inventory.Disk disk,
      CopyEvidence.DiskTransferred transferred,
      Attempt attempt) {
    return world.call(
        "digest",
        () -> {
          String content = world.content(name(order, disk));
          if (content == null) {
            throw new CopyFault(
                Problem.Kind.REFUSED,
                "landed-volume-missing",
                "Volume " + transferred.volume() + " is not there any more.",
                "Copy again.");
          }
          return new CopyEvidence.VolumeDigested(DiskDigest.v1(disk.capacityBytes(), content));
        });
  }

  @Override
  public void halt(CopyOrder order, Attempt attempt) {
    world.call(
        "halt",
        () ->
            world
                .targets()
                .values()
                .removeIf(
                    volume -> volume.copy().equals(order.copy()) && volume.content() == null));
  }

  @Override
  public void remove(MigrationId migration, @Nullable CopyOrder order, Attempt attempt) {
    world.call(
        "remove",
        () -> {
          world.forget(world.volumes(migration));
          return true;
        });
  }
}
