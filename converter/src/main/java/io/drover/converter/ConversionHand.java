// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

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
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyEvidence.LeaseOpened;
import io.drover.schemas.Inventory;
import org.jspecify.annotations.Nullable;

/** From effect to port: one switch. */
public final class ConversionHand implements Hand<ConversionEffect, CopyEvidence> {
  private final SourceDisks sources;
  private final DiskImports imports;

  public ConversionHand(SourceDisks sources, DiskImports imports) {
    this.sources = sources;
    this.imports = imports;
  }

  @Override
  public Outcome<CopyEvidence> ensure(Order<ConversionEffect> order) {
    try {
      order.stop().check();
      return new Outcome.Done<>(done(order.effect(), Attempt.of(order)));
    } catch (CopyFault fault) {
      // Being told to stop breaks streams on purpose; that is no failure.
      return order.stop().raised()
          ? new Outcome.Stopped<>()
          : new Outcome.Failed<>(fault.problem());
    } finally {
      if (order.stop().raised() && readUnder(order.effect()) instanceof LeaseOpened lease) {
        sources.abandon(lease);
      }
    }
  }

  /** What an effect reads the source under, if it reads it. */
  private static @Nullable CopyEvidence readUnder(ConversionEffect effect) {
    return switch (effect) {
      case EnsureDiskTransferred e -> e.opened();
      case EnsureSourceDigested e -> e.lease();
      case EnsureVolumeReady _,
          EnsureSourceOpen _,
          EnsureSourceClosed _,
          EnsureVolumeDigested _,
          EnsurePaceKept _,
          EnsureCopyStopped _,
          EnsureCopiesRemoved _ ->
          null;
    };
  }

  private CopyEvidence done(ConversionEffect effect, Attempt attempt) {
    return switch (effect) {
      case EnsureVolumeReady e -> imports.prepare(e.order(), e.disk(), attempt);
      case EnsureSourceOpen e ->
          e.export()
              ? sources.export(e.order(), e.disks(), attempt)
              : sources.snapshot(e.order(), attempt);
      case EnsureDiskTransferred e -> transfer(e, attempt);
      case EnsureSourceClosed e -> {
        sources.close(e.order(), e.opened(), e.last(), attempt);
        yield new CopyEvidence.SourceClosed();
      }
      case EnsureSourceDigested e ->
          imports.digestSource(
              e.order(), e.disk(), offer(e.order(), e.disk(), e.lease(), attempt), attempt);
      case EnsureVolumeDigested e -> imports.digest(e.order(), e.disk(), e.transferred(), attempt);
      case EnsurePaceKept e -> {
        sources.pace(e.migration(), e.bytesPerSecond());
        yield new CopyEvidence.PaceKept(e.bytesPerSecond());
      }
      case EnsureCopyStopped e -> {
        imports.halt(e.order(), attempt);
        sources.release(e.order(), e.opened(), e.opening(), attempt);
        yield new CopyEvidence.Stopped();
      }
      case EnsureCopiesRemoved e -> {
        imports.remove(e.migration(), e.order(), attempt);
        if (e.order() != null) {
          sources.removeSnapshots(e.order(), e.migration(), attempt);
          sources.restoreTracking(e.order(), e.migration(), attempt);
        }
        yield new CopyEvidence.Removed();
      }
    };
  }

  private SourceDisks.Offer offer(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.LeaseOpened lease, Attempt attempt) {
    return new SourceDisks.Offer() {
      @Override
      public SourceDisks.Reading read() {
        return sources.read(order, disk, lease, attempt);
      }

      @Override
      public SourceDisks.Ticket lend() {
        return sources.lend(order, disk, lease, attempt);
      }
    };
  }

  private CopyEvidence transfer(EnsureDiskTransferred effect, Attempt attempt) {
    return switch (effect.opened()) {
      case CopyEvidence.LeaseOpened lease ->
          imports.write(
              effect.order(),
              effect.disk(),
              offer(effect.order(), effect.disk(), lease, attempt),
              attempt);
      case CopyEvidence.SnapshotTaken snapshot ->
          imports.pull(effect.order(), effect.disk(), snapshot, attempt);
      case CopyEvidence.VolumeReady _,
          CopyEvidence.DiskTransferred _,
          CopyEvidence.SourceClosed _,
          CopyEvidence.SourceDigested _,
          CopyEvidence.VolumeDigested _,
          CopyEvidence.PaceKept _,
          CopyEvidence.Stopped _,
          CopyEvidence.Removed _ ->
          throw new IllegalStateException("Expected an open source, but saw " + effect.opened());
    };
  }
}
