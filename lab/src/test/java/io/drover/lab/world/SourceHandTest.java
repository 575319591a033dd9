// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationHand;
import io.drover.executor.SourceVm;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.VmKey;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a hand makes of a source that somebody else had a hand in, or whose guest takes its time.
 */
class SourceHandTest {
  private static final VmKey KEY = new VmKey("vc", "vm");
  private static final int CARD = 4000;

  /** The grace is 20 s, and the plug may be pulled. */
  private final MigrationSpec spec =
      Orders.spec(Orders.vm(KEY, "web", 1, 1 << 20), "m1", "herd", "fast", true);

  private final Waiting time = new Waiting();
  private boolean blind;
  private final World world = new World(time::now, time::later, line -> {}, Mischief.NONE);
  private final ModelSourceVm source = new ModelSourceVm(world);
  private final ModelSourceVm.Vm vm = source.add(spec.source());

  private Outcome<Evidence> ensure(MigrationEffect effect) {
    return new MigrationHand(source, new ModelTargetVm(world), time)
        .ensure(Orders.order(effect, 7));
  }

  private Evidence done(MigrationEffect effect) {
    Outcome<Evidence> outcome = ensure(effect);
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done<Evidence>) outcome).evidence();
  }

  private Problem problem(MigrationEffect effect) {
    Outcome<Evidence> outcome = ensure(effect);
    assertThat(outcome).isInstanceOf(Outcome.Failed.class);
    return ((Outcome.Failed<Evidence>) outcome).problem();
  }

  private Evidence.SourceRecorded gate() {
    return (Evidence.SourceRecorded) done(new MigrationEffect.EnsureSourceRecorded(spec));
  }

  private Evidence.SourceRecorded fenced() {
    var recorded = gate();
    done(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));
    done(new MigrationEffect.EnsureSourceFenced(spec));
    return recorded;
  }

  /** A journey that goes back and does not find its mark. */
  @Nested
  class WithoutItsMark {
    @Test
    void a_source_that_is_still_fenced_is_not_taken_for_brought_back() {
      var recorded = fenced();
      source.setBy(KEY, "bob", SourceVm.MARK, "");

      Problem problem = problem(new MigrationEffect.EnsureSourceUnfenced(spec, recorded));

      assertThat(problem.kind()).isEqualTo(Problem.Kind.UNKNOWN);
      assertThat(problem.code()).isEqualTo("source-mark-gone");
      assertThat(problem.what()).contains("web", "network card 4000", "m1");
      assertThat(problem.remedy()).contains("drover.migration=m1");
      assertThat(vm.nics()).containsEntry(CARD, false);
    }

    @Test
    void a_source_whose_cards_nobody_noted_is_not_taken_for_brought_back() {
      var recorded = fenced();
      source.setBy(KEY, "bob", SourceVm.MARK_NICS, "");

      Problem problem = problem(new MigrationEffect.EnsureSourceUnfenced(spec, recorded));

      assertThat(problem.code()).isEqualTo("source-mark-gone");
    }

    @Test
    void a_template_is_not_taken_for_brought_back() {
      var recorded = gate();
      source.setBy(KEY, "bob", SourceVm.MARK, "");
      source.powerOff(KEY);
      source.lock(KEY);

      Problem problem = problem(new MigrationEffect.EnsureSourceUnlocked(spec, recorded));

      assertThat(problem.code()).isEqualTo("source-mark-gone");
      assertThat(vm.template()).isTrue();
    }

    @Test
    void a_source_that_is_off_is_not_taken_for_brought_back() {
      var recorded = gate();
      done(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));
      source.setBy(KEY, "bob", SourceVm.MARK, "");

      Problem problem = problem(new MigrationEffect.EnsureSourcePowered(spec, recorded, true));

      assertThat(problem.code()).isEqualTo("source-mark-gone");
      assertThat(vm.power()).isEqualTo(Power.OFF);
    }

    @Test
    void a_source_that_is_as_recorded_counts_as_brought_back() {
      var recorded = gate();
      source.setBy(KEY, "bob", SourceVm.MARK, "");

      assertThat(done(new MigrationEffect.EnsureSourceUnfenced(spec, recorded)))
          .isInstanceOf(Evidence.Undone.class);
      assertThat(done(new MigrationEffect.EnsureSourcePowered(spec, recorded, true)))
          .isInstanceOf(Evidence.Undone.class);
      assertThat(vm.onNetwork()).isTrue();
    }

    @Test
    void a_release_takes_the_rest_of_its_settings_off() {
      var recorded = fenced();
      done(new MigrationEffect.EnsureSourceUnfenced(spec, recorded));
      source.setBy(KEY, "bob", SourceVm.MARK, "");
      source.setBy(KEY, "bob", SourceVm.MARK_ASKED, "2026-01-01T00:00:00Z");

      done(new MigrationEffect.EnsureSourceReleased(spec));

      assertThat(vm.marks()).isEmpty();
    }

    @Test
    void a_source_that_another_migration_marked_is_left_alone() {
      gate();
      source.setBy(KEY, "bob", SourceVm.MARK, "m2");

      done(new MigrationEffect.EnsureSourceReleased(spec));

      assertThat(vm.marks()).containsEntry(SourceVm.MARK, "m2");
    }

    @Test
    void a_fence_that_lost_its_mark_is_not_recorded_as_how_the_source_was() {
      fenced();
      source.setBy(KEY, "bob", SourceVm.MARK, "");

      Problem problem = problem(new MigrationEffect.EnsureSourceRecorded(spec));

      assertThat(problem.code()).isEqualTo("source-fenced");
    }

    @Test
    void given_back_the_mark_the_source_is_brought_back() {
      var recorded = fenced();
      source.setBy(KEY, "bob", SourceVm.MARK, "");
      source.setBy(KEY, "anna", SourceVm.MARK, "m1");

      done(new MigrationEffect.EnsureSourceUnfenced(spec, recorded));
      done(new MigrationEffect.EnsureSourcePowered(spec, recorded, true));

      assertThat(vm.onNetwork()).isTrue();
    }
  }

  /** As somebody wrote it who put another card in by hand: whose network it had would be lost. */
  @Test
  void cards_that_cannot_be_read_are_not_left_off_the_network() {
    var recorded = fenced();
    source.setBy(KEY, "bob", SourceVm.MARK_NICS, "4000:true");

    Problem problem = problem(new MigrationEffect.EnsureSourceUnfenced(spec, recorded));

    assertThat(problem.kind()).isEqualTo(Problem.Kind.UNKNOWN);
    assertThat(problem.code()).isEqualTo("source-mark-unreadable");
    assertThat(problem.what()).contains("web", "drover.nics='4000:true'");
    assertThat(problem.remedy()).contains("4000=true");
    assertThat(vm.marks()).containsEntry(SourceVm.MARK, "m1");
    source.setBy(KEY, "anna", SourceVm.MARK_NICS, " 4000 = true ");
    done(new MigrationEffect.EnsureSourceUnfenced(spec, recorded));
    assertThat(vm.nics()).containsEntry(CARD, true);
  }

  /** Paused behind its gate, its owner needed it. Shut down it would stay down after a rollback. */
  @Test
  void a_source_that_was_off_at_the_gate_and_is_on_by_now_is_left_alone() {
    source.powerOff(KEY);
    var recorded = gate();
    source.powerOnBy(KEY, "bob");

    Problem problem = problem(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));

    assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(problem.code()).isEqualTo("source-powered-on");
    assertThat(problem.what()).isEqualTo("VM web was powered on since it was recorded as off.");
    assertThat(vm.onNetwork()).isTrue();
    assertThat(vm.goingDown()).isFalse();
  }

  @Test
  void a_source_that_was_off_and_is_on_behind_its_fence_is_shut_down_once_more() {
    source.powerOff(KEY);
    var recorded = fenced();
    source.powerOnBy(KEY, "bob");

    done(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));

    assertThat(vm.power()).isEqualTo(Power.OFF);
  }

  /** The host that was recorded may be gone when a soak of weeks is rolled back. */
  @Test
  void a_source_comes_back_on_the_host_that_its_template_is_on() {
    var lock = Orders.locked(spec, this::done);
    done(lock);
    source.moveTo(KEY, "host-2");

    done(new MigrationEffect.EnsureSourceUnlocked(spec, lock.recorded()));

    assertThat(vm.template()).isFalse();
    assertThat(vm.host()).isEqualTo("host-2");
  }

  /** Its disks would be read by an id that is nobody's, or another's. */
  @Test
  void a_source_that_was_registered_anew_is_planned_anew() {
    source.registerAnew(KEY, "vm-77");

    Problem problem = problem(new MigrationEffect.EnsureSourceRecorded(spec));

    assertThat(problem.code()).isEqualTo("source-registered-anew");
    assertThat(problem.what()).contains("vm-1", "vm-77");
    assertThat(vm.marks()).isEmpty();
  }

  /** Its events are of the id that it had: that it ran meanwhile could not be seen. */
  @Test
  void a_source_that_was_registered_anew_behind_its_fence_is_not_copied_from() {
    var lock = Orders.locked(spec, this::done);
    source.registerAnew(KEY, "vm-77");

    Problem problem = problem(lock);

    assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(problem.code()).isEqualTo("source-registered-anew");
    assertThat(vm.template()).isFalse();
  }

  /** vCenter makes a template of whatever it is by then: nothing of the call is compared. */
  @ParameterizedTest
  @ValueSource(strings = {"powered on by bob", "network card", "bytes"})
  void what_happens_between_the_look_and_the_lock_is_seen_behind_it_and_undone(String touched) {
    var lock = Orders.locked(spec, this::done);
    beforeTheLock(() -> {
      switch (touched) {
        case "powered on by bob" -> {
          source.powerOnBy(KEY, "bob");
          source.powerOff(KEY);
        }
        case "network card" -> source.connectBy(KEY, "bob", CARD, true);
        default -> source.resizeBy(KEY, "bob", 2 << 20);
      }
    });

    Problem problem = problem(lock);

    assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(problem.code()).isEqualTo("source-touched");
    assertThat(problem.what()).contains("web", touched);
    // The journey then undoes this step first: see TouchedSourceTest.
    assertThat(vm.template()).isTrue();
    done(new MigrationEffect.EnsureSourceUnlocked(spec, lock.recorded()));
    assertThat(vm.template()).isFalse();
  }

  private void beforeTheLock(Runnable meddling) {
    world.mischief(
        new Mischief() {
          @Override
          public Fate of(String call) {
            if (call.equals("lock")) {
              meddling.run();
            }
            return Fate.LANDS;
          }

          @Override
          public Duration delay(String what) {
            return Duration.ZERO;
          }
        });
  }

  /** Between the lock and the start a person may have been waited for, for days. */
  @Test
  void a_target_does_not_start_once_somebody_unlocked_its_source() {
    var lock = Orders.locked(spec, this::done);
    done(lock);
    source.unlock(KEY, lock.recorded().resourcePool(), null);
    source.connectBy(KEY, "bob", CARD, true);
    source.powerOnBy(KEY, "bob");

    Problem problem = problem(new MigrationEffect.EnsureTargetStarted(spec, "uid-1", lock));

    assertThat(problem.code()).isEqualTo("source-touched");
    assertThat(problem.what()).contains("web", "no template any more");
  }

  @Test
  void a_target_does_not_start_once_its_source_ran_be_it_locked_again() {
    var lock = Orders.locked(spec, this::done);
    done(lock);
    source.unlock(KEY, lock.recorded().resourcePool(), null);
    source.powerOnBy(KEY, "bob");
    source.powerOff(KEY);
    source.lock(KEY);

    Problem problem = problem(new MigrationEffect.EnsureTargetStarted(spec, "uid-1", lock));

    assertThat(problem.code()).isEqualTo("source-touched");
    assertThat(problem.what()).contains("powered on by bob");
  }

  @Test
  void a_card_that_was_taken_off_after_the_gate_stays_off_after_the_fence() {
    var recorded = gate();
    source.connectBy(KEY, "bob", CARD, false);

    done(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));
    var fence = (Evidence.SourceFenced) done(new MigrationEffect.EnsureSourceFenced(spec));

    assertThat(fence.startConnected()).isEqualTo(Map.of(CARD, false));
  }

  @Test
  void a_card_that_was_plugged_in_after_the_gate_comes_back_with_the_source() {
    var recorded = gate();
    source.connectBy(KEY, "bob", 4001, true);

    done(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));
    var fence = (Evidence.SourceFenced) done(new MigrationEffect.EnsureSourceFenced(spec));
    var again = (Evidence.SourceFenced) done(new MigrationEffect.EnsureSourceFenced(spec));
    done(new MigrationEffect.EnsureSourceUnfenced(spec, recorded));

    assertThat(fence.startConnected()).isEqualTo(Map.of(CARD, true, 4001, true));
    assertThat(again.startConnected()).isEqualTo(fence.startConnected());
    assertThat(vm.nics()).isEqualTo(Map.of(CARD, true, 4001, true));
  }

  /** The tools stop after 2 s, the guest is off after {@code rest} more. */
  private void slowGuest(Duration rest) {
    world.mischief(
        new Mischief() {
          @Override
          public Fate of(String call) {
            return time.since() < 5 ? Fate.LANDS : blind ? Fate.UNAVAILABLE : Fate.LANDS;
          }

          @Override
          public Duration delay(String what) {
            return switch (what) {
              case "tools-stop" -> Duration.ofSeconds(2);
              case "guest-down" -> rest;
              default -> Duration.ZERO;
            };
          }
        });
  }

  /** A guest that was asked, by somebody who then saw nothing any more. */
  private Evidence.SourceRecorded askedAndLost(Duration rest) {
    var recorded = gate();
    slowGuest(rest);
    blind = true;
    Problem lost = problem(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));
    assertThat(lost.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    assertThat(vm.power()).isEqualTo(Power.ON);
    blind = false;
    return recorded;
  }

  @Test
  void who_takes_over_a_guest_on_its_way_down_lets_it_go_down() {
    var recorded = askedAndLost(Duration.ofSeconds(15));

    var quiesced =
        (Evidence.SourceQuiesced) done(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));

    assertThat(quiesced.hard()).isFalse();
  }

  @Test
  void who_takes_over_waits_no_longer_than_what_is_left_of_the_grace() {
    var recorded = askedAndLost(Duration.ofHours(1));

    var quiesced =
        (Evidence.SourceQuiesced) done(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));

    assertThat(quiesced.hard()).isTrue();
    assertThat(time.since()).isBetween(19L, 25L);
  }

  @Test
  void a_guest_that_goes_down_by_itself_is_waited_for() {
    var recorded = gate();
    slowGuest(Duration.ofSeconds(15));
    source.shutDownGuest(KEY);

    var quiesced =
        (Evidence.SourceQuiesced) done(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));

    assertThat(quiesced.hard()).isFalse();
  }

  @Test
  void nothing_of_it_is_left_on_a_source_that_is_released() {
    var recorded = askedAndLost(Duration.ofSeconds(15));

    done(new MigrationEffect.EnsureSourcePowered(spec, recorded, false));
    done(new MigrationEffect.EnsureSourceReleased(spec));

    assertThat(vm.marks()).isEmpty();
    assertThat(vm.onNetwork()).isTrue();
  }
}
