// SPDX-License-Identifier: Apache-2.0
package io.drover.converter;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Letter;
import io.drover.engine.Outcome;
import io.drover.engine.Timer;
import io.drover.schemas.Actor;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.DiskDigest;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationMessage.CopyDelayed;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A brain on a stage: feeds it inputs, folds its facts, and holds it to the laws at every step. */
final class Scene {
  static final VmKey VM = new VmKey("vc-1", "vm-1");
  static final MigrationId MIGRATION = new MigrationId("m-1");
  static final long SIZE = 8 << 20;

  final ConversionDecider brain = new ConversionDecider();
  ConversionState state = brain.initial(VM.toString());
  Instant now = Instant.parse("2026-01-01T00:00:00Z");
  final List<ConversionFact> facts = new ArrayList<>();

  /** What the journey was told, but for what is only to be shown. */
  final List<MigrationMessage> letters = new ArrayList<>();

  final List<CopyDelayed> shown = new ArrayList<>();
  private final HashSet<EffectId> begun = new HashSet<>();
  private List<EffectId> intended = List.of();

  static CopyOrder order(String copy, Round round, Transfer transfer, int... disks) {
    var volumes = new TreeMap<Integer, Volume>();
    var list = new ArrayList<Inventory.Disk>();
    for (int key : disks) {
      volumes.put(key, new Volume("vm-disk-" + key, null));
      list.add(disk(key));
    }
    return new CopyOrder(
        new CopyId(copy),
        MIGRATION,
        VM,
        "vm-42",
        "web1",
        round,
        transfer,
        Sink.UPLOAD,
        "apps",
        volumes,
        list,
        Map.of());
  }

  /** The order of a final round by vddk whose source is to be read a second time. */
  static CopyOrder readTwice(String copy, int... disks) {
    return twice(order(copy, Round.FINAL, Transfer.VDDK, disks));
  }

  /** The same order, asking for a second read. */
  static CopyOrder twice(CopyOrder order) {
    return new CopyOrder(
        order.copy(),
        order.migration(),
        order.vm(),
        order.moref(),
        order.vmName(),
        order.round(),
        order.transfer(),
        order.sink(),
        order.namespace(),
        order.volumes(),
        order.disks(),
        order.since(),
        true);
  }

  static Inventory.Disk disk(int key) {
    return new Inventory.Disk(
        key,
        "Hard disk " + key,
        SIZE,
        "ds1",
        "[ds1] web1/web1-" + key + ".vmdk",
        null,
        Inventory.Backing.FLAT,
        "pvscsi",
        0,
        key - 2000,
        false,
        false,
        true,
        null,
        null);
  }

  static Problem problem(Problem.Kind kind) {
    return new Problem(kind, "some-trouble", "Something is wrong.", "Mend it.");
  }

  static Problem leaseLost(Problem.Kind kind) {
    return new Problem(kind, ConversionDecider.LEASE_LOST, "The lease is gone.", "Nothing.");
  }

  static DiskDigest digest(int disk) {
    return DiskDigest.v1(SIZE, "%064x".formatted(disk));
  }

  /** Takes one input, as the body does. */
  Decision<ConversionFact> take(Input<ConversionMessage, CopyEvidence> input) {
    now = now.plusMillis(10);
    Decision<ConversionFact> decision = brain.decide(state, input, now);
    for (ConversionFact fact : decision.facts()) {
      state = brain.evolve(state, fact);
      facts.add(fact);
    }
    for (Letter letter : decision.letters()) {
      assertThat(letter.key()).isEqualTo(VM.toString());
      MigrationMessage message = (MigrationMessage) letter.message();
      if (message instanceof CopyDelayed delayed) {
        shown.add(delayed);
      } else {
        letters.add(message);
      }
    }
    laws();
    return decision;
  }

  private void laws() {
    var lanes = new HashSet<String>();
    var ids = new ArrayList<EffectId>();
    for (Intent<ConversionEffect> intent : intents()) {
      assertThat(lanes.add(intent.lane())).as("one effect at a time in " + intent.lane()).isTrue();
      ids.add(intent.id());
      if (!intended.contains(intent.id())) {
        assertThat(begun.add(intent.id())).as("never begun before: " + intent.id()).isTrue();
        assertThat(intent.stopping()).isFalse();
      }
    }
    intended = ids;
    ConversionState read =
        Json.read(
            Json.write(state, Json.mapper().constructType(ConversionState.class)),
            ConversionState.class);
    assertThat(read).as("state survives its JSON").isEqualTo(state);
  }

  /** The state as a new owner would fold it from the journal. */
  ConversionState replayed() {
    ConversionState folded = brain.initial(VM.toString());
    for (ConversionFact fact : facts) {
      folded = brain.evolve(folded, Json.read(Json.write(fact), fact.getClass()));
    }
    return folded;
  }

  void tell(ConversionMessage message) {
    take(new Input.Told<>(message, Actor.service("executor")));
  }

