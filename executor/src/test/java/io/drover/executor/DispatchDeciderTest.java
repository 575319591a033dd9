// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Letter;
import io.drover.executor.DispatchState.Claim;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.DispatchFact;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.DispatchMessage.*;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Slot;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.Way;
import io.drover.schemas.wire.Json;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who begins, who gets which slot, and that there are never more than there are. */
class DispatchDeciderTest {
  private static final Limits SMALL = new Limits(4, 4, 6, 4, 2, 0);

  private final DispatchDecider decider = new DispatchDecider();
  private DispatchState state = decider.initial("vc-1");
  private final List<DispatchFact> facts = new ArrayList<>();
  private final List<Letter> letters = new ArrayList<>();

  private List<DispatchFact> tell(DispatchMessage message) {
    Decision<DispatchFact> decision =
        decider.decide(state, new Input.Told<>(message, Actor.person("anna")), Samples.NOON);
    decision.facts().forEach(f -> state = decider.evolve(state, f));
    facts.addAll(decision.facts());
    letters.addAll(decision.letters());
    return decision.facts();
  }

  private static VmKey vm(int n) {
    return new VmKey("vc-1", "vm-" + n);
  }

  private static MigrationId id(int n) {
    return new MigrationId("m" + n);
  }

  private static List<MigrationSpec> specs(int from, int to) {
    return IntStream.range(from, to)
        .mapToObj(n -> Samples.spec(vm(n), "m" + n, Way.COLD, true, Samples.policy()))
        .toList();
  }

  private static SlotWanted wants(int n, Slot slot, String host, int disks) {
    return new SlotWanted(
        vm(n),
        id(n),
        slot,
        new Load(
            host,
            java.util.Collections.nCopies(disks, "ds1"),
            java.util.Collections.nCopies(disks, "fast"),
            disks));
  }

  private List<MigrationId> started() {
    return letters.stream()
        .map(Letter::message)
        .filter(MigrationMessage.StartMigration.class::isInstance)
        .map(m -> ((MigrationMessage.StartMigration) m).spec().id())
        .toList();
  }

  private List<MigrationId> granted() {
    return letters.stream()
        .map(Letter::message)
        .filter(MigrationMessage.SlotGranted.class::isInstance)
        .map(m -> ((MigrationMessage.SlotGranted) m).migration())
        .toList();
  }

