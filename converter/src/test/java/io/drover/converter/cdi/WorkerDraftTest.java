// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.Attempt;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.api.model.VolumeMount;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What a worker's JVM is told, and how it gets at the volume. */
class WorkerDraftTest {
  @AfterEach
  void forget() {
    System.clearProperty("drover.vsphere.tls");
  }

  @Test
  void aWorkerReadsByTheTlsThatItsConverterWasToldToUse() {
    assertThat(WorkerDraft.javaOptions()).isEqualTo("-Djava.io.tmpdir=/drover/tmp");

    System.setProperty("drover.vsphere.tls", "jdk");

    assertThat(WorkerDraft.javaOptions()).endsWith(" -Ddrover.vsphere.tls=jdk");
  }

  private static Container container(String volumeMode, WorkerTask task) {
    Inventory.Disk disk = Disks.disk(2000, 1 << 20, null);
    var order = Disks.order(Sink.DIRECT, Map.of(2000, new Volume("web-2000", null)), List.of(disk));
    var claim =
        new PersistentVolumeClaimBuilder()
            .withNewMetadata()
            .withName("web-2000")
            .endMetadata()
            .withNewSpec()
            .withVolumeMode(volumeMode)
            .endSpec()
            .build();
    return WorkerDraft.job(
            order,
            disk,
            claim,
            task,
            CdiSettings.WorkerPod.of("drover:1"),
            Duration.ofMinutes(1),
            new Attempt(new EffectId("e"), new Token(1), StopSignal.NEVER, Progress.NONE))
        .getSpec()
        .getTemplate()
        .getSpec()
        .getContainers()
        .getFirst();
  }

  @Test
  void aFilesystemIsMountedToBeWrittenOnlyByWhoWritesIt() {
    Container writer = container("Filesystem", WorkerTask.write("w", false));
    Container reader = container("Filesystem", WorkerTask.digest("d", "d"));

    assertThat(disk(writer).getReadOnly()).isFalse();
    assertThat(disk(reader).getReadOnly()).isTrue();
    assertThat(writer.getArgs()).containsSequence("--volume", disk(writer).getMountPath());
    assertThat(writer.getVolumeDevices()).isEmpty();
  }

  private static VolumeMount disk(Container container) {
    return container.getVolumeMounts().stream()
        .filter(mount -> mount.getName().equals("disk0"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void aBlockVolumeIsADevice() {
    Container writer = container("Block", WorkerTask.write("w", false));

    assertThat(writer.getVolumeDevices()).hasSize(1);
    assertThat(writer.getArgs())
        .containsSequence("--volume", writer.getVolumeDevices().getFirst().getDevicePath());
    assertThat(writer.getVolumeMounts()).noneMatch(mount -> mount.getName().equals("disk0"));
  }
}
