// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static io.drover.lab.world.copies.CdiDiskImportsSuite.world;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.CopyFault;
import io.drover.converter.DiskImports;
import io.drover.converter.SourceDisks;
import io.drover.converter.cdi.Marks;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.schemas.ClusterMarks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Volumes of {@code source.blank} that a worker writes in place. */
abstract class ImportsInPlace extends CdiImports {
  @Override
  Sink sink() {
    return Sink.DIRECT;
  }

  @Override
  DiskImports imports() {
    return world().imports(CdiWorld.direct());
  }

  @Test
  void anImageOnAFilesystemIsWrittenInPlaceAndProvedOnBothSides() throws IOException {
    CopyOrder order = order("final", Sink.DIRECT, SIZE, LabClusterFixtures.FILE_CLASS);
    var _ = imports().prepare(order, only(order), attempt(1));
    Path image = world().cluster.volumeOf("shop", volume()).orElseThrow().image();
    long made = Files.size(image);

    var written = imports().write(order, only(order), disk(1), attempt(2));

    assertThat(written.source()).isEqualTo(digest(1));
    assertThat(imports().digest(order, only(order), written, attempt(3)).target())
        .isEqualTo(digest(1));
    assertThat(image.getFileName()).hasToString("disk.img");
    assertThat(image).hasSize(made);
    assertThat(
            world()
                .client
                .persistentVolumeClaims()
                .inNamespace("shop")
                .withName(volume())
                .get()
                .getSpec()
                .getVolumeMode())
        .isEqualTo("Filesystem");
  }

  @Test
  void aWriterThatWasLeftBehindIsEndedBeforeTheNextBegins() throws Exception {
    CopyOrder order = order("final");
    var hangs = new CountDownLatch(1);
    var goOn = new CountDownLatch(1);
    SourceDisks.Offer hanging =
        SampleDisks.offer(
            SIZE,
            2,
            300_000,
            () -> {
              hangs.countDown();
              try {
                goOn.await();
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
            });
    var left =
        CompletableFuture.runAsync(() -> imports().write(order, only(order), hanging, attempt(1)));
    while (!hangs.await(100, java.util.concurrent.TimeUnit.MILLISECONDS)) {
      assertThat(left).as("%s", left.isDone() ? left.exceptionNow() : "").isNotDone();
    }

    var written = imports().write(order, only(order), disk(1), attempt(2));

    assertThatThrownBy(left::join).hasMessageContaining("removed while it ran");
    goOn.countDown();
    assertThat(imports().digest(order, only(order), written, attempt(3)).target())
        .isEqualTo(digest(1));
  }

  @Test
  void whatAnEarlierAttemptWroteIsNotWrittenAgain() {
    CopyOrder order = order("final");
    var first = imports().write(order, only(order), disk(1), attempt(1));
    // As if it had died while its worker wrote.
    leaveAnAddress(order);
    var resumed = new java.util.ArrayList<Long>();

    var again =
        resumedInTheLog(
            order, () -> imports().write(order, only(order), disk(1), watched(resumed)));

    assertThat(resumed).containsExactly(first.bytesWritten());
    assertThat(again.source()).isEqualTo(digest(1));
    assertThat(world().leftovers("shop"))
        .as("the way to a disk")
        .noneMatch(name -> name.startsWith("Secret"));
  }

  @Test
  void whatAWorkerSaysIsTheMatterIsTold() {
    CopyOrder order = order("final");

    assertThatThrownBy(() -> imports().write(order, only(order), breaking(1), attempt(1)))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.TRANSIENT);
              assertThat(fault.problem().code()).isEqualTo("disk-stream-broke");
              assertThat(fault.problem().what())
                  .contains("disk " + only(order).label() + " of VM " + order.vmName())
                  .containsPattern("the export from 127.0.0.1 broke after [1-9][0-9]* bytes: ");
              assertThat(fault.problem().remedy())
                  .contains("network between the pods of the cluster and 127.0.0.1")
                  .doesNotContain("image");
            });
  }

  @Test
  void aVolumeThatIsShorterThanTheDiskIsRefusedAndRemoved() throws IOException {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    Path device = world().cluster.volumeOf("shop", volume()).orElseThrow().image();
    try (FileChannel file = FileChannel.open(device, StandardOpenOption.WRITE)) {
      file.truncate(5 << 20);
    }

    assertThatThrownBy(() -> imports().write(order, only(order), disk(1), attempt(2)))
        .isInstanceOfSatisfying(
            CopyFault.class, fault -> tooSmall(fault, "but it has " + (5 << 20)));

    theVolumeGoes(order);
  }

  @ParameterizedTest
  @ValueSource(strings = {"No space left on device", "Disk quota exceeded"})
  void aVolumeThatFillsUnderAWorkerIsRefusedAndRemoved(String kernel) {
    CopyOrder order = order("final");
    var _ = imports().prepare(order, only(order), attempt(1));
    String words =
        "Expected to write /dev/drover-volume at byte 1048576, but: %s. Free space there."
            .formatted(kernel);
    world()
        .cluster
        .faults()
        .add(
            Fault.on(Fault.What.JOB_FAILS, "shop", "drover-write-*")
                .times(1)
                .message("{\"task\": \"write\", \"error\": \"" + words + "\"}"));

    assertThatThrownBy(() -> imports().write(order, only(order), disk(1), attempt(2)))
        .isInstanceOfSatisfying(CopyFault.class, fault -> tooSmall(fault, kernel));

    theVolumeGoes(order);
  }

  /** No Job and no address is left as soon as it failed, and no volume once it is halted. */
  private void theVolumeGoes(CopyOrder order) {
    assertThat(world().leftovers("shop")).isEmpty();
    imports().halt(order, attempt(3));
    assertThat(there("shop", volume())).isFalse();
  }

  private void leaveAnAddress(CopyOrder order) {
    var labels =
        Map.of(
            Marks.MANAGED_BY,
            Marks.DROVER,
            ClusterMarks.PART_OF,
            Marks.DROVER,
            Marks.COMPONENT,
            Marks.COPY_COMPONENT,
            Marks.MIGRATION,
            Marks.value(order.migration().value()),
            Marks.COPY,
            Marks.value(order.copy().value()),
            Marks.DISK,
            Integer.toString(only(order).deviceKey()));
    world()
        .client
        .secrets()
        .inNamespace("shop")
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName("drover-write-" + number)
                .withNamespace("shop")
                .withLabels(labels)
                .endMetadata()
                .build())
        .create();
  }

  @Test
  void aBlankVolumeIsNoCopyYet() {
    CopyOrder order = order("final");
    var ready = imports().prepare(order, only(order), attempt(1));
    var nothing =
        new CopyEvidence.DiskTransferred(
            ready.volume(), 0, 0, null, null, java.time.Instant.EPOCH, java.time.Instant.EPOCH);

    refused(
        () -> imports().digest(order, only(order), nothing, attempt(2)),
        Problem.Kind.REFUSED,
        "landed-volume-missing");
  }
}
