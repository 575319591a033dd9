// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationHand;
import io.drover.executor.TargetVm;
import io.drover.executor.Trouble;
import io.drover.schemas.Evidence;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Token;
import io.drover.schemas.VmKey;
import java.time.Duration;
import org.junit.jupiter.api.Test;

/** What a hand makes of a target that somebody else had a hand in, or that is late. */
class TargetHandTest {
  private static final Token OWNER = new Token(7);

  private final MigrationSpec spec =
      Orders.spec(Orders.vm(new VmKey("vc", "vm"), "web", 1, 1 << 20), "m1", "herd", "fast", true);
  private final Waiting time = new Waiting();
  private final ModelTargetVm target =
      new ModelTargetVm(new World(time::now, time::later, line -> {}, Mischief.NONE));

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
    ensure(new MigrationEffect.EnsureTargetStopped(spec));

    String refused = "";
    try {
      start(before);
    } catch (Trouble trouble) {
      refused = trouble.problem().code();
    }

    assertThat(refused).isEqualTo("target-changed-meanwhile");
    assertThat(target.look(spec).silent()).isTrue();
  }

  @Test
  void what_lands_right_after_the_sweep_is_swept_too() {
    target.storage().land(spec, 2000, 1);
    time.later(Duration.ofSeconds(3), () -> target.define(spec, 0, OWNER));

    ensure(new MigrationEffect.EnsureSwept(spec));

    assertThat(target.remains(spec)).isEmpty();
  }
}
