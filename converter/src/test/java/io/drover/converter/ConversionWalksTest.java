// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Intent;
import io.drover.engine.Outcome;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.RemoveCopies;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.SetPace;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.EffectId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationMessage.CopiesRemoved;
import io.drover.schemas.MigrationMessage.CopyCompleted;
import io.drover.schemas.MigrationMessage.CopyFailed;
import io.drover.schemas.MigrationMessage.CopyStopped;
import io.drover.schemas.Problem;
import io.drover.schemas.Transfer;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random walks: failures, repeats, stops and removals in any order keep the protocol's promises.
 */
class ConversionWalksTest {
  private static final int SEEDS = Integer.getInteger("drover.seeds", 400);

  static java.util.stream.IntStream seeds() {
    return java.util.stream.IntStream.range(0, 8);
  }

  @ParameterizedTest
  @MethodSource("seeds")
  void everyWalkKeepsThePromises(int slice) {
    for (int i = 0; i < SEEDS / 8; i++) {
      long seed = slice * 1_000_000L + i;
      try {
        new WalkOf(seed).run();
      } catch (AssertionError | RuntimeException e) {
        throw new AssertionError("seed " + seed + ": " + e.getMessage(), e);
      }
    }
  }

  /** One walk: a scene, a toy world that knows whether a lease is open, and luck from a seed. */
  private static final class WalkOf {
    private final Random luck;
    private final Scene scene = new Scene();
    private final CopyOrder order;
    private final Set<EffectId> over = new HashSet<>();
    private boolean open;
    private boolean stopSaid;
    private boolean removeSaid;
    private int heard;

    WalkOf(long seed) {
      luck = new Random(seed);
      Transfer transfer = luck.nextBoolean() ? Transfer.STREAM : Transfer.VDDK;
      CopyOrder once =
          luck.nextBoolean()
              ? Scene.order("c-1", Round.FINAL, transfer, 2000, 2001, 2002)
              : Scene.order("c-1", Round.FINAL, transfer, 2000);
      order = luck.nextBoolean() ? once : Scene.twice(once);
    }

    void run() {
      scene.copy(order);
      for (int i = 0; i < 60; i++) {
        step();
        check();
      }
      calm();
      answers();
    }

    private void step() {
      int dice = luck.nextInt(100);
      List<Intent<ConversionEffect>> intents = scene.intents();
      if (dice < 3) {
        scene.copy(order);
      } else if (dice < 6) {
        stopSaid = true;
        scene.stop("c-1");
      } else if (dice < 8) {
        removeSaid = true;
        scene.tell(new RemoveCopies(Scene.MIGRATION));
      } else if (dice < 10) {
        scene.tell(new SetPace(Scene.MIGRATION, luck.nextInt(3) * 1000L));
      } else if (dice < 17 && !over.isEmpty()) {
        ConversionState before = scene.state;
        scene.see(
            over.stream().skip(luck.nextInt(over.size())).findFirst().orElseThrow(),
            new Outcome.Failed<>(Scene.problem(Problem.Kind.UNKNOWN)));
        assertThat(scene.state).isEqualTo(before);
      } else if (!intents.isEmpty()) {
        happen(intents.get(luck.nextInt(intents.size())));
      } else if (!scene.brain.timers(scene.state).isEmpty()) {
        scene.ring();
      }
    }

    private void happen(Intent<ConversionEffect> intent) {
      over.add(intent.id());
      int dice = luck.nextInt(100);
      if (intent.stopping() && dice < 60) {
        // An effect told to stop may still have opened something: the body says how it came out.
        scene.see(intent.id(), new Outcome.Stopped<>());
      } else if (dice < 70) {
        world(intent.effect());
        scene.succeed(intent);
      } else {
        scene.see(intent.id(), new Outcome.Failed<>(trouble(intent.effect())));
      }
    }

    private Problem trouble(ConversionEffect effect) {
      boolean underLease =
          effect instanceof ConversionEffect.EnsureSourceDigested
              || (effect instanceof ConversionEffect.EnsureDiskTransferred t
                  && t.opened() instanceof CopyEvidence.LeaseOpened);
      if (underLease && luck.nextBoolean()) {
        return Scene.leaseLost(
            luck.nextBoolean() ? Problem.Kind.TRANSIENT : Problem.Kind.UNAVAILABLE);
      }
      int dice = luck.nextInt(20);
      return Scene.problem(
          dice == 0
              ? Problem.Kind.REFUSED
              : dice < 10 ? Problem.Kind.TRANSIENT : Problem.Kind.UNAVAILABLE);
    }

    private void world(ConversionEffect effect) {
      switch (effect) {
        case ConversionEffect.EnsureSourceOpen _ -> open = true;
        case ConversionEffect.EnsureSourceClosed _, ConversionEffect.EnsureCopyStopped _ ->
            open = false;
        case ConversionEffect.EnsureDiskTransferred _, ConversionEffect.EnsureSourceDigested _ ->
            assertThat(open).as("read under an open lease").isTrue();
        case ConversionEffect.EnsureVolumeReady _,
            ConversionEffect.EnsureVolumeDigested _,
            ConversionEffect.EnsurePaceKept _,
            ConversionEffect.EnsureCopiesRemoved _ -> {}
      }
    }

    private void check() {
      for (; heard < scene.letters.size(); heard++) {
        MigrationMessage letter = scene.letters.get(heard);
        if (letter instanceof CopyStopped
            || letter instanceof CopyFailed
            || letter instanceof CopyCompleted) {
          assertThat(open).as("no lease is open after " + letter).isFalse();
          assertThat(
                  scene.intents().stream()
                      .filter(intent ->
                          !(intent.effect() instanceof ConversionEffect.EnsureCopiesRemoved)))
              .as("nothing of the round runs after " + letter)
              .isEmpty();
        }
      }
      assertThat(scene.replayed()).isEqualTo(scene.state);
    }

    /** Faults stop: everything ends. */
    private void calm() {
      for (int i = 0; i < 1000; i++) {
        if (!scene.intents().isEmpty()) {
          Intent<ConversionEffect> intent = scene.intents().getFirst();
          if (intent.stopping()) {
            scene.see(intent.id(), new Outcome.Stopped<>());
          } else {
            world(intent.effect());
            scene.succeed(intent);
          }
        } else if (!scene.brain.timers(scene.state).isEmpty()) {
          scene.ring();
        } else {
          check();
          assertThat(scene.state).isInstanceOf(ConversionState.Idle.class);
          return;
        }
      }
      throw new AssertionError("no end: " + scene.state);
    }

    private void answers() {
      var ends = new ArrayList<MigrationMessage>();
      boolean removed = false;
      for (MigrationMessage letter : scene.letters) {
        if (letter instanceof CopyStopped
            || letter instanceof CopyFailed
            || letter instanceof CopyCompleted) {
          ends.add(letter);
        }
        removed |= letter instanceof CopiesRemoved;
      }
      assertThat(ends).as("the order was answered").isNotEmpty();
      if (stopSaid) {
        assertThat(ends).as("the stop was answered").anyMatch(CopyStopped.class::isInstance);
      }
      assertThat(removed).as("the removal was answered").isEqualTo(removeSaid);
    }
  }
}
