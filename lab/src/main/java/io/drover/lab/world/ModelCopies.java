// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.converter.ConversionEffect;
import io.drover.converter.ConversionEffect.EnsureCopiesRemoved;
import io.drover.converter.ConversionEffect.EnsureCopyStopped;
import io.drover.converter.ConversionEffect.EnsureDiskTransferred;
import io.drover.converter.ConversionEffect.EnsurePaceKept;
import io.drover.converter.ConversionEffect.EnsureSourceClosed;
import io.drover.converter.ConversionEffect.EnsureSourceDigested;
import io.drover.converter.ConversionEffect.EnsureSourceOpen;
import io.drover.converter.ConversionEffect.EnsureVolumeDigested;
import io.drover.converter.ConversionEffect.EnsureVolumeReady;
import io.drover.engine.Hand;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.executor.Trouble;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.Transfer;
import java.util.Map;
import java.util.TreeMap;

/**
 * The converter's hand on the modelled world: a copy holds what the source had when it was read.
 */
public final class ModelCopies implements Hand<ConversionEffect, CopyEvidence> {
  private final World world;
  private final ModelSourceVm source;
  private final ModelTargetVm target;

  public ModelCopies(World world, ModelSourceVm source, ModelTargetVm target) {
    this.world = world;
    this.source = source;
    this.target = target;
  }

  @Override
  public Outcome<CopyEvidence> ensure(Order<ConversionEffect> order) {
    try {
      order.stop().check();
      return new Outcome.Done<>(done(order.effect()));
    } catch (Trouble trouble) {
      return new Outcome.Failed<>(trouble.problem());
    }
  }

  private CopyEvidence done(ConversionEffect effect) {
    return switch (effect) {
      case EnsureVolumeReady e -> {
        world.look("volume-ready");
        yield new CopyEvidence.VolumeReady(
            e.order().namespace() + "/" + name(e.order().volumes(), e.disk().deviceKey()));
      }
      case EnsureSourceOpen e -> {
        world.look("open-source");
        if (e.order().transfer() == Transfer.VDDK && !last(e.order())) {
          source.track(e.order().vm(), e.order().migration().value());
        }
        var ids = new TreeMap<Integer, String>();
        e.order()
            .disks()
            .forEach(d -> ids.put(d.deviceKey(), "" + source.vm(e.order().vm()).writes()));
        yield e.export()
            ? CopyEvidence.LeaseOpened.of("lease-" + e.order().copy(), ids.keySet())
            : new CopyEvidence.SnapshotTaken("snap-" + e.order().copy(), ids);
      }
      case EnsureDiskTransferred e -> {
        world.look("transfer");
        long writes = asOf(e);
        String volume =
            e.order().namespace() + "/" + name(e.order().volumes(), e.disk().deviceKey());
        String migration = e.order().migration().value();
        String since = e.order().since().getOrDefault(e.disk().deviceKey(), "");
        if (e.order().transfer() == Transfer.VDDK && !since.isEmpty()) {
          target.storage().add(volume, migration, Long.parseLong(since), writes, last(e.order()));
        } else {
          target.storage().land(volume, migration, writes, last(e.order()));
        }
        yield new CopyEvidence.DiskTransferred(
            volume,
            1024,
            1024,
            DiskDigest.v1(e.disk().capacityBytes(), "w" + writes),
            null,
            world.now(),
            world.now());
      }
      case EnsureSourceClosed e -> new CopyEvidence.SourceClosed();
      case EnsureSourceDigested e -> {
        world.look("read-source");
        yield new CopyEvidence.SourceDigested(
            DiskDigest.v1(e.disk().capacityBytes(), "w" + source.vm(e.order().vm()).writes()),
            null,
            1024);
      }
      case EnsureVolumeDigested e ->
          new CopyEvidence.VolumeDigested(
              e.transferred().source() == null
                  ? DiskDigest.v1(e.disk().capacityBytes(), "none")
                  : e.transferred().source());
      case EnsurePaceKept e -> new CopyEvidence.PaceKept(e.bytesPerSecond());
      case EnsureCopyStopped e -> {
        world.look("stop-copy");
        yield new CopyEvidence.Stopped();
      }
      case EnsureCopiesRemoved e -> {
        world.look("remove-copies");
        target.storage().removeCopies(e.migration().value());
        if (e.order() != null) {
          source.untrack(e.order().vm(), e.migration().value());
        }
        yield new CopyEvidence.Removed();
      }
    };
  }

  private static boolean last(ConversionMessage.CopyOrder order) {
    return order.round() == ConversionMessage.Round.FINAL;
  }

  /** A snapshot shows the disk as it was taken, a lease as it is read. */
  private long asOf(EnsureDiskTransferred e) {
    return e.opened() instanceof CopyEvidence.SnapshotTaken taken
        ? Long.parseLong(taken.changeIds().getOrDefault(e.disk().deviceKey(), "0"))
        : source.vm(e.order().vm()).writes();
  }

  private static String name(Map<Integer, ConversionMessage.Volume> volumes, int deviceKey) {
    var volume = volumes.get(deviceKey);
    if (volume == null) {
      throw Trouble.refused("volume-unnamed", "Disk " + deviceKey + " has no volume.", "Plan it.");
    }
    return volume.name();
  }
}
