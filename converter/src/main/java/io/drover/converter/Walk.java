// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import io.drover.converter.ConversionState.Copying;
import io.drover.converter.ConversionState.Halting;
import io.drover.converter.ConversionState.Idle;
import io.drover.converter.ConversionState.Lane;
import io.drover.converter.ConversionState.Pace;
import io.drover.converter.ConversionState.Removing;
import io.drover.converter.ConversionState.Round;
import io.drover.converter.ConversionState.Stage;
import io.drover.converter.ConversionState.Task;
import io.drover.engine.Intent;
import io.drover.engine.Timer;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.CopyStep;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.EffectId;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Transfer;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads off a state what runs, what waits, and what may begin. */
final class Walk {
  private Walk() {}

  /** A step of a lane, as it stands. */
  record Ref(CopyId copy, CopyStep step, @Nullable Integer disk, Task task) {
    /** The effect of the attempt that runs: the same for every replay, new for every attempt. */
    EffectId effect() {
      return new EffectId(
          copy + "/" + step + "/" + (disk == null ? "vm" : disk) + "/" + task.attempt());
    }

    String lane() {
      return ConversionItinerary.lane(disk);
    }
  }

  /** The name under which the steps of a removal are kept. */
  static CopyId removal(MigrationId migration) {
    return new CopyId(migration + "/removal");
  }

  static @Nullable Round round(ConversionState state) {
    return switch (state) {
      case Copying(_, _, Round round, _) -> round;
      case Halting(_, _, Round round, _, _, _, _) -> round;
      case Idle _, Removing _ -> null;
    };
  }

  /** Every step of the state that stands somewhere, disks in the order of their keys. */
  static List<Ref> all(ConversionState state) {
    var refs = new ArrayList<Ref>();
    Round round = round(state);
    if (round != null) {
      CopyId copy = round.order().copy();
      refs.add(new Ref(copy, CopyStep.OPEN_SOURCE, null, round.open()));
      refs.add(new Ref(copy, CopyStep.CLOSE_SOURCE, null, round.close()));
      round
          .lanes()
          .forEach((disk, lane) -> {
            refs.add(new Ref(copy, CopyStep.PREPARE, disk, lane.prepare()));
            refs.add(new Ref(copy, CopyStep.TRANSFER, disk, lane.transfer()));
            refs.add(new Ref(copy, CopyStep.READ_SOURCE, disk, lane.readSource()));
            refs.add(new Ref(copy, CopyStep.READ_BACK, disk, lane.readBack()));
          });
    }
    switch (state) {
      case Halting halting ->
          refs.add(new Ref(halting.round().order().copy(), CopyStep.STOP, null, halting.stop()));
      case Removing removing ->
          refs.add(
              new Ref(
                  removal(removing.migrations().getFirst()),
                  CopyStep.REMOVE,
                  null,
                  removing.remove()));
      case Idle _, Copying _ -> {}
    }
    return refs;
  }

  static List<Ref> running(ConversionState state) {
    return all(state).stream().filter(ref -> ref.task().is(Stage.RUNNING)).toList();
  }

  /** The steps that may begin now. */
  static List<Ref> ready(ConversionState state, Instant at) {
    return all(state).stream().filter(ref -> ref.task().ready(at) && due(state, ref)).toList();
  }

  /** Whether the itinerary has come to this step, were it not for its own pause. */
  private static boolean due(ConversionState state, Ref ref) {
    return switch (state) {
      case Idle _ -> false;
      case Copying(_, _, Round round, _) -> due(round, ref);
      case Halting halting ->
          ref.step() == CopyStep.STOP
              && all(halting).stream()
                  .noneMatch(
                      other -> other.step() != CopyStep.STOP && other.task().is(Stage.RUNNING));
      case Removing _ -> ref.step() == CopyStep.REMOVE;
    };
  }

  private static boolean due(Round round, Ref ref) {
    return switch (ref.step()) {
      case PREPARE -> true;
      case OPEN_SOURCE -> round.prepared() && !round.read();
      case TRANSFER -> round.open().is(Stage.DONE);
      case CLOSE_SOURCE ->
          (round.open().is(Stage.DONE) && round.read())
              || (round.open().is(Stage.LOST) && !round.reading());
      case READ_SOURCE -> round.readingAgain() && round.open().is(Stage.DONE);
      case READ_BACK -> {
        Lane lane = ref.disk() == null ? null : round.lanes().get(ref.disk());
        // After the second read: a mismatch can then name the extents.
        yield lane != null
            && lane.transfer().is(Stage.DONE)
            && Orders.readBack(round.order())
            && (!Orders.secondRead(round.order()) || lane.readSource().is(Stage.DONE));
      }
      case STOP, REMOVE -> false;
    };
  }

  static List<Timer> timers(ConversionState state) {
    var timers = new ArrayList<Timer>();
    for (Ref ref : all(state)) {
      Instant retryAt = ref.task().retryAt();
      if (ref.task().is(Stage.WAITING) && retryAt != null && timed(state, ref)) {
        timers.add(new Timer("retry/" + ref.effect(), retryAt));
      }
    }
    return timers;
  }

  private static boolean timed(ConversionState state, Ref ref) {
    return switch (state) {
      case Idle _ -> false;
      case Copying _ -> true;
      case Halting _ -> ref.step() == CopyStep.STOP;
      case Removing _ -> true;
    };
  }

