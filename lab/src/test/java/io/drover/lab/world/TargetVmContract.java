// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.executor.TargetVm;
import io.drover.executor.TargetVm.Holds;
import io.drover.executor.TargetVm.JobSight.Stage;
import io.drover.executor.TargetVm.Presence;
import io.drover.executor.TargetVm.Rung;
import io.drover.executor.TargetVm.Sight;
import io.drover.executor.TargetVm.Snap;
import io.drover.executor.Trouble;
import io.drover.executor.VolumeNames;
import io.drover.schemas.EffectId;
import io.drover.schemas.LossBound;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Token;
import io.drover.schemas.VmKey;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;

/**
 * What a journey leans on in a target VM and its cluster, whoever plays it. Each test has a
 * migration and a VM name of its own.
 */
abstract class TargetVmContract {
  static final String NAMESPACE = "herd";
  static final EffectId STOP = new EffectId("m/undo-start-target/1");
  private static final AtomicInteger NUMBERS = new AtomicInteger();
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final int number = NUMBERS.incrementAndGet();

  /** Two disks, converted: so snapshots and Jobs are part of it. */
  final MigrationSpec spec = spec("m-" + number, "web-" + number);

  private final int first = spec.source().disks().getFirst().deviceKey();

  /** The port under test. */
  abstract TargetVm port();

  /** A storage class whose volumes can be snapshotted. */
  abstract String storageClass();

  /** The copies of all disks have landed, in generation 0. */
  abstract void land(MigrationSpec landed) throws Exception;

  /** Guest conversions of this journey fail from now on. */
  abstract void conversionsFail(MigrationSpec failing);

  final MigrationSpec spec(String id, String name) {
    return Orders.spec(
        Orders.vm(new VmKey("vc", "vm-" + number), name, 2, 1 << 20),
        id,
        NAMESPACE,
        storageClass(),
        false);
  }

  static Token token(long value) {
    return new Token(value);
  }

