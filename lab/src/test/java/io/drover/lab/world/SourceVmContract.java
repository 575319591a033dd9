// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.executor.SourceVm;
import io.drover.executor.Trouble;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.Problem;
import io.drover.schemas.VmKey;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.TreeMap;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * What a journey leans on in a source VM, whoever plays it. Each test gets a running VM of its own.
 */
abstract class SourceVmContract {
  /** The port under test. */
  abstract SourceVm port();

  /** A running VM with one NIC that connects at power on, and tools that answer. */
  abstract VmKey running();

  static Problem problemOf(ThrowingCallable call) {
    var problem = new Problem[1];
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(Trouble.class, trouble -> problem[0] = trouble.problem());
    return problem[0];
  }

  SourceVm.Sight until(VmKey vm, java.util.function.Predicate<SourceVm.Sight> so) {
    Instant end = Instant.now().plus(Duration.ofSeconds(60));
    while (true) {
      SourceVm.Sight seen = port().look(vm);
      if (so.test(seen)) {
        return seen;
      }
      assertThat(Instant.now()).as("still %s", seen).isBefore(end);
      Thread.onSpinWait();
    }
  }

  void off(VmKey vm) {
    port().powerOff(vm);
    until(vm, s -> s.power() == Power.OFF && s.busy() == null);
  }

  @Test
  void a_vm_nobody_has_is_gone() {
    assertThatThrownBy(() -> port().look(new VmKey(running().vcenter(), "no-such-uuid")))
        .isInstanceOfSatisfying(
            Trouble.class,
            t -> {
              assertThat(t.problem().kind()).isEqualTo(Problem.Kind.REFUSED);
              assertThat(t.problem().code()).isEqualTo("source-gone");
            });
  }

  @Test
  void a_guest_that_is_asked_goes_down() {
    VmKey vm = running();
    port().shutDownGuest(vm);
    assertThat(until(vm, s -> s.power() == Power.OFF).power()).isEqualTo(Power.OFF);
  }

  @Test
  void a_mark_is_set_by_compare_and_set_and_removed_again() {
    VmKey vm = running();
    SourceVm.Sight before = port().look(vm);
    port().mark(vm, before.changeVersion(), Map.of(SourceVm.MARK, "m1"));
    SourceVm.Sight marked = port().look(vm);
    assertThat(marked.marks()).containsEntry(SourceVm.MARK, "m1");
    assertThatThrownBy(() -> port().mark(vm, before.changeVersion(), Map.of(SourceVm.MARK, "m2")))
        .isInstanceOfSatisfying(
            Trouble.class,
            t -> assertThat(t.problem().code()).isEqualTo("source-changed-meanwhile"));
    port().mark(vm, marked.changeVersion(), Map.of(SourceVm.MARK, ""));
    assertThat(port().look(vm).marks()).isEmpty();
  }

  @Test
  void a_fence_takes_the_network_away_and_an_unfence_brings_it_back() {
    VmKey vm = running();
    off(vm);
    SourceVm.Sight before = port().look(vm);
    port()
        .fence(
            vm, before.changeVersion(), Map.of(SourceVm.MARK, "m1", SourceVm.MARK_NICS, "x=true"));
    SourceVm.Sight fenced = port().look(vm);
    assertThat(fenced.startConnected().values()).containsOnly(false);
    assertThat(fenced.marks()).containsEntry(SourceVm.MARK, "m1");
    assertThatThrownBy(
            () -> port().unfence(vm, before.changeVersion(), before.startConnected(), Map.of()))
        .isInstanceOf(Trouble.class);
    var gone = new TreeMap<String, String>();
    gone.put(SourceVm.MARK, "");
    gone.put(SourceVm.MARK_NICS, "");
    port().unfence(vm, fenced.changeVersion(), before.startConnected(), gone);
    SourceVm.Sight after = port().look(vm);
    assertThat(after.startConnected()).isEqualTo(before.startConnected());
    assertThat(after.marks()).isEmpty();
  }

  @Test
  void a_template_cannot_be_powered_on_and_comes_back_where_it_was() {
    VmKey vm = running();
    off(vm);
    SourceVm.Sight before = port().look(vm);
    port().lock(vm);
    assertThat(until(vm, SourceVm.Sight::template).template()).isTrue();
    assertThatThrownBy(() -> port().powerOn(vm)).isInstanceOf(Trouble.class);
    assertThat(port().look(vm).power()).isEqualTo(Power.OFF);
    port().unlock(vm, before.resourcePool(), before.host());
    SourceVm.Sight after = until(vm, s -> !s.template());
    assertThat(after.resourcePool()).isEqualTo(before.resourcePool());
  }

  @Test
  void who_powers_on_is_on_record() {
    VmKey vm = running();
    off(vm);
    Instant from = port().look(vm).at();
    assertThat(port().powerOnsSince(vm, from)).isEmpty();
    port().powerOn(vm);
    until(vm, s -> s.power() == Power.ON);
    assertThat(port().powerOnsSince(vm, from)).isNotEmpty();
  }
}
