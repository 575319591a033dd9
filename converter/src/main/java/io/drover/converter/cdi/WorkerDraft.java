// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** Writes the Jobs that copies make. */
final class WorkerDraft {
  /** Where a block volume is in the pod. */
  static final String DEVICE = "/dev/drover/disk0";

  /** Where a filesystem volume is in the pod; the disk is {@code disk.img} in it. */
  static final String FOLDER = "/drover/disk0";

  private static final String SCRATCH = "/drover/tmp";

  /** What this process may be told to do by the JDK alone; its workers are told the same. */
  private static final List<String> BY_JDK =
      List.of("drover.vsphere.tls", "drover.disk.inflater", "drover.disk.sha256");

  private WorkerDraft() {}

  static Job job(
      CopyOrder order,
      Inventory.Disk disk,
      PersistentVolumeClaim claim,
      WorkerTask task,
      CdiSettings.WorkerPod worker,
      Duration deadline,
      Attempt attempt) {
    boolean block = "Block".equals(claim.getSpec().getVolumeMode());
    var labels = Marks.labels(order, disk.deviceKey());
    var arguments =
        new ArrayList<>(
            List.of(
                "worker",
                task.word(),
                "--volume",
                block ? DEVICE : FOLDER,
                "--size",
                Long.toString(disk.capacityBytes())));
    arguments.addAll(task.more());
    var container =
        new ContainerBuilder()
            .withName("worker")
            .withImage(worker.image())
            .withArgs(arguments)
            .withTerminationMessagePolicy("File")
            .withNewSecurityContext()
            .withAllowPrivilegeEscalation(false)
            .withReadOnlyRootFilesystem(true)
            .withNewCapabilities()
            .withDrop("ALL")
            .endCapabilities()
            .endSecurityContext()
            .withNewResources()
            .addToRequests("cpu", new Quantity("100m"))
            .addToRequests("memory", new Quantity("256Mi"))
            .addToLimits("cpu", new Quantity(worker.cpu()))
            .addToLimits("memory", new Quantity(worker.memory()))
            .endResources();
    if (block) {
      container.addNewVolumeDevice().withName("disk0").withDevicePath(DEVICE).endVolumeDevice();
    } else {
      container
          .addNewVolumeMount()
          .withName("disk0")
          .withMountPath(FOLDER)
          .withReadOnly(!task.writes())
          .endVolumeMount();
    }
    container.addNewVolumeMount().withName("tmp").withMountPath(SCRATCH).endVolumeMount();
    if (task.secret() != null) {
      container
          .addNewVolumeMount()
          .withName("source")
          .withMountPath(WorkerTask.SOURCE)
          .withReadOnly(true)
          .endVolumeMount();
    }
    if (task.expected() != null) {
      container
          .addNewVolumeMount()
          .withName("expected")
          .withMountPath(WorkerTask.EXPECTED)
          .withReadOnly(true)
          .endVolumeMount();
    }
    // The root filesystem is read-only; native libraries are unpacked to the temporary folder.
    container.addNewEnv().withName("JDK_JAVA_OPTIONS").withValue(javaOptions()).endEnv();
    var pod =
        new PodSpecBuilder()
            .withRestartPolicy("Never")
            .withServiceAccountName(worker.serviceAccount())
            .withAutomountServiceAccountToken(false)
            .withNewSecurityContext()
            .withRunAsNonRoot(true)
            .withNewSeccompProfile()
            .withType("RuntimeDefault")
            .endSeccompProfile()
            .endSecurityContext()
            .withContainers(container.build())
            .addNewVolume()
            .withName("disk0")
            .withNewPersistentVolumeClaim()
            .withClaimName(claim.getMetadata().getName())
            .endPersistentVolumeClaim()
            .endVolume()
            .addNewVolume()
            .withName("tmp")
            .withNewEmptyDir()
            .endEmptyDir()
            .endVolume();
    if (task.secret() != null) {
      pod.addNewVolume()
          .withName("source")
          .withNewSecret()
          .withSecretName(task.secret())
          .endSecret()
          .endVolume();
    }
    if (task.expected() != null) {
      pod.addNewVolume()
          .withName("expected")
          .withNewConfigMap()
          .withName(task.expected())
          .withOptional(true)
          .endConfigMap()
          .endVolume();
    }
    if (worker.pullSecret() != null) {
      pod.withImagePullSecrets(
          new LocalObjectReferenceBuilder().withName(worker.pullSecret()).build());
    }
    return new JobBuilder()
        .withNewMetadata()
        .withName(task.name())
        .withNamespace(order.namespace())
        .withLabels(labels)
        .withAnnotations(Marks.annotations(order, attempt))
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withActiveDeadlineSeconds(deadline.toSeconds())
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels)
        .endMetadata()
        .withSpec(pod.build())
        .endTemplate()
        .endSpec()
        .build();
  }

  static String javaOptions() {
    var options = new StringBuilder("-Djava.io.tmpdir=" + SCRATCH);
    for (String name : BY_JDK) {
      if ("jdk".equals(System.getProperty(name))) {
        options.append(" -D").append(name).append("=jdk");
      }
    }
    return options.toString();
  }
}
