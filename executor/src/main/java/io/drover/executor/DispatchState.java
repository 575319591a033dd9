// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.Parts;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.DispatchMessage.Load;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Slot;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The slots of one vCenter: who waits to begin, who is under way, who wants and who holds what.
 *
 * @param waves waves with journeys that have not begun, in the order they came
 * @param taken name and content of every wave that was ever taken in, so that none is taken twice
 * @param wants slots that were asked for, in the order they were
 * @param stopped why everything of this vCenter is stopped
 */
public record DispatchState(
    String vcenter,
    List<Wave> waves,
    List<String> taken,
    List<Live> live,
    List<Claim> wants,
    List<Claim> given,
    Limits limits,
    @Nullable String stopped) {
  /** Waves may bring thousands of journeys: each is kept in a record of its own. */
  static final Parts<DispatchState, Wave> PARTS =
      new Parts<>(
          Wave.class, DispatchState::byName, DispatchState::withoutPending, DispatchState::whole);

  public DispatchState {
    waves = List.copyOf(waves);
    taken = List.copyOf(taken);
    live = List.copyOf(live);
    wants = List.copyOf(wants);
    given = List.copyOf(given);
  }

  /** A wave and its journeys that have not begun. */
  public record Wave(WaveId id, List<MigrationSpec> pending, int maxInFlight) {
    public Wave {
      pending = List.copyOf(pending);
    }

    Wave with(List<MigrationSpec> left) {
      return new Wave(id, left, maxInFlight);
    }
  }

  /** By id; a wave that was queued twice is two. */
  private static Map<String, Wave> byName(DispatchState state) {
    var named = new LinkedHashMap<String, Wave>();
    for (Wave wave : state.waves()) {
      String name = wave.id().value();
      for (int again = 2; named.containsKey(name); again++) {
        name = wave.id().value() + "#" + again;
      }
      named.put(name, wave);
    }
    return named;
  }

  /** The order of the waves stays, what waits in them goes. */
  private static DispatchState withoutPending(DispatchState state) {
    return state.with(state.waves().stream().map(wave -> wave.with(List.of())).toList());
  }

  private static DispatchState whole(DispatchState rest, Map<String, Wave> parts) {
    var waves = new ArrayList<Wave>();
    byName(rest)
        .forEach((name, wave) ->
            waves.add(wave.pending().isEmpty() ? parts.getOrDefault(name, wave) : wave));
    return rest.with(waves);
  }

  DispatchState with(List<Wave> others) {
    return new DispatchState(vcenter, others, taken, live, wants, given, limits, stopped);
  }

  /** A journey that was told to start and has not ended. */
  public record Live(VmKey vm, MigrationId migration, WaveId wave) {}

  /** A slot that is wanted or held, with what it loads. */
  public record Claim(VmKey vm, MigrationId migration, Slot slot, Load load) {
    boolean same(MigrationId other, Slot kind) {
      return migration.equals(other) && slot == kind;
    }
  }

  static DispatchState empty(String vcenter) {
    return new DispatchState(
        vcenter, List.of(), List.of(), List.of(), List.of(), List.of(), Limits.DEFAULT, null);
  }

  boolean lives(MigrationId migration) {
    return live.stream().anyMatch(l -> l.migration().equals(migration));
  }

  /** What names a wave and what is in it. */
  static String mark(WaveId wave, List<MigrationSpec> migrations) {
    int content = 1;
    for (MigrationSpec spec : migrations) {
      content = 31 * content + spec.id().value().hashCode();
    }
    return wave.value() + "#" + Integer.toHexString(content);
  }
}
