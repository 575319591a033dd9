// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.Decider;
import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.Intent;
import io.drover.engine.Letter;
import io.drover.engine.Parts;
import io.drover.executor.DispatchState.Claim;
import io.drover.executor.DispatchState.Live;
import io.drover.executor.DispatchState.Wave;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.DispatchFact;
import io.drover.schemas.DispatchFact.EverythingStopped;
import io.drover.schemas.DispatchFact.JourneyLeft;
import io.drover.schemas.DispatchFact.LimitsSet;
import io.drover.schemas.DispatchFact.MigrationLaunched;
import io.drover.schemas.DispatchFact.SlotFreed;
import io.drover.schemas.DispatchFact.SlotGiven;
import io.drover.schemas.DispatchFact.SlotQueued;
import io.drover.schemas.DispatchFact.StopEnded;
import io.drover.schemas.DispatchFact.WaveQueued;
import io.drover.schemas.DispatchFact.WaveWidened;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.DispatchMessage.DispatchWave;
import io.drover.schemas.DispatchMessage.JourneyOver;
import io.drover.schemas.DispatchMessage.LiftStop;
import io.drover.schemas.DispatchMessage.SetLimits;
import io.drover.schemas.DispatchMessage.SlotBack;
import io.drover.schemas.DispatchMessage.SlotWanted;
import io.drover.schemas.DispatchMessage.StopAll;
import io.drover.schemas.DispatchMessage.WidenWave;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Slot;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * The brain that owns every slot and limit of one vCenter, across all plans: it lets journeys begin
 * and gives slots, first come first served, and never more than there are. It changes nothing in
 * the world itself: no effects.
 */
