// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.app.config.DroverConfig;
import io.drover.converter.CopyFault;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.executor.MigrationEffect;
import io.drover.lab.world.Orders;
import io.drover.runtime.config.Settings;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.EffectId;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A source is not touched while the copy that comes behind it could not be made. */
class EarlyLookTest {
  private static final Problem FULL =
      new Problem(Problem.Kind.UNAVAILABLE, "ceph-nearly-full", "Ceph is 86 % full.", "Add some.");

  private final List<String> done = new ArrayList<>();
  private final List<CopyOrder> looked = new ArrayList<>();
  private boolean well;

  private Outcome<Evidence> ensure(MigrationEffect effect) throws Exception {
    var hand =
        new EarlyLook(
            order -> {
              done.add(order.effect().getClass().getSimpleName());
              return new Outcome.Done<>(new Evidence.GatePassed());
            },
            copy -> {
              looked.add(copy);
              if (!well) {
                throw new CopyFault(FULL);
              }
            });
    return hand.ensure(
        new Order<>(
            new EffectId("e-1"), "k", new Token(1), effect, StopSignal.NEVER, Progress.NONE));
  }

  private static MigrationSpec spec() {
    Inventory.Vm vm = Orders.vm(new VmKey("vc", "vm-1"), "shop-web-01", 2, 1 << 30);
    return Orders.spec(vm, "m-1", "apps", "gold", false);
  }

  @Test
  void theSourceIsNotTouchedBeforeAStorageThatIsFull() throws Exception {
    Outcome<Evidence> outcome = ensure(new MigrationEffect.EnsureSourceRecorded(spec()));

    assertThat(outcome).isEqualTo(new Outcome.Failed<Evidence>(FULL));
    assertThat(done).isEmpty();
  }

  @Test
  void aPreflightThatPassedDoesNotPassBeforeAStorageThatIsFull() throws Exception {
    Outcome<Evidence> outcome = ensure(new MigrationEffect.EnsurePreflightPassed(spec()));

    assertThat(outcome).isEqualTo(new Outcome.Failed<Evidence>(FULL));
  }

  @Test
  void whereACopyCanBeMadeTheHandDoesIt() throws Exception {
    well = true;

    var _ = ensure(new MigrationEffect.EnsureSourceRecorded(spec()));

    assertThat(done).containsExactly("EnsureSourceRecorded");
    assertThat(looked)
        .singleElement()
        .satisfies(copy -> {
          assertThat(copy.vmName()).isEqualTo("shop-web-01");
          assertThat(copy.volumes()).containsOnlyKeys(2000, 2001);
          assertThat(copy.namespace()).isEqualTo(spec().target().namespace());
        });
  }

  @Test
  void theWayBackIsNeverLookedAt() throws Exception {
    var _ = ensure(new MigrationEffect.EnsureSourceReleased(spec()));

    assertThat(done).containsExactly("EnsureSourceReleased");
    assertThat(looked).isEmpty();
  }

  @Test
  void aStagingFolderWithoutRoomIsSeenBeforeTheSourceIsTouched(@TempDir Path folder)
      throws Exception {
    Path kubeconfig =
        Files.writeString(
            folder.resolve("kubeconfig"),
            """
            clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
            contexts: [{name: c, context: {cluster: c, user: u}}]
            users: [{name: u, user: {token: t}}]
            current-context: c
            """);
    var config =
        Settings.parse(
            """
            kafka: {bootstrap: 'localhost:1'}
            cluster: {kubeconfig: %s}
            converter:
              staging: {folder: %s, reserveGiB: 2000000000, port: 0}
            """
                .formatted(kubeconfig, folder.resolve("staging")),
            "drover.yaml",
            DroverConfig.class);
    well = true;
    assertThat(ensure(new MigrationEffect.EnsureSourceRecorded(spec())).getClass())
        .isEqualTo(Outcome.Done.class);
    CopyOrder seen = looked.getFirst();
    var copy =
        new CopyOrder(
            seen.copy(),
            seen.migration(),
            seen.vm(),
            seen.moref(),
            seen.vmName(),
            seen.round(),
            Transfer.STREAM,
            Sink.AUTO,
            seen.namespace(),
            seen.volumes(),
            seen.disks(),
            seen.since());

    try (var wiring = new Wiring(config)) {
      wiring.early(_ -> {}).accept(copy);
      var _ = wiring.conversion();

      assertThatThrownBy(() -> wiring.early(_ -> {}).accept(copy))
          .isInstanceOfSatisfying(
              CopyFault.class,
              fault -> assertThat(fault.problem().what()).contains("reserveGiB keeps"));
    }
  }
}
