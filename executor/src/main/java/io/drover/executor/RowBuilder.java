// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.Retry;
import io.drover.executor.MigrationItinerary.Row;
import io.drover.executor.MigrationItinerary.Undo;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Slot;
import io.drover.schemas.Step;
import io.drover.schemas.Way;
import java.util.List;
import java.util.function.Function;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** Makes a row of the table, so that the table can be read. */
final class RowBuilder {
  private final Step step;
  private @Nullable Way way;
  private Predicate<MigrationSpec> needed = spec -> true;
  private String ensures = "";
  private @Nullable Function<Journey, MigrationEffect> effect;
  private @Nullable Round round;
  private Retry retry = Retry.STEADY;
  private String undoes = "-";
  private Undo undo = Undo.NONE;
  private @Nullable Function<Journey, MigrationEffect> undoEffect;
  private Predicate<Journey> owed;
  private List<Slot> slots = List.of();
  private @Nullable Checkpoint reaches;
  private String lane = MigrationItinerary.JOURNEY;
  private boolean accept;

  private RowBuilder(Step step) {
    this.step = step;
    this.owed = journey -> journey.begun(step) > 0;
  }

  static RowBuilder row(Step step) {
    return new RowBuilder(step);
  }

  RowBuilder only(Way only) {
    way = only;
    return this;
  }

  RowBuilder when(Predicate<MigrationSpec> test) {
    needed = test;
    return this;
  }

  RowBuilder ensure(String what, Retry policy) {
    ensures = what;
    retry = policy;
    return this;
  }

  RowBuilder effect(Function<Journey, MigrationEffect> of) {
    effect = of;
    return this;
  }

  RowBuilder copy(Round of) {
    round = of;
    return this;
  }

  RowBuilder undo(String what, Function<Journey, MigrationEffect> of) {
    undoes = what;
    undo = Undo.EFFECT;
    undoEffect = of;
    return this;
  }

  RowBuilder undo(String what, Undo kind) {
    undoes = what;
    undo = kind;
    return this;
  }

  RowBuilder owed(Predicate<Journey> test) {
    owed = test;
    return this;
  }

  RowBuilder slots(Slot... needs) {
    slots = List.of(needs);
    return this;
  }

  RowBuilder reach(Checkpoint checkpoint) {
    reaches = checkpoint;
    return this;
  }

  RowBuilder lane(String name) {
    lane = name;
    return this;
  }

  RowBuilder accept() {
    accept = true;
    return this;
  }

  Row done() {
    return new Row(
        step,
        way,
        needed,
        ensures,
        effect,
        round,
        retry,
        undoes,
        undo,
        undoEffect,
        owed,
        slots,
        reaches,
        lane,
        accept);
  }
}
