// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationHand;
import io.drover.executor.TargetVm;
import io.drover.executor.Trouble;
import io.drover.schemas.Carry;
import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Token;
import io.drover.schemas.VmKey;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a hand makes of a target that somebody else had a hand in, or that is late. */
class TargetHandTest {
  private static final Token OWNER = new Token(7);

  private final MigrationSpec spec =
      Orders.spec(Orders.vm(new VmKey("vc", "vm"), "web", 1, 1 << 20), "m1", "herd", "fast", true);
  private final Waiting time = new Waiting();
  private final World world = new World(time::now, time::later, line -> {}, Mischief.NONE);
  private final ModelTargetVm target = new ModelTargetVm(world);

  private Outcome<Evidence> ensure(MigrationEffect effect) {
    return new MigrationHand(
            new ModelSourceVm(new World(time::now, time::later, l -> {}, Mischief.NONE)),
            target,
            time)
        .ensure(Orders.order(effect, OWNER.value()));
  }

  private TargetVm.Sight defined() {
    target.storage().land(spec, 2000, 1);
    target.define(spec, 0, OWNER);
    return target.look(spec);
  }

  private void start(TargetVm.Sight seen) {
    target.start(spec, String.valueOf(seen.uid()), String.valueOf(seen.resourceVersion()), OWNER);
  }

  @Test
  void a_target_that_somebody_started_is_stopped_before_it_is_deleted() {
    start(defined());

    Outcome<Evidence> outcome = ensure(new MigrationEffect.EnsureTargetDeleted(spec, null));

    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    assertThat(target.look(spec).uid()).isNull();
    assertThat(target.look(spec).silent()).isTrue();
  }

  @Test
  void a_start_of_the_same_owner_that_comes_after_the_stop_does_not_land() {
    TargetVm.Sight before = defined();
    ensure(new MigrationEffect.EnsureTargetStopped(spec, null));

    String refused = "";
    try {
      start(before);
    } catch (Trouble trouble) {
      refused = trouble.problem().code();
    }

    assertThat(refused).isEqualTo("target-changed-meanwhile");
    assertThat(target.look(spec).silent()).isTrue();
  }

  /** Somebody took its annotations off, as an apply of a manifest does. */
  @Test
  void a_target_is_known_by_its_uid_where_its_marks_are_gone() {
    String uid = String.valueOf(defined().uid());
    start(target.look(spec));

    Outcome<Evidence> stopped = ensure(new MigrationEffect.EnsureTargetStopped(unmarked(), uid));
    boolean silent = target.look(spec).silent();
    Outcome<Evidence> deleted = ensure(new MigrationEffect.EnsureTargetDeleted(unmarked(), uid));

    assertThat(stopped).isInstanceOf(Outcome.Done.class);
    assertThat(silent).isTrue();
    assertThat(deleted).isInstanceOf(Outcome.Done.class);
    assertThat(target.look(spec).uid()).isNull();
  }

  @Test
  void what_runs_in_the_place_of_the_target_keeps_the_source_down_until_a_person_looked() {
    start(defined());

    Outcome<Evidence> outcome =
        ensure(new MigrationEffect.EnsureTargetStopped(unmarked(), "uid-of-before"));

    assertThat(outcome).isInstanceOf(Outcome.Failed.class);
    Problem problem = ((Outcome.Failed<Evidence>) outcome).problem();
    assertThat(problem.kind()).isEqualTo(Problem.Kind.UNKNOWN);
    assertThat(problem.code()).isEqualTo("target-is-another");
    assertThat(problem.what()).contains("herd/web");
    assertThat(target.look(spec).running()).isTrue();
  }

  @Test
  void what_was_made_anew_in_the_place_of_the_target_keeps_the_source_down_where_it_runs() {
    start(defined());

    Outcome<Evidence> outcome =
        ensure(new MigrationEffect.EnsureTargetDeleted(unmarked(), "uid-of-before"));

    assertThat(outcome).isInstanceOf(Outcome.Failed.class);
    assertThat(((Outcome.Failed<Evidence>) outcome).problem().code())
        .isEqualTo("target-is-another");
    assertThat(target.look(spec).running()).isTrue();
  }

  /** As a try before left it that was killed in mid-wait. */
  @Test
  void a_target_that_is_deleted_is_gone_only_when_its_launcher_is() {
    start(defined());
    takes("pod-ends", Duration.ofMinutes(4));
    target.delete(spec, String.valueOf(target.look(spec).uid()));
    boolean silent = target.look(spec).silent();

    Outcome<Evidence> outcome = ensure(new MigrationEffect.EnsureTargetDeleted(spec, "uid-1"));

    assertThat(silent).isFalse();
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    assertThat(target.look(spec).silent()).isTrue();
    assertThat(time.since()).isGreaterThanOrEqualTo(240);
  }

  private void takes(String what, Duration length) {
    world.mischief(
        new Mischief() {
          @Override
          public Fate of(String call) {
            return Fate.LANDS;
          }

          @Override
          public Duration delay(String happening) {
            return happening.equals(what) ? length : Duration.ZERO;
          }
        });
  }

  /** The same target, as a journey sees it whose marks are not on it. */
  private MigrationSpec unmarked() {
    return Orders.spec(spec.source(), "m2", "herd", "fast", true);
  }

  @Test
  void a_guest_that_does_not_listen_does_not_keep_the_source_down() {
    start(defined());
    target.deafen(spec);

    Outcome<Evidence> outcome = ensure(new MigrationEffect.EnsureTargetStopped(spec, null));

    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    assertThat(target.look(spec).silent()).isTrue();
    assertThat(time.since()).isLessThan(60);
  }

  @Test
  void a_target_that_is_killed_is_waited_for_until_its_launcher_is_gone() {
    start(defined());
    target.deafen(spec);
    takes("pod-killed", Duration.ofSeconds(90));

    Outcome<Evidence> outcome = ensure(new MigrationEffect.EnsureTargetStopped(spec, null));

    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    assertThat(target.look(spec).silent()).isTrue();
    // Its grace is 20 s.
    assertThat(time.since()).isGreaterThanOrEqualTo(110);
  }

  /** The note may hold a secret: it is not even read where nobody asks for it. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void the_note_of_the_source_goes_to_the_target_only_where_it_is_asked_for(boolean asked) {
    target.storage().land(spec, 2000, 1);
    var t = spec.target();
    var carrying =
        new MigrationSpec(
            spec.id(),
            spec.wave(),
            spec.planVersion(),
            spec.way(),
            spec.transfer(),
            spec.sink(),
            spec.source(),
            new MigrationSpec.Target(
                t.namespace(),
                t.name(),
                t.storage(),
                t.networks(),
                t.compatibility(),
                null,
                Map.of(),
                Map.of(),
                new Carry(true, List.of(), asked, Carry.PREFIX)),
            spec.policy());

    Outcome<Evidence> outcome = ensure(new MigrationEffect.EnsureTargetDefined(carrying, 0));

    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    assertThat(outcome.toString()).doesNotContain("note of");
    assertThat(target.machines())
        .extracting(ModelTargetVm.Machine::note)
        .containsExactly(asked ? "note of vm" : "");
  }

  @Test
  void what_lands_right_after_the_sweep_is_swept_too() {
    target.storage().land(spec, 2000, 1);
    time.later(Duration.ofSeconds(3), () -> target.define(spec, 0, OWNER));

    ensure(new MigrationEffect.EnsureSwept(spec));

    assertThat(target.remains(spec)).isEmpty();
  }
}
