// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.converter.CopyFault;
import io.drover.engine.Hand;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.executor.MigrationEffect;
import io.drover.executor.VolumeNames;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyId;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The journey's hand, which sees whether the final copy could be made before it passes the
 * preflight and again before it touches the source: a cold VM must not lie switched off before a
 * storage that is full. Executor and converter do not know each other, so they meet here.
 */
final class EarlyLook implements Hand<MigrationEffect, Evidence> {
  private final Hand<MigrationEffect, Evidence> hand;
  private final Consumer<CopyOrder> look;

  /**
   * @param look throws {@link CopyFault} with what the copy itself would say
   */
  EarlyLook(Hand<MigrationEffect, Evidence> hand, Consumer<CopyOrder> look) {
    this.hand = hand;
    this.look = look;
  }

  @Override
  public Outcome<Evidence> ensure(Order<MigrationEffect> order) throws Exception {
    MigrationEffect effect = order.effect();
    if (effect instanceof MigrationEffect.EnsureSourceRecorded) {
      Problem problem = look(effect);
      return problem == null ? hand.ensure(order) : new Outcome.Failed<>(problem);
    }
    Outcome<Evidence> outcome = hand.ensure(order);
    if (effect instanceof MigrationEffect.EnsurePreflightPassed
        && outcome instanceof Outcome.Done<Evidence>) {
      // What the preflight itself says comes first: it names the setting.
      Problem problem = look(effect);
      return problem == null ? outcome : new Outcome.Failed<>(problem);
    }
    return outcome;
  }

  private @Nullable Problem look(MigrationEffect effect) {
    try {
      look.accept(copy(effect.spec()));
      return null;
    } catch (CopyFault fault) {
      return fault.problem();
    }
  }

  /** The final copy that the journey is going to ask for. */
  private static CopyOrder copy(MigrationSpec spec) {
    var volumes = new TreeMap<Integer, Volume>();
    for (Inventory.Disk disk : spec.source().disks()) {
      volumes.put(
          disk.deviceKey(),
          new Volume(
              VolumeNames.of(spec, disk.deviceKey()),
              spec.target().storage().get(disk.deviceKey())));
    }
    return new CopyOrder(
        new CopyId(spec.id() + "-outlook"),
        spec.id(),
        spec.vm(),
        spec.source().placement().moref(),
        spec.source().name(),
        Round.FINAL,
        spec.transfer(),
        spec.sink(),
        spec.target().namespace(),
        volumes,
        spec.source().disks(),
        Map.of());
  }
}
