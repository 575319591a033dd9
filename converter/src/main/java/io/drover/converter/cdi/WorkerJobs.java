// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.worker.WorkerReport;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.wire.Json;
import io.fabric8.kubernetes.api.model.ContainerBuilder;
import io.fabric8.kubernetes.api.model.LocalObjectReferenceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodSpecBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.api.model.batch.v1.JobBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Runs tasks of our own image next to a volume, as Jobs, and reads what they found. */
final class WorkerJobs {
  /** Where a block volume is in the pod. */
  static final String DEVICE = "/dev/drover/disk0";

  /** Where a filesystem volume is in the pod; the disk is {@code disk.img} in it. */
  static final String FOLDER = "/drover/disk0";

  private static final String SCRATCH = "/drover/tmp";
  private static final long SLOWEST_BYTES_A_SECOND = 20_000_000;

  private final KubernetesClient client;
  private final CdiSettings settings;

  WorkerJobs(KubernetesClient client, CdiSettings settings) {
    this.client = client;
    this.settings = settings;
  }

  /**
   * Ensures that the digest of a claim was taken, and removes the Job.
   *
   * @param claim the volume, not in use by another pod
   */
  WorkerReport digest(
      CopyOrder order, Inventory.Disk disk, PersistentVolumeClaim claim, Attempt attempt) {
    String namespace = order.namespace();
    String name =
        "drover-digest-"
            + Marks.hash(
                order.copy() + "/" + disk.deviceKey() + "/" + claim.getMetadata().getUid(), 20);
    Job job = create(job(order, disk, claim, name, attempt), order);
    try {
      return await(job, disk, attempt);
    } finally {
      if (!attempt.stop().raised()) {
        delete(namespace, job);
      }
    }
  }

  private Job create(Job wanted, CopyOrder order) {
    String namespace = wanted.getMetadata().getNamespace();
    String name = wanted.getMetadata().getName();
    try {
      return client.batch().v1().jobs().inNamespace(namespace).resource(wanted).create();
    } catch (KubernetesClientException fault) {
      if (fault.getCode() != 409) {
        throw ClusterFaults.fault("create Job " + namespace + "/" + name, fault);
      }
    }
    Job there = get(namespace, name).orElse(null);
    boolean ours =
        there != null
            && there.getMetadata().getDeletionTimestamp() == null
            && order
                .migration()
                .value()
                .equals(there.getMetadata().getAnnotations().get(Marks.MIGRATION));
    if (there == null || !ours || condition(there, "Failed") != null) {
      if (there != null && condition(there, "Failed") != null) {
        delete(namespace, there);
      }
      throw new CopyFault(
          Problem.Kind.TRANSIENT,
          "job-in-the-way",
          "An earlier Job " + namespace + "/" + name + " is still there.",
          "Nothing: it is removed and made anew.");
    }
    return there;
  }

  private Optional<Job> get(String namespace, String name) {
    return ClusterFaults.named(
        "read Job " + namespace + "/" + name,
        () ->
            Optional.ofNullable(
                client.batch().v1().jobs().inNamespace(namespace).withName(name).get()));
  }

  private WorkerReport await(Job job, Inventory.Disk disk, Attempt attempt) {
    String namespace = job.getMetadata().getNamespace();
    String name = job.getMetadata().getName();
    long end = System.nanoTime() + deadline(disk).plus(Duration.ofMinutes(1)).toNanos();
    long pause = 100;
    while (true) {
      attempt.stop().check();
      Job now = get(namespace, name).orElse(null);
      if (now == null || !now.getMetadata().getUid().equals(job.getMetadata().getUid())) {
        throw failed(name, disk, "it was removed while it ran");
      }
      if (condition(now, "Complete") != null) {
        return report(now, disk);
      }
      String why = condition(now, "Failed");
      if (why != null) {
        WorkerReport last = lastWords(now).orElse(null);
        throw failed(name, disk, last != null && last.error() != null ? last.error() : why);
      }
      if (System.nanoTime() > end) {
        throw failed(name, disk, "it did not end in time");
      }
      Cluster.pause(pause);
      pause = Math.min(2000, pause * 3 / 2);
    }
  }

  private WorkerReport report(Job job, Inventory.Disk disk) {
    WorkerReport report = lastWords(job).orElse(null);
    if (report == null || report.root() == null || report.size() == null) {
      throw failed(
          job.getMetadata().getName(), disk, "it ended well, but left no digest in its message");
    }
    return report;
  }

  private static CopyFault failed(String job, Inventory.Disk disk, String why) {
    return new CopyFault(
        Problem.Kind.TRANSIENT,
        "worker-failed",
        "Job " + job + ", which reads back disk " + disk.label() + ", failed: " + why + ".",
        "See the events and the log of its pod; check that the cluster can pull the worker image.");
  }