  static List<Intent<ConversionEffect>> intents(ConversionState state) {
    var intents = new ArrayList<Intent<ConversionEffect>>();
    for (Ref ref : running(state)) {
      intents.add(new Intent<>(ref.effect(), ref.lane(), effect(state, ref), stopping(state, ref)));
    }
    Pace pace = unkept(state);
    if (pace != null) {
      intents.add(
          Intent.run(
              effect(pace),
              ConversionItinerary.PACE,
              new ConversionEffect.EnsurePaceKept(pace.migration(), pace.bytesPerSecond())));
    }
    return intents;
  }

  /** The pace that the copy under way has to be told of; null = none. */
  static @Nullable Pace unkept(ConversionState state) {
    Pace pace = state.history().pace();
    return state instanceof Copying(var _, var _, Round round, var _)
            && pace != null
            && !pace.kept()
            && pace.migration().equals(round.order().migration())
        ? pace
        : null;
  }

  static EffectId effect(Pace pace) {
    return new EffectId(pace.migration() + "/pace/" + pace.number());
  }

  private static boolean stopping(ConversionState state, Ref ref) {
    return switch (state) {
      case Idle _, Removing _ -> false;
      case Copying(_, _, Round round, _) ->
          switch (ref.step()) {
            case TRANSFER, READ_SOURCE -> round.open().is(Stage.LOST);
            case PREPARE, OPEN_SOURCE, CLOSE_SOURCE, READ_BACK, STOP, REMOVE -> false;
          };
      case Halting _ -> ref.step() != CopyStep.STOP;
    };
  }

  private static ConversionEffect effect(ConversionState state, Ref ref) {
    if (state instanceof Removing(String key, var history, List<MigrationId> migrations, _)) {
      MigrationId migration = migrations.getFirst();
      return new ConversionEffect.EnsureCopiesRemoved(key, migration, history.order(migration));
    }
    Round round = round(state);
    if (round == null) {
      throw new IllegalStateException("Nothing runs in " + state);
    }
    long cap = state.history().bytesPerSecond(round.order().migration());
    CopyOrder order = cap == 0 ? round.order() : round.order().paced(cap);
    return switch (ref.step()) {
      case PREPARE -> new ConversionEffect.EnsureVolumeReady(order, Orders.disk(order, disk(ref)));
      case OPEN_SOURCE ->
          new ConversionEffect.EnsureSourceOpen(
              order, round.unread(), round.readingAgain() || order.transfer() == Transfer.STREAM);
      case TRANSFER ->
          new ConversionEffect.EnsureDiskTransferred(
              order, Orders.disk(order, disk(ref)), opened(round));
      case CLOSE_SOURCE ->
          new ConversionEffect.EnsureSourceClosed(order, opened(round), round.read());
      case READ_SOURCE ->
          new ConversionEffect.EnsureSourceDigested(
              order, Orders.disk(order, disk(ref)), lease(round));
      case READ_BACK ->
          new ConversionEffect.EnsureVolumeDigested(
              order, Orders.disk(order, disk(ref)), transferred(round, disk(ref)));
      case STOP ->
          new ConversionEffect.EnsureCopyStopped(
              order, openedIfAny(round), round.open().attempt() > 0);
      case REMOVE -> throw new IllegalStateException("A removal has no round");
    };
  }

  private static int disk(Ref ref) {
    if (ref.disk() == null) {
      throw new IllegalStateException(ref.step() + " is a step of a disk");
    }
    return ref.disk();
  }

  private static CopyEvidence opened(Round round) {
    CopyEvidence opened = openedIfAny(round);
    if (opened == null) {
      throw new IllegalStateException(
          "Expected copy " + round.order().copy() + " to have an open source");
    }
    return opened;
  }

  private static CopyEvidence.LeaseOpened lease(Round round) {
    if (opened(round) instanceof CopyEvidence.LeaseOpened lease) {
      return lease;
    }
    throw new IllegalStateException("Expected a lease, but saw " + opened(round));
  }

  static @Nullable CopyEvidence openedIfAny(Round round) {
    CopyEvidence evidence = round.open().evidence();
    return evidence instanceof CopyEvidence.LeaseOpened
            || evidence instanceof CopyEvidence.SnapshotTaken
        ? evidence
        : null;
  }

  /** What was observed when the disk's bytes had moved, and when they were read again. */
  static CopyEvidence.DiskTransferred transferred(Round round, int disk) {
    Lane lane = round.lanes().get(disk);
    CopyEvidence evidence = lane == null ? null : lane.transfer().evidence();
    if (lane == null || evidence == null) {
      throw new IllegalStateException("Disk " + disk + " was not transferred");
    }
    CopyEvidence.DiskTransferred moved = transferred(evidence);
    return lane.readSource().evidence()
            instanceof CopyEvidence.SourceDigested(DiskDigest source, String checksum, long bytes)
        ? new CopyEvidence.DiskTransferred(
            moved.volume(),
            moved.bytesRead() + bytes,
            moved.bytesWritten(),
            source,
            checksum,
            moved.startedAt(),
            moved.endedAt())
        : moved;
  }

  static CopyEvidence.DiskTransferred transferred(CopyEvidence evidence) {
    if (evidence instanceof CopyEvidence.DiskTransferred transferred) {
      return transferred;
    }
    throw new IllegalStateException("Expected a DiskTransferred, but saw " + evidence);
  }
}
