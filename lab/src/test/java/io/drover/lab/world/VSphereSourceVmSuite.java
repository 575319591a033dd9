// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationHand;
import io.drover.executor.Patience;
import io.drover.executor.SourceVm;
import io.drover.executor.vsphere.VSphereSourceVm;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.VmKey;
import io.drover.vsphere.VSphere;
import org.junit.jupiter.api.Test;

/** The vSphere adapter keeps the promises of the port, over SOAP and HTTPS to a vCenter. */
abstract class VSphereSourceVmSuite extends SourceVmContract {
  /** A session with the vCenter. */
  abstract VSphere vsphere();

  /** All sessions end, as by an idle timeout. */
  abstract void endSessions() throws Exception;

  @Test
  void a_session_that_ended_costs_a_login_and_nothing_else() throws Exception {
    VmKey key = running();
    endSessions();
    off(key);
    SourceVm.Sight before = port().look(key);
    endSessions();
    port().fence(key, before.changeVersion(), java.util.Map.of(SourceVm.MARK, "m1"));
    SourceVm.Sight fenced = port().look(key);
    endSessions();
    port()
        .unfence(
            key,
            fenced.changeVersion(),
            before.startConnected(),
            java.util.Map.of(SourceVm.MARK, ""));
    endSessions();
    port().powerOn(key);

    SourceVm.Sight after = until(key, seen -> seen.power() == Inventory.Power.ON);
    assertThat(after.startConnected()).isEqualTo(before.startConnected());
    assertThat(after.marks()).isEmpty();
  }

  @Override
  SourceVm port() {
    return new VSphereSourceVm(uuid -> vsphere());
  }

  /** The way of a journey at the source, forth and back, as the hand walks it. */
  @Test
  void the_hand_takes_the_source_down_and_brings_it_back_as_it_was() {
    VmKey key = running();
    SourceVm.Sight before = port().look(key);
    Inventory.Vm planned = Orders.vm(key, "web", before.disks(), before.moref());
    MigrationSpec spec = Orders.spec(planned, "m1", "herd", "fast", true);
    var hand =
        new MigrationHand(
            port(),
            new ModelTargetVm(
                new World(
                    java.time.Instant::now,
                    (delay, what) -> what.run(),
                    line -> {},
                    Mischief.NONE)),
            Patience.real());
    var recorded =
        (Evidence.SourceRecorded) done(hand, new MigrationEffect.EnsureSourceRecorded(spec));
    done(hand, new MigrationEffect.EnsureSourceQuiesced(spec, recorded));
    var fenced = (Evidence.SourceFenced) done(hand, new MigrationEffect.EnsureSourceFenced(spec));
    done(hand, new MigrationEffect.EnsureSourceLocked(spec, recorded, fenced, null));
    assertThat(port().look(key).template()).isTrue();
    done(hand, new MigrationEffect.EnsureSourceUnlocked(spec, recorded));
    done(hand, new MigrationEffect.EnsureSourceUnfenced(spec, recorded));
    done(hand, new MigrationEffect.EnsureSourcePowered(spec, recorded, true));
    done(hand, new MigrationEffect.EnsureSourceReleased(spec));
    SourceVm.Sight after = port().look(key);
    assertThat(after.power()).isEqualTo(Inventory.Power.ON);
    assertThat(after.startConnected()).isEqualTo(before.startConnected());
    assertThat(after.marks()).isEmpty();
    assertThat(after.template()).isFalse();
  }

  private static Evidence done(MigrationHand hand, MigrationEffect effect) {
    // Twice: an effect is safe to repeat.
    Outcome<Evidence> first = hand.ensure(Orders.order(effect, 7));
    assertThat(first).as("%s", effect.getClass().getSimpleName()).isInstanceOf(Outcome.Done.class);
    Outcome<Evidence> second = hand.ensure(Orders.order(effect, 7));
    assertThat(second)
        .as("%s twice", effect.getClass().getSimpleName())
        .isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done<Evidence>) first).evidence();
  }
}
