// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.DiskImports;
import io.drover.converter.cdi.CdiDiskImports;
import io.drover.converter.cdi.CdiSettings;
import io.drover.disk.pipe.Workers;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyId;
import io.drover.schemas.EffectId;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The CDI adapter on the lab's API server. */
class CdiDiskImportsIT extends CdiDiskImportsSuite {
  @TempDir static Path folder;

  @BeforeAll
  static void start() throws Exception {
    world = CdiWorld.onLab(folder);
  }

  /** Storage and a proxy that say no. */
  @Nested
  class Troubled {
    private final Workers workers = new Workers(1);
    private final DiskImports hasty =
        new CdiDiskImports(
            world().client,
            new CdiSettings(
                world().uploads(),
                CdiSettings.WorkerPod.of("registry.example.com/drover:0.1.0"),
                _ -> null,
                new CdiSettings.Patience(
                    Duration.ofSeconds(2),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(20),
                    Duration.ofSeconds(20))),
            workers,
            Clock.systemUTC());

    @AfterEach
    void close() {
      world().cluster.faults().clear();
      workers.close();
    }

    private static CopyOrder order(String name) {
      return new CopyOrder(
          new CopyId(name),
          new MigrationId("m-" + name),
          new VmKey("vc", name),
          "vm-1",
          name,
          Round.FINAL,
          Transfer.STREAM,
          Sink.UPLOAD,
          "shop",
          Map.of(2000, new Volume(name + "-2000", null)),
          List.of(SourceDisksSuite.disk(2000, "Hard disk 1", DiskImportsSuite.SIZE)),
          Map.of());
    }

    private static Attempt attempt(int number) {
      return new Attempt(
          new EffectId("effect/" + number), new Token(1), StopSignal.NEVER, Progress.NONE);
    }

    private static Problem problemOf(ThrowingCallable call) {
      var problem = new Problem[1];
      assertThatThrownBy(call)
          .isInstanceOfSatisfying(CopyFault.class, fault -> problem[0] = fault.problem());
      return problem[0];
    }

    @Test
    void aVolumeThatIsNotProvisionedIsNamedAndMadeOnceItCanBe() {
      CopyOrder order = order("unprovisioned");
      var disk = order.disks().getFirst();
      String fault =
          world()
              .cluster
              .faults()
              .add(Fault.on(Fault.What.PROVISION_FAILS, "shop", "unprovisioned-2000"));

      Problem problem = problemOf(() -> hasty.prepare(order, disk, attempt(1)));
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (problem.what().contains("unseen by CDI") && System.nanoTime() < end) {
        problem = problemOf(() -> hasty.prepare(order, disk, attempt(1)));
      }

      assertThat(problem.kind()).isEqualTo(Problem.Kind.TRANSIENT);
      assertThat(problem.what()).contains("shop/unprovisioned-2000", "Pending");
      assertThat(problem.remedy())
          .isEqualTo("See the events of the claim, its storage class, and the CDI pods.");
      world().cluster.faults().remove(fault);
      arrives(order);
    }

    @Test
    void aClaimThatAQuotaHasNoRoomForIsToldAndMadeOnceItHas() {
      CopyOrder order = order("crowded");
      var disk = order.disks().getFirst();
      var quota =
          world()
              .client
              .resource(
                  new ResourceQuotaBuilder()
                      .withNewMetadata()
                      .withName("crowd")
                      .withNamespace("shop")
                      .endMetadata()
                      .withNewSpec()
                      .withHard(Map.of("persistentvolumeclaims", new Quantity("0")))
                      .endSpec()
                      .build());
      quota.create();
      var told = new CopyOnWriteArrayList<String>();
      var attempt =
          new Attempt(
              new EffectId("effect/1"),
              new Token(1),
              StopSignal.NEVER,
              (subject, what, done, total) -> told.add(subject + " " + what));

      Problem problem = problemOf(() -> hasty.prepare(order, disk, attempt));
      long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
      while (problem.what().contains("unseen by CDI") && System.nanoTime() < end) {
        problem = problemOf(() -> hasty.prepare(order, disk, attempt));
      }
      quota.delete();

      assertThat(problem.kind()).isEqualTo(Problem.Kind.TRANSIENT);
      assertThat(problem.code()).isEqualTo("quota-exceeded");
      assertThat(problem.what())
          .contains("shop/crowded-2000", "its claim is refused", "exceeded quota: crowd");
      assertThat(problem.remedy()).contains("Raise the quota");
      assertThat(told)
          .anySatisfy(said ->
              assertThat(said).startsWith("2000 waiting for its claim: ").contains("crowd"));
      arrives(order);
    }

    @Test
    void anUploadServerThatIsNotReadyIsWaitedFor() {
      CopyOrder order = order("unready");
      var disk = order.disks().getFirst();
      var _ = world().imports(world().uploads()).prepare(order, disk, attempt(1));
      var _ =
          world().cluster.faults().add(Fault.on(Fault.What.UPLOAD_UNREADY, "shop", "unready-2000"));

      Problem problem =
          problemOf(() -> {
            var _ =
                hasty.write(
                    order,
                    disk,
                    SampleDisks.offer(DiskImportsSuite.SIZE, 1, Long.MAX_VALUE),
                    attempt(2));
          });

      assertThat(problem.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
      assertThat(problem.code()).isEqualTo("upload-answered-503");
      assertThat(problem.what()).contains("answered 503 for shop/unready-2000");
      assertThat(problem.remedy()).contains("cdi-upload");
      world().cluster.faults().clear();
      arrives(order);
    }

    /** What the next attempt does, once nothing is wrong any more. */
    private static void arrives(CopyOrder order) {
      var disk = order.disks().getFirst();
      DiskImports patient = world().imports(world().uploads());
      var _ = patient.prepare(order, disk, attempt(3));
      var done =
          patient.write(
              order, disk, SampleDisks.offer(DiskImportsSuite.SIZE, 1, Long.MAX_VALUE), attempt(4));
      assertThat(done).isNotNull();
      patient.halt(order, attempt(5));
      patient.remove(order.migration(), order, attempt(6));
    }
  }

  @AfterAll
  static void stop() {
    world().close();
  }
}