public final class DispatchDecider
    implements Decider<DispatchState, DispatchMessage, Void, DispatchFact, Void> {
  @Override
  public DispatchState initial(String key) {
    return DispatchState.empty(key);
  }

  @Override
  public Decision<DispatchFact> decide(
      DispatchState state, Input<DispatchMessage, Void> input, Instant at) {
    if (!(input instanceof Input.Told<DispatchMessage, Void> told)) {
      return Decision.nothing();
    }
    var making = new Making(state);
    told(making, told.message(), told.by());
    launch(making);
    give(making);
    pace(state, making);
    return new Decision<>(making.facts, making.letters);
  }

  /** Tells each copy its share of the bandwidth where it is another one than before. */
  private static void pace(DispatchState before, Making making) {
    Map<MigrationId, Long> had = Bandwidth.shares(before.limits(), before.given());
    Map<MigrationId, Long> has = Bandwidth.shares(making.state.limits(), making.state.given());
    // A copy that is over has none: another cap may hold when the next one begins.
    Stream.concat(before.given().stream(), making.state.given().stream())
        .filter(c -> c.slot() == Slot.COPY)
        .distinct()
        .forEach(c -> {
          long share = has.getOrDefault(c.migration(), 0L);
          if (had.getOrDefault(c.migration(), 0L) != share) {
            making.letters.add(
                new Letter(
                    Brain.CONVERSION,
                    c.vm().toString(),
                    new ConversionMessage.SetPace(c.migration(), share)));
          }
        });
  }

  private void told(Making making, DispatchMessage message, Actor by) {
    DispatchState state = making.state;
    switch (message) {
      case DispatchWave m -> {
        if (!state.taken().contains(DispatchState.mark(m.wave(), m.migrations()))) {
          making.happen(new WaveQueued(m.wave(), m.migrations(), Math.max(0, m.maxInFlight())));
        }
      }
      case WidenWave m -> {
        boolean wider =
            state.waves().stream()
                .anyMatch(w -> w.id().equals(m.wave()) && w.maxInFlight() < m.maxInFlight());
        if (wider) {
          making.happen(new WaveWidened(m.wave(), m.maxInFlight()));
        }
      }
      case SlotWanted m -> {
        boolean known =
            state.wants().stream().anyMatch(c -> c.same(m.migration(), m.slot()))
                || state.given().stream().anyMatch(c -> c.same(m.migration(), m.slot()));
        if (!known && state.lives(m.migration())) {
          making.happen(new SlotQueued(m.vm(), m.migration(), m.slot(), m.load()));
        }
      }
      case SlotBack m -> {
        boolean known =
            state.wants().stream().anyMatch(c -> c.same(m.migration(), m.slot()))
                || state.given().stream().anyMatch(c -> c.same(m.migration(), m.slot()));
        if (known) {
          making.happen(new SlotFreed(m.vm(), m.migration(), m.slot()));
        }
      }
      case JourneyOver m -> {
        if (state.lives(m.migration())) {
          making.happen(new JourneyLeft(m.vm(), m.migration()));
        }
      }
      case StopAll m -> {
        if (state.stopped() == null) {
          making.happen(new EverythingStopped(by, m.reason()));
          state.live().forEach(l -> making.tell(l, new MigrationMessage.StopCalled(m.reason())));
        }
      }
      case LiftStop m -> {
        if (state.stopped() != null) {
          making.happen(new StopEnded(by));
          state.live().forEach(l -> making.tell(l, new MigrationMessage.StopLifted()));
        }
      }
      case SetLimits m -> {
        if (!m.limits().equals(state.limits())) {
          making.happen(new LimitsSet(m.limits()));
        }
      }
    }
  }

  /** Lets journeys begin, wave by wave, as many at once as each wave may have. */
  private void launch(Making making) {
    if (making.state.stopped() != null) {
      return;
    }
    for (Wave wave : making.state.waves()) {
      long room =
          wave.maxInFlight()
              - making.state.live().stream().filter(l -> l.wave().equals(wave.id())).count();
      for (MigrationSpec spec : wave.pending()) {
        if (room <= 0) {
          break;
        }
        boolean moving = making.state.live().stream().anyMatch(l -> l.vm().equals(spec.vm()));
        if (!moving) {
          room--;
          making.happen(new MigrationLaunched(spec.vm(), spec.id(), wave.id()));
          making.letters.add(
              new Letter(
                  Brain.MIGRATION,
                  spec.vm().toString(),
                  new MigrationMessage.StartMigration(spec)));
        }
      }
    }
  }

  /**
   * Gives slots in the order they were asked for. One that does not fit keeps its place: what it
   * waits for is not given to those behind it, so that a big VM is not starved by small ones.
   */
  private void give(Making making) {
    if (making.state.stopped() != null) {
      return;
    }
    var capacity = new Capacity(making.state.limits(), making.state.given());
    for (Claim claim : making.state.wants()) {
      if (capacity.fits(claim)) {
        making.happen(new SlotGiven(claim.vm(), claim.migration(), claim.slot()));
        making.letters.add(
            new Letter(
                Brain.MIGRATION,
                claim.vm().toString(),
                new MigrationMessage.SlotGranted(claim.migration(), claim.slot())));
      }
      capacity.take(claim);
    }
  }

  @Override
  public DispatchState evolve(DispatchState s, DispatchFact fact) {
    return switch (fact) {
      case WaveQueued f ->
          new DispatchState(
              s.vcenter(),
              plus(s.waves(), new Wave(f.wave(), f.migrations(), f.maxInFlight())),
              plus(s.taken(), DispatchState.mark(f.wave(), f.migrations())),
              s.live(),
              s.wants(),
              s.given(),
              s.limits(),
              s.stopped());
      case WaveWidened f ->
          s.with(
              s.waves().stream()
                  .map(w ->
                      w.id().equals(f.wave())
                          ? new Wave(
                              w.id(), w.pending(), Math.max(w.maxInFlight(), f.maxInFlight()))
                          : w)
                  .toList());
      case MigrationLaunched f ->
          new DispatchState(
              s.vcenter(),
              s.waves().stream()
                  .map(w ->
                      w.pending().stream().noneMatch(p -> p.id().equals(f.migration()))
                          ? w
                          : w.with(without(w.pending(), p -> p.id().equals(f.migration()))))
                  .filter(w -> !w.pending().isEmpty())
                  .toList(),
              s.taken(),
              plus(s.live(), new Live(f.vm(), f.migration(), f.wave())),
              s.wants(),
              s.given(),
              s.limits(),
              s.stopped());
      case SlotQueued f ->
          claims(
              s, plus(s.wants(), new Claim(f.vm(), f.migration(), f.slot(), f.load())), s.given());
      case SlotGiven f -> {
        List<Claim> found =
            s.wants().stream().filter(c -> c.same(f.migration(), f.slot())).toList();
        List<Claim> given = new ArrayList<>(s.given());
        given.addAll(found);
        yield claims(s, without(s.wants(), c -> c.same(f.migration(), f.slot())), given);
      }
      case SlotFreed f ->
          claims(
              s,
              without(s.wants(), c -> c.same(f.migration(), f.slot())),
              without(s.given(), c -> c.same(f.migration(), f.slot())));
      case JourneyLeft f ->
          new DispatchState(
              s.vcenter(),
              s.waves(),
              s.taken(),
              without(s.live(), l -> l.migration().equals(f.migration())),
              without(s.wants(), c -> c.migration().equals(f.migration())),
              without(s.given(), c -> c.migration().equals(f.migration())),
              s.limits(),
              s.stopped());
      case EverythingStopped f -> stopped(s, f.reason());
      case StopEnded f -> stopped(s, null);
      case LimitsSet f ->
          new DispatchState(
              s.vcenter(),
              s.waves(),
              s.taken(),
              s.live(),
              s.wants(),
              s.given(),
              f.limits(),
              s.stopped());
    };
  }

  @Override
  public List<Intent<Void>> resume(DispatchState state) {
    return List.of();
  }

  @Override
  public Parts<DispatchState, Wave> parts() {
    return DispatchState.PARTS;
  }

  private static DispatchState claims(DispatchState s, List<Claim> wants, List<Claim> given) {
    return new DispatchState(
        s.vcenter(), s.waves(), s.taken(), s.live(), wants, given, s.limits(), s.stopped());
  }

  private static DispatchState stopped(
      DispatchState s, @org.jspecify.annotations.Nullable String reason) {
    return new DispatchState(
        s.vcenter(), s.waves(), s.taken(), s.live(), s.wants(), s.given(), s.limits(), reason);
  }

  private static <T> List<T> plus(List<T> list, T more) {
    var next = new ArrayList<>(list);
    next.add(more);
    return next;
  }

  private static <T> List<T> without(List<T> list, Predicate<T> gone) {
    return list.stream().filter(gone.negate()).toList();
  }

  /** One decision in the making. */
  private final class Making {
    private DispatchState state;
    private final List<DispatchFact> facts = new ArrayList<>();
    private final List<Letter> letters = new ArrayList<>();

    Making(DispatchState state) {
      this.state = state;
    }

    void happen(DispatchFact fact) {
      state = evolve(state, fact);
      facts.add(fact);
    }

    void tell(Live journey, MigrationMessage message) {
      letters.add(new Letter(Brain.MIGRATION, journey.vm().toString(), message));
    }
  }
}