  void copy(CopyOrder order) {
    tell(new ConversionMessage.CopyDisks(order));
  }

  void stop(String copy) {
    tell(new ConversionMessage.StopCopy(new CopyId(copy)));
  }

  void see(EffectId effect, Outcome<CopyEvidence> outcome) {
    take(new Input.Seen<>(effect, outcome));
  }

  List<Intent<ConversionEffect>> intents() {
    return brain.resume(state);
  }

  <E extends ConversionEffect> List<Intent<ConversionEffect>> intents(Class<E> type) {
    return intents().stream().filter(intent -> type.isInstance(intent.effect())).toList();
  }

  Intent<ConversionEffect> intent(Class<? extends ConversionEffect> type) {
    assertThat(intents(type)).as("exactly one " + type.getSimpleName()).hasSize(1);
    return intents(type).getFirst();
  }

  /** Lets the effect come out as the world would have it. */
  void succeed(Intent<ConversionEffect> intent) {
    see(intent.id(), new Outcome.Done<>(observed(intent.effect())));
  }

  void succeed(Class<? extends ConversionEffect> type) {
    for (Intent<ConversionEffect> intent : intents(type)) {
      succeed(intent);
    }
  }

  void fail(Class<? extends ConversionEffect> type, Problem problem) {
    see(intent(type).id(), new Outcome.Failed<>(problem));
  }

  /** Everything that was told to stop ends. */
  void rest() {
    for (Intent<ConversionEffect> intent : intents()) {
      if (intent.stopping()) {
        see(intent.id(), new Outcome.Stopped<>());
      }
    }
  }

  /** Lets all go well until nothing is intended and no timer is set. */
  void play() {
    for (int i = 0; i < 10_000; i++) {
      if (!intents().isEmpty()) {
        Intent<ConversionEffect> first = intents().getFirst();
        if (first.stopping()) {
          see(first.id(), new Outcome.Stopped<>());
        } else {
          succeed(first);
        }
      } else if (!brain.timers(state).isEmpty()) {
        ring();
      } else {
        return;
      }
    }
    throw new AssertionError("does not come to an end: " + state);
  }

  /** Lets all go well until this effect is intended. */
  void runTo(Class<? extends ConversionEffect> effect) {
    for (int i = 0; i < 100 && intents(effect).isEmpty(); i++) {
      if (intents().isEmpty()) {
        ring();
      } else {
        for (Intent<ConversionEffect> intent : intents()) {
          if (!effect.isInstance(intent.effect())) {
            succeed(intent);
          }
        }
      }
    }
    assertThat(intents(effect)).as("reached " + effect.getSimpleName()).isNotEmpty();
  }

  /** The next timer rings when it is due. */
  void ring() {
    Timer next =
        brain.timers(state).stream().min(java.util.Comparator.comparing(Timer::due)).orElseThrow();
    now = now.isAfter(next.due()) ? now : next.due();
    take(new Input.Rang<>(next.id(), next.due()));
  }

  void wait(Duration time) {
    now = now.plus(time);
  }

  CopyEvidence observed(ConversionEffect effect) {
    return switch (effect) {
      case ConversionEffect.EnsureVolumeReady e ->
          new CopyEvidence.VolumeReady("apps/vm-disk-" + e.disk().deviceKey());
      case ConversionEffect.EnsureSourceOpen e -> {
        if (!e.export()) {
          var ids = new TreeMap<Integer, String>();
          e.order().disks().forEach(d -> ids.put(d.deviceKey(), "52 aa/" + e.order().copy()));
          yield new CopyEvidence.SnapshotTaken("snapshot-7", ids);
        }
        yield CopyEvidence.LeaseOpened.of("lease-" + facts.size(), e.disks());
      }
      case ConversionEffect.EnsureDiskTransferred e ->
          new CopyEvidence.DiskTransferred(
              "apps/vm-disk-" + e.disk().deviceKey(),
              1000,
              2000,
              e.order().transfer() == Transfer.STREAM ? digest(e.disk().deviceKey()) : null,
              null,
              now,
              now);
      case ConversionEffect.EnsureSourceClosed _ -> new CopyEvidence.SourceClosed();
      case ConversionEffect.EnsureSourceDigested e ->
          new CopyEvidence.SourceDigested(
              digest(e.disk().deviceKey()), "sha256:" + e.disk().deviceKey(), 500);
      case ConversionEffect.EnsureVolumeDigested e ->
          new CopyEvidence.VolumeDigested(digest(e.disk().deviceKey()));
      case ConversionEffect.EnsurePaceKept e -> new CopyEvidence.PaceKept(e.bytesPerSecond());
      case ConversionEffect.EnsureCopyStopped _ -> new CopyEvidence.Stopped();
      case ConversionEffect.EnsureCopiesRemoved _ -> new CopyEvidence.Removed();
    };
  }
}