  private Optional<WorkerReport> lastWords(Job job) {
    for (Pod pod : pods(job)) {
      var status = pod.getStatus();
      if (status == null || status.getContainerStatuses() == null) {
        continue;
      }
      for (var container : status.getContainerStatuses()) {
        var ended = container.getState() == null ? null : container.getState().getTerminated();
        if (ended != null && ended.getMessage() != null && ended.getMessage().startsWith("{")) {
          return Optional.of(
              Json.read(ended.getMessage().getBytes(StandardCharsets.UTF_8), WorkerReport.class));
        }
      }
    }
    return Optional.empty();
  }

  private List<Pod> pods(Job job) {
    return ClusterFaults.named(
        "list the pods of Job " + job.getMetadata().getName(),
        () ->
            client
                .pods()
                .inNamespace(job.getMetadata().getNamespace())
                .withLabel("batch.kubernetes.io/job-name", job.getMetadata().getName())
                .list()
                .getItems());
  }

  /** Why the Job has this condition, or null while it has not. */
  private static @Nullable String condition(Job job, String type) {
    if (job.getStatus() == null || job.getStatus().getConditions() == null) {
      return null;
    }
    for (var condition : job.getStatus().getConditions()) {
      if (type.equals(condition.getType()) && "True".equals(condition.getStatus())) {
        return condition.getMessage() == null ? type : condition.getMessage();
      }
    }
    return null;
  }

  /** Deletes Jobs of this round and waits until no pod of theirs is left. */
  void halt(CopyOrder order, Attempt attempt) {
    Map<String, String> labels =
        Map.of(
            Marks.COMPONENT, Marks.COPY_COMPONENT, Marks.COPY, Marks.value(order.copy().value()));
    end(order.namespace(), labels, attempt);
  }

  /** Deletes all Jobs with these labels and waits until no pod of theirs is left. */
  void end(String namespace, Map<String, String> labels, Attempt attempt) {
    List<Job> jobs =
        ClusterFaults.named(
            "list Jobs of namespace " + namespace,
            () ->
                client
                    .batch()
                    .v1()
                    .jobs()
                    .inNamespace(namespace)
                    .withLabels(labels)
                    .list()
                    .getItems());
    jobs.forEach(job -> delete(namespace, job));
    DataVolumes.await(
        "worker-not-gone",
        "A worker pod in namespace " + namespace + " still runs",
        settings.patience().gone(),
        attempt,
        () ->
            ClusterFaults.named(
                "list worker pods of namespace " + namespace,
                () -> client.pods().inNamespace(namespace).withLabels(labels).list().getItems()),
        List::isEmpty);
  }

  private void delete(String namespace, Job job) {
    Cluster.deleteByUid(
        client, Cluster.JOB, namespace, job.getMetadata().getName(), job.getMetadata().getUid());
  }

  private Duration deadline(Inventory.Disk disk) {
    return settings.patience().worker().plusSeconds(disk.capacityBytes() / SLOWEST_BYTES_A_SECOND);
  }

  private Job job(
      CopyOrder order,
      Inventory.Disk disk,
      PersistentVolumeClaim claim,
      String name,
      Attempt attempt) {
    boolean block = "Block".equals(claim.getSpec().getVolumeMode());
    var labels = Marks.labels(order, disk.deviceKey());
    CdiSettings.WorkerPod worker = settings.worker();
    var container =
        new ContainerBuilder()
            .withName("worker")
            .withImage(worker.image())
            .withArgs(
                "worker",
                "digest",
                "--volume",
                block ? DEVICE : FOLDER,
                "--size",
                Long.toString(disk.capacityBytes()))
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
          .withReadOnly(true)
          .endVolumeMount();
    }
    container.addNewVolumeMount().withName("tmp").withMountPath(SCRATCH).endVolumeMount();
    // The root filesystem is read-only; native libraries are unpacked to the temporary folder.
    container
        .addNewEnv()
        .withName("JDK_JAVA_OPTIONS")
        .withValue("-Djava.io.tmpdir=" + SCRATCH)
        .endEnv();
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
    if (worker.pullSecret() != null) {
      pod.withImagePullSecrets(
          new LocalObjectReferenceBuilder().withName(worker.pullSecret()).build());
    }
    return new JobBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace(order.namespace())
        .withLabels(labels)
        .withAnnotations(Marks.annotations(order, attempt))
        .endMetadata()
        .withNewSpec()
        .withBackoffLimit(0)
        .withActiveDeadlineSeconds(deadline(disk).toSeconds())
        .withNewTemplate()
        .withNewMetadata()
        .withLabels(labels)
        .endMetadata()
        .withSpec(pod.build())
        .endTemplate()
        .endSpec()
        .build();
  }
}
