// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.Letter;
import io.drover.schemas.Brain;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.ConversionMessage.CopyDisks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.RemoveCopies;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.StopCopy;
import io.drover.schemas.CopyId;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationFact.SlotAsked;
import io.drover.schemas.MigrationFact.SlotReturned;
import io.drover.schemas.MigrationFact.StepBegun;
import io.drover.schemas.MigrationFact.StopAsked;
import io.drover.schemas.MigrationFact.StopObserved;
import io.drover.schemas.MigrationFact.UndoBegun;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Result;
import io.drover.schemas.Step;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** What a journey writes to the other brains when a fact is made. */
final class MigrationLetters {
  private MigrationLetters() {}

  /** The letters that {@code fact} brings about on the way from {@code before} to {@code after}. */
  static List<Letter> about(MigrationFact fact, MigrationState before, MigrationState after) {
    Journey journey = MigrationState.journeyOf(after);
    if (journey == null) {
      return List.of();
    }
    MigrationSpec spec = journey.spec();
    // Only the facts that tell somebody something; all others stay within the brain.
    if (fact instanceof SlotAsked f) {
      return List.of(
          dispatch(
              spec, new DispatchMessage.SlotWanted(spec.vm(), spec.id(), f.slot(), load(spec))));
    }
    if (fact instanceof SlotReturned f) {
      return List.of(dispatch(spec, new DispatchMessage.SlotBack(spec.vm(), spec.id(), f.slot())));
    }
    if (fact instanceof StepBegun f) {
      Round round = MigrationItinerary.of(f.step()).round();
      return round == null
          ? List.of()
          : List.of(conversion(spec, new CopyDisks(order(journey, f.step(), f.attempt(), round))));
    }
    if (fact instanceof StopAsked f && after instanceof MigrationState.Interrupted s) {
      return List.of(conversion(spec, new StopCopy(copy(spec, f.step(), s.attempt()))));
    }
    if (fact instanceof UndoBegun && after instanceof MigrationState.Undoing s) {
      return undo(journey, s);
    }
    if (fact instanceof StopObserved
        && before instanceof MigrationState.Undoing
        && after instanceof MigrationState.Undoing s) {
      return undo(journey, s);
    }
    return List.of();
  }

  private static List<Letter> undo(Journey journey, MigrationState.Undoing undoing) {
    MigrationSpec spec = journey.spec();
    return switch (MigrationItinerary.of(undoing.step()).undo()) {
      case NONE, EFFECT -> List.of();
      case STOP_COPY, REMOVE_COPIES ->
          undoing.halted()
              ? List.of(conversion(spec, new RemoveCopies(spec.id())))
              : List.of(
                  conversion(
                      spec,
                      new StopCopy(copy(spec, undoing.step(), journey.begun(undoing.step())))));
    };
  }

  /** A journey ended: the plan and the slots' owner hear of it. */
  static List<Letter> ended(
      MigrationSpec spec, Result result, @Nullable String reason, Instant at) {
    return List.of(
        new Letter(
            Brain.PLAN,
            spec.wave().plan().value(),
            new PlanMessage.JourneyEnded(spec.vm(), spec.id(), spec.wave(), result, reason, at)),
        dispatch(spec, new DispatchMessage.JourneyOver(spec.vm(), spec.id())));
  }

  /** The name of a round of copying; another for every attempt. */
  static CopyId copy(MigrationSpec spec, Step step, int attempt) {
    return new CopyId(spec.id() + "-" + step.label() + "-" + attempt);
  }

  private static CopyOrder order(Journey journey, Step step, int attempt, Round round) {
    MigrationSpec spec = journey.spec();
    var since = new TreeMap<Integer, String>();
    var volumes = new TreeMap<Integer, ConversionMessage.Volume>();
    for (Inventory.Disk disk : spec.source().disks()) {
      int key = disk.deviceKey();
      volumes.put(
          key,
          new ConversionMessage.Volume(
              VolumeNames.of(spec, key), spec.target().storage().get(key)));
      if (journey.tally().touched() > 0) {
        // A volume that took its final checkpoint, or was converted, takes no more deltas.
        since.put(key, "");
      }
    }
    return new CopyOrder(
        copy(spec, step, attempt),
        spec.id(),
        spec.vm(),
        spec.source().placement().moref(),
        spec.source().name(),
        round,
        spec.transfer(),
        spec.sink(),
        spec.target().namespace(),
        volumes,
        spec.source().disks(),
        // Else the conversion brain goes by the change ids of the round before, which it noted.
        since,
        spec.policy().secondRead());
  }

  /** What a slot loads: one entry a disk, so that a datastore's share can be counted. */
  static DispatchMessage.Load load(MigrationSpec spec) {
    var datastores = new ArrayList<String>();
    var classes = new ArrayList<String>();
    for (Inventory.Disk disk : spec.source().disks()) {
      datastores.add(disk.datastore());
      classes.add(spec.target().storage().getOrDefault(disk.deviceKey(), "(default)"));
    }
    return new DispatchMessage.Load(
        spec.source().placement().host(), datastores, classes, spec.source().disks().size());
  }

  private static Letter conversion(MigrationSpec spec, ConversionMessage message) {
    return new Letter(Brain.CONVERSION, spec.vm().toString(), message);
  }

  private static Letter dispatch(MigrationSpec spec, DispatchMessage message) {
    return new Letter(Brain.DISPATCH, spec.vm().vcenter(), message);
  }
}