  @Test
  void a_wave_has_so_many_in_flight_and_no_more() {
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 5), 2));
    assertThat(started()).containsExactly(id(0), id(1));
    tell(new JourneyOver(vm(0), id(0)));
    assertThat(started()).containsExactly(id(0), id(1), id(2));
  }

  @Test
  void a_vcenter_that_has_no_share_in_a_wave_yet_waits_for_it() {
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 3), 0));
    assertThat(started()).isEmpty();

    tell(new WidenWave(new WaveId("erp/1"), 2));
    assertThat(started()).containsExactly(id(0), id(1));
    assertThat(tell(new WidenWave(new WaveId("erp/1"), 1))).isEmpty();
    assertThat(tell(new WidenWave(new WaveId("erp/1"), 2))).isEmpty();
    assertThat(tell(new WidenWave(new WaveId("erp/9"), 5))).isEmpty();
  }

  @Test
  void a_wave_that_comes_twice_is_taken_once() {
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 2), 5));
    tell(new JourneyOver(vm(0), id(0)));
    assertThat(tell(new DispatchWave(new WaveId("erp/1"), specs(0, 2), 5))).isEmpty();
  }

  @Test
  void a_vm_that_moves_already_waits_until_it_is_over() {
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 1), 5));
    var again = Samples.spec(vm(0), "m9", Way.COLD, true, Samples.policy());
    tell(new DispatchWave(new WaveId("erp/2"), List.of(again), 5));
    assertThat(started()).containsExactly(id(0));
    tell(new JourneyOver(vm(0), id(0)));
    assertThat(started()).containsExactly(id(0), id(9));
  }

  @Test
  void a_big_vm_is_not_starved_by_small_ones_behind_it() {
    tell(new SetLimits(SMALL));
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 6), 10));
    tell(wants(0, Slot.COPY, "h1", 3));
    tell(wants(1, Slot.COPY, "h1", 4)); // does not fit beside the first
    tell(wants(2, Slot.COPY, "h1", 1)); // would fit, but not before the second
    assertThat(granted()).containsExactly(id(0));
    tell(new SlotBack(vm(0), id(0), Slot.COPY));
    assertThat(granted()).containsExactly(id(0), id(1));
  }

  @Test
  void another_host_with_room_does_not_wait() {
    tell(new SetLimits(new Limits(4, 100, 100, 100, 2, 0)));
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 6), 10));
    tell(wants(0, Slot.COPY, "h1", 4));
    tell(wants(1, Slot.COPY, "h1", 4));
    tell(wants(2, Slot.COPY, "h2", 4));
    assertThat(granted()).containsExactly(id(0), id(2));
  }

  private void paced(Map<Integer, Long> expected) {
    var said = new TreeMap<String, Long>();
    letters.stream()
        .filter(l -> l.to() == Brain.CONVERSION)
        .map(l -> (ConversionMessage.SetPace) l.message())
        .forEach(m -> said.put(m.migration().value(), m.bytesPerSecond()));
    var named = new TreeMap<String, Long>();
    expected.forEach((n, share) -> named.put(id(n).value(), share));
    assertThat(said).isEqualTo(named);
  }

  @Test
  void a_cap_is_shared_out_to_the_copies_under_way_by_their_disks() {
    tell(new SetLimits(new Limits(100, 100, 100, 100, 10, 1200)));
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 3), 3));
    tell(wants(0, Slot.COPY, "h1", 1));
    paced(Map.of(0, 1200L));
    tell(wants(1, Slot.COPY, "h2", 2));
    paced(Map.of(0, 400L, 1, 800L));
    tell(wants(2, Slot.CUTOVER, "h1", 9)); // reads nothing
    paced(Map.of(0, 400L, 1, 800L));

    tell(new SlotBack(vm(1), id(1), Slot.COPY));

    paced(Map.of(0, 1200L, 1, 0L));
    tell(new SetLimits(new Limits(100, 100, 100, 100, 10, 0)));
    paced(Map.of(0, 0L, 1, 0L));
  }

  @Test
  void a_host_has_a_cap_of_its_own() {
    tell(new SetLimits(new Limits(100, 100, 100, 100, 10, 1200, 300L)));
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 3), 3));
    tell(wants(0, Slot.COPY, "h1", 1));
    tell(wants(1, Slot.COPY, "h1", 1));
    tell(wants(2, Slot.COPY, "h2", 1));

    paced(Map.of(0, 150L, 1, 150L, 2, 300L));
  }

  @Test
  void without_a_cap_nothing_is_said_of_it() {
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 3), 3));
    tell(wants(0, Slot.COPY, "h1", 1));

    paced(Map.of());
  }

  /** The shares of all are within the cap, whatever number of disks, and most of it. */
  @Test
  void disks_are_counted_in_steps() {
    for (int disks = 1; disks <= 500; disks++) {
      int step = Bandwidth.step(disks);
      assertThat(step).isGreaterThanOrEqualTo(disks).isLessThanOrEqualTo(disks * 3 / 2);
      assertThat(Bandwidth.step(step)).isEqualTo(step);
    }
  }

  @Test
  void a_vm_bigger_than_a_limit_goes_alone() {
    tell(new SetLimits(SMALL));
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 6), 10));
    tell(wants(0, Slot.COPY, "h1", 20));
    tell(wants(1, Slot.COPY, "h2", 1));
    assertThat(granted()).containsExactly(id(0));
  }

  @Test
  void a_stop_reaches_all_who_move_and_nothing_begins_until_it_is_lifted() {
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 3), 2));
    tell(new StopAll("fire"));
    tell(wants(0, Slot.CUTOVER, "h1", 1));
    tell(new JourneyOver(vm(1), id(1)));
    assertThat(started()).containsExactly(id(0), id(1));
    assertThat(granted()).isEmpty();
    assertThat(letters.stream().filter(l -> l.message() instanceof MigrationMessage.StopCalled))
        .hasSize(2);
    tell(new LiftStop());
    assertThat(started()).containsExactly(id(0), id(1), id(2));
    assertThat(granted()).containsExactly(id(0));
  }

  @Test
  void a_journey_that_ends_leaves_every_slot() {
    tell(new SetLimits(SMALL));
    tell(new DispatchWave(new WaveId("erp/1"), specs(0, 3), 3));
    for (int n = 0; n < 3; n++) {
      tell(wants(n, Slot.CUTOVER, "h1", 1));
    }
    assertThat(granted()).containsExactly(id(0), id(1));
    tell(new JourneyOver(vm(0), id(0)));
    assertThat(granted()).containsExactly(id(0), id(1), id(2));
    assertThat(state.given()).extracting(Claim::migration).containsExactly(id(1), id(2));
  }

  /** I14, I11 and replay, for orders that no test thought of. */
  @Test
  void whatever_comes_the_limits_hold() {
    for (int seed = 0; seed < 300; seed++) {
      var random = new Random(seed);
      state = decider.initial("vc-1");
      facts.clear();
      letters.clear();
      Limits limits = new Limits(4, 4, 6, 4, 2, 1 << 20, 300L << 10);
      tell(new SetLimits(limits));
      tell(new DispatchWave(new WaveId("erp/1"), specs(0, 8), 6));
      var said = new ArrayList<DispatchMessage>();
      for (int i = 0; i < 80; i++) {
        int n = random.nextInt(8);
        Slot slot = random.nextBoolean() ? Slot.COPY : Slot.CUTOVER;
        DispatchMessage message =
            switch (random.nextInt(12)) {
              case 0 -> new JourneyOver(vm(n), id(n));
              case 1 -> random.nextInt(4) == 0 ? new StopAll("x") : new LiftStop();
              case 2, 3, 4 -> new SlotBack(vm(n), id(n), slot);
              case 5 -> said.isEmpty() ? new LiftStop() : said.get(random.nextInt(said.size()));
              default -> wants(n, slot, "h" + random.nextInt(3), 1 + random.nextInt(5));
            };
        said.add(message);
        tell(message);
        if (random.nextInt(4) == 0) {
          assertThat(
                  tell(message).stream()
                      .filter(f -> !(f instanceof DispatchFact.SlotQueued))
                      .filter(f -> !(f instanceof DispatchFact.SlotGiven)))
              .as("seed %d: %s twice", seed, message)
              .isEmpty();
        }
        assertThat(
                Bandwidth.shares(limits, state.given()).values().stream()
                    .mapToLong(Long::longValue)
                    .sum())
            .isLessThanOrEqualTo(limits.bytesPerSecond());
        var capacity = new Capacity(limits, state.given());
        capacity
            .used()
            .forEach((resource, used) ->
                assertThat(used).as(resource).isLessThanOrEqualTo(capacity.limit(resource)));
        assertThat(state.live().stream().filter(l -> l.wave().value().equals("erp/1")).count())
            .isLessThanOrEqualTo(6);
      }
      DispatchState replayed = decider.initial("vc-1");
      for (DispatchFact fact : facts) {
        replayed = decider.evolve(replayed, fact);
      }
      assertThat(replayed).isEqualTo(state);
      var type = Json.mapper().constructType(DispatchState.class);
      assertThat(Json.<DispatchState>read(Json.write(state, type), type)).isEqualTo(state);
    }
  }
}