  static <T> T until(Supplier<T> look, Predicate<T> so) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (true) {
      T seen = look.get();
      if (so.test(seen)) {
        return seen;
      }
      assertThat(Instant.now()).as("still %s", seen).isBefore(end);
      Thread.sleep(20);
    }
  }

  private Sight until(Predicate<Sight> so) throws InterruptedException {
    return until(() -> port().look(spec), so);
  }

  final Sight defined() throws Exception {
    land(spec);
    port().define(spec, 0, token(1));
    return until(seen -> seen.uid() != null);
  }

  final Sight running() throws Exception {
    Sight seen = defined();
    var _ = until(() -> started(uid(seen)), Boolean::booleanValue);
    return until(Sight::running);
  }

  /** Starts it; not yet when a controller wrote to it between the look and the start. */
  private boolean started(String uid) {
    try {
      port().start(spec, uid, version(port().look(spec)), token(2));
      return true;
    } catch (Trouble trouble) {
      assertThat(trouble.problem().code()).isEqualTo("target-changed-meanwhile");
      return false;
    }
  }

  static String uid(Sight seen) {
    return String.valueOf(seen.uid());
  }

  private static String version(Sight seen) {
    return String.valueOf(seen.resourceVersion());
  }

  private static Problem problemOf(ThrowingCallable call) {
    var problem = new Problem[1];
    assertThatThrownBy(call)
        .isInstanceOfSatisfying(Trouble.class, trouble -> problem[0] = trouble.problem());
    return problem[0];
  }

  private static void changedMeanwhile(ThrowingCallable call) {
    Problem problem = problemOf(call);
    assertThat(problem.code()).isEqualTo("target-changed-meanwhile");
    assertThat(problem.kind()).isEqualTo(Problem.Kind.TRANSIENT);
  }

  @Test
  void a_preflight_says_what_it_checked_and_changes_nothing() {
    List<String> checked = port().preflight(spec);

    assertThat(checked).isNotEmpty();
    assertThat(port().look(spec).uid()).isNull();
    assertThat(port().remains(spec)).isEmpty();
    assertThat(port().volume(spec, first, 0)).isEqualTo(Presence.ABSENT);
  }

  @Test
  void a_preflight_refuses_a_name_that_is_taken() throws Exception {
    var _ = defined();

    Problem problem = problemOf(() -> port().preflight(spec("other-" + number, "web-" + number)));

    assertThat(problem.code()).isEqualTo("target-name-taken");
    assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(problem.what()).contains("web-" + number);
  }

  @Test
  void what_was_never_defined_is_absent_and_silent() {
    Sight seen = port().look(spec);

    assertThat(seen.uid()).isNull();
    assertThat(seen.ours()).isFalse();
    assertThat(seen.running()).isFalse();
    assertThat(seen.silent()).isTrue();
  }

  @Test
  void what_is_defined_is_ours_and_halted() throws Exception {
    Sight seen = defined();

    assertThat(seen.ours()).isTrue();
    assertThat(seen.halted()).isTrue();
    assertThat(seen.silent()).isTrue();
  }

  @Test
  void defined_twice_is_defined_once() throws Exception {
    Sight before = defined();

    port().define(spec, 0, token(2));

    assertThat(port().look(spec).uid()).isEqualTo(before.uid());
  }

  @Test
  void nothing_is_defined_on_volumes_that_are_not_there() {
    Problem problem = problemOf(() -> port().define(spec, 0, token(1)));

    assertThat(problem.code()).isEqualTo("volume-missing");
    assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(port().look(spec).uid()).isNull();
  }

  @Test
  void a_machine_of_another_migration_is_left_alone_and_is_not_ours() throws Exception {
    Sight theirs = defined();
    MigrationSpec other = spec("other-" + number, "web-" + number);
    land(other);

    port().define(other, 0, token(5));

    Sight seen = port().look(other);
    assertThat(seen.uid()).isEqualTo(theirs.uid());
    assertThat(seen.ours()).isFalse();
    assertThat(port().look(spec).ours()).isTrue();
  }

  @Test
  void started_it_runs_with_the_token_of_who_started_it() throws Exception {
    Sight seen = running();

    assertThat(seen.halted()).isFalse();
    assertThat(seen.instance()).isNotBlank();
    assertThat(seen.silent()).isFalse();
    assertThat(seen.token()).isEqualTo(2);
  }

  @Test
  void a_start_of_what_changed_meanwhile_is_refused() throws Exception {
    Sight before = defined();
    port().stop(spec, uid(before), token(7), STOP);

    changedMeanwhile(() -> port().start(spec, uid(before), version(before), token(2)));

    Sight after = port().look(spec);
    assertThat(after.halted()).isTrue();
    assertThat(after.token()).isEqualTo(7);
  }

  @Test
  void a_start_that_comes_after_a_stop_of_what_was_halted_is_refused() throws Exception {
    Sight before = defined();
    // The same owner, the same halt: nothing changes but that it was stopped.
    port().stop(spec, uid(before), token(1), STOP);

    changedMeanwhile(() -> port().start(spec, uid(before), version(before), token(1)));

    assertThat(port().look(spec).halted()).isTrue();
  }

  @Test
  void a_start_of_another_object_of_that_name_is_refused() throws Exception {
    Sight seen = defined();

    changedMeanwhile(
        () -> port().start(spec, "00000000-0000-4000-8000-000000000000", version(seen), token(2)));

    assertThat(port().look(spec).halted()).isTrue();
  }

  @Test
  void a_start_never_makes_what_is_gone() throws Exception {
    Sight seen = defined();
    port().delete(spec, uid(seen));
    var _ = until(s -> s.uid() == null);

    Problem problem = problemOf(() -> port().start(spec, uid(seen), version(seen), token(2)));

    assertThat(problem.code()).isEqualTo("target-gone");
    assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(port().look(spec).uid()).isNull();
  }

  @Test
  void stopped_it_falls_silent_with_the_token_of_who_stopped_it() throws Exception {
    Sight seen = running();

    port().stop(spec, uid(seen), token(9), STOP);

    Sight after = until(s -> s.silent());
    assertThat(after.halted()).isTrue();
    assertThat(after.running()).isFalse();
    assertThat(after.token()).isEqualTo(9);
    assertThat(after.uid()).isEqualTo(seen.uid());
  }

  @Test
  void what_runs_anew_is_another_instance() throws Exception {
    Sight first = running();
    port().stop(spec, uid(first), token(2), STOP);
    var _ = until(s -> s.silent());

    var _ = until(() -> started(uid(first)), Boolean::booleanValue);

    Sight again = until(Sight::running);
    assertThat(again.instance()).isNotEqualTo(first.instance());
  }

  @Test
  void only_the_object_that_is_meant_is_stopped() throws Exception {
    var _ = running();

    changedMeanwhile(
        () -> port().stop(spec, "00000000-0000-4000-8000-000000000000", token(9), STOP));

    assertThat(port().look(spec).halted()).isFalse();
  }

  @Test
  void to_stop_or_delete_what_is_gone_is_fine() {
    port().stop(spec, "00000000-0000-4000-8000-000000000000", token(1), STOP);
    port().delete(spec, "00000000-0000-4000-8000-000000000000");

    assertThat(port().look(spec).silent()).isTrue();
  }

  @Test
  void a_running_machine_that_is_deleted_is_gone_and_falls_silent() throws Exception {
    Sight seen = running();

    port().delete(spec, uid(seen));

    Sight after = until(s -> s.uid() == null && s.silent());
    assertThat(after.running()).isFalse();
  }

  @Test
  void only_the_object_that_is_meant_is_deleted() throws Exception {
    Sight seen = defined();

    port().delete(spec, "00000000-0000-4000-8000-000000000000");

    assertThat(port().look(spec).uid()).isEqualTo(seen.uid());
  }

  @Test
  void a_running_machine_climbs_every_rung() throws Exception {
    Sight seen = running();

    List<Rung> rungs =
        until(
            () -> port().health(spec, uid(seen)),
            all -> all.stream().allMatch(rung -> rung.holds() == Holds.YES));

    assertThat(rungs).isNotEmpty().allSatisfy(rung -> assertThat(rung.observed()).isNotBlank());
  }

  @Test
  void a_machine_that_does_not_run_is_not_healthy_yet() throws Exception {
    Sight seen = defined();

    assertThat(port().health(spec, uid(seen)))
        .anyMatch(rung -> rung.holds() == Holds.NOT_YET)
        .noneMatch(rung -> rung.holds() == Holds.NEVER);
  }

  @Test
  void another_machine_of_that_name_is_never_healthy() throws Exception {
    var _ = running();

    assertThat(port().health(spec, "00000000-0000-4000-8000-000000000000"))
        .anyMatch(rung -> rung.holds() == Holds.NEVER);
  }

  @Test
  void what_a_running_machine_wrote_is_told_as_an_upper_bound() throws Exception {
    var _ = running();

    LossBound loss =
        until(() -> port().loss(spec), told -> told.kind() == LossBound.Kind.TARGET_WRITES);

    assertThat(loss.bytes()).isNotNegative();
  }

  @Test
  void a_snapshot_gets_ready_and_is_made_once() throws Exception {
    land(spec);
    assertThat(port().canSnapshot(spec)).isTrue();
    assertThat(port().snapshots(spec, 0)).isEmpty();

    port().snapshot(spec, first, 0);
    port().snapshot(spec, first, 0);

    Map<Integer, Snap> found =
        until(
            () -> port().snapshots(spec, 0),
            snaps -> snaps.containsKey(first) && snaps.get(first).ready());
    assertThat(found).hasSize(1);
    assertThat(found.get(first).name()).isEqualTo(VolumeNames.snapshot(spec, first, 0));
    assertThat(found.get(first).error()).isNull();
    assertThat(port().remains(spec)).containsExactly(remain("VolumeSnapshot", found));
    port().deleteSnapshots(spec);
    assertThat(until(() -> port().snapshots(spec, 0), Map::isEmpty)).isEmpty();
  }

  /** What is left is named by its kind and its name, whatever stands between. */
  private String remain(String kind, Map<Integer, Snap> found) {
    return port().remains(spec).stream()
        .filter(left -> left.startsWith(kind + "/") && left.endsWith(found.get(first).name()))
        .findFirst()
        .orElse("no " + kind);
  }

  @Test
  void a_volume_is_made_again_from_its_snapshot_and_the_old_one_goes() throws Exception {
    land(spec);
    port().snapshot(spec, first, 0);
    var snaps =
        until(
            () -> port().snapshots(spec, 0),
            all -> all.containsKey(first) && all.get(first).ready());

    port().restore(spec, first, 1, snaps.get(first).name());
    port().deleteOlderVolumes(spec, first, 1);

    assertThat(until(() -> port().volume(spec, first, 1), Presence.PRESENT::equals))
        .isEqualTo(Presence.PRESENT);
    assertThat(until(() -> port().volume(spec, first, 0), Presence.ABSENT::equals))
        .isEqualTo(Presence.ABSENT);
  }

  @Test
  void nothing_is_made_again_out_of_nothing() {
    Problem problem = problemOf(() -> port().restore(spec, first, 1, "no-such-snapshot"));

    assertThat(problem.code()).isEqualTo("volume-missing");
    assertThat(problem.kind()).isEqualTo(Problem.Kind.REFUSED);
  }

  @Test
  void a_conversion_runs_once_and_succeeds() throws Exception {
    land(spec);
    assertThat(port().conversion(spec, 0).stage()).isEqualTo(Stage.ABSENT);

    port().convert(spec, 0);
    port().convert(spec, 0);

    assertThat(until(() -> port().conversion(spec, 0).stage(), stage -> stage != Stage.RUNNING))
        .isEqualTo(Stage.SUCCEEDED);
    port().deleteConversions(spec);
    assertThat(until(() -> port().conversion(spec, 0).stage(), Stage.ABSENT::equals))
        .isEqualTo(Stage.ABSENT);
  }

  @Test
  void a_conversion_that_fails_says_its_last_word() throws Exception {
    land(spec);
    conversionsFail(spec);

    port().convert(spec, 0);

    var seen = until(() -> port().conversion(spec, 0), now -> now.stage() != Stage.RUNNING);
    assertThat(seen.stage()).isEqualTo(Stage.FAILED);
    assertThat(seen.said()).isNotBlank();
  }

  @Test
  void a_sweep_leaves_nothing_but_the_copies_and_what_is_not_ours() throws Exception {
    Sight theirs = defined();
    MigrationSpec other = spec("other-" + number, "db-" + number);
    land(other);
    port().define(other, 0, token(3));
    port().snapshot(other, first, 0);
    port().convert(other, 0);
    assertThat(port().remains(other)).hasSizeGreaterThanOrEqualTo(3);

    port().sweep(other);

    assertThat(until(() -> port().remains(other), List::isEmpty)).isEmpty();
    assertThat(port().look(other).uid()).isNull();
    assertThat(port().volume(other, first, 0)).isEqualTo(Presence.PRESENT);
    assertThat(port().look(spec).uid()).isEqualTo(theirs.uid());
  }
}
