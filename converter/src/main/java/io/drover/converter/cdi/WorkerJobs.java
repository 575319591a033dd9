// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDamage;
import io.drover.converter.worker.WorkerReport;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.wire.Json;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.batch.v1.Job;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Runs tasks of our own image next to a volume, as Jobs, and reads what they found. */
final class WorkerJobs {
  private static final long SLOWEST_BYTES_A_SECOND = 20_000_000;
  private static final String GONE = "See who deletes Jobs in this namespace; it is made anew.";
  private static final String ENDED =
      "See the events and the log of its pod, where they are kept; it is run again.";

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
    String name =
        "drover-digest-"
            + Marks.hash(
                order.copy() + "/" + disk.deviceKey() + "/" + claim.getMetadata().getUid(), 20);
    var task = WorkerTask.digest(name, SourceDigests.name(order, disk));
    return run(order, disk, claim, task, attempt, line -> {});
  }

  /**
   * Runs a task to its end, and removes the Job.
   *
   * @param told the last line that the worker printed, again and again; may throw, which ends the
   *     Job
   * @return what the worker found, with a root and a size
   */
  WorkerReport run(
      CopyOrder order,
      Inventory.Disk disk,
      PersistentVolumeClaim claim,
      WorkerTask task,
      Attempt attempt,
      Consumer<String> told) {
    Job wanted =
        WorkerDraft.job(order, disk, claim, task, settings.worker(), deadline(disk), attempt);
    Job job = create(wanted, order);
    WorkerReport report;
    try {
      report = await(order, job, disk, task, attempt, told);
    } catch (RuntimeException e) {
      if (!attempt.stop().raised()) {
        try {
          delete(order.namespace(), job);
        } catch (CopyFault fault) {
          e.addSuppressed(fault);
        }
      }
      throw e;
    }
    Outage.through(settings.patience().gone(), attempt, () -> delete(order.namespace(), job));
    return report;
  }

  private Job create(Job wanted, CopyOrder order) {
    String namespace = wanted.getMetadata().getNamespace();
    String name = wanted.getMetadata().getName();
    try {
      return client
          .batch()
          .v1()
          .jobs()
          .inNamespace(namespace)
          .resource(wanted)
          .fieldValidation(Validation.STRICT)
          .create();
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

  private WorkerReport await(
      CopyOrder order,
      Job job,
      Inventory.Disk disk,
      WorkerTask task,
      Attempt attempt,
      Consumer<String> told) {
    String namespace = job.getMetadata().getNamespace();
    String name = job.getMetadata().getName();
    long end = System.nanoTime() + deadline(disk).plus(Duration.ofMinutes(1)).toNanos();
    long pause = 100;
    while (true) {
      attempt.stop().check();
      // The Job goes on where nobody can ask for it.
      Optional<Optional<WorkerReport>> seen =
          Outage.look(
              end,
              () -> {
                Job now = get(namespace, name).orElse(null);
                if (now == null || !now.getMetadata().getUid().equals(job.getMetadata().getUid())) {
                  throw failed(task, order, disk, "it was removed while it ran", GONE);
                }
                return ended(order, now, disk, task, told);
              });
      if (seen.isPresent() && seen.get().isPresent()) {
        return seen.get().get();
      }
      if (System.nanoTime() > end) {
        throw failed(task, order, disk, "it did not end in time", neverRan(task));
      }
      Cluster.pause(pause);
      pause = Math.min(2000, pause * 3 / 2);
    }
  }

  /** What it found; empty while it runs. */
  private Optional<WorkerReport> ended(
      CopyOrder order, Job now, Inventory.Disk disk, WorkerTask task, Consumer<String> told) {
    if (condition(now, "Complete") != null) {
      return Optional.of(report(now, order, disk, task));
    }
    String why = condition(now, "Failed");
    if (why != null) {
      WorkerReport last = lastWords(now).orElse(null);
      if (last == null || last.error() == null) {
        throw failed(task, order, disk, why, ran(now) ? ENDED : neverRan(task));
      }
      SourceDamage damage = SourceDamage.ofCode(last.code());
      throw damage == null
          ? failed(task, order, disk, last)
          : new CopyFault(
              damage.problem("disk " + disk.label() + " of VM " + order.vmName(), last.error()));
    }
    told.accept(task.writes() ? lastLine(now) : "");
    return Optional.empty();
  }

  /** The last line of the worker's log so far, empty where it cannot be read. */
  private String lastLine(Job job) {
    for (Pod pod : pods(job)) {
      if (pod.getStatus() != null && "Running".equals(pod.getStatus().getPhase())) {
        try {
          return client
              .pods()
              .inNamespace(pod.getMetadata().getNamespace())
              .withName(pod.getMetadata().getName())
              .tailingLines(1)
              .getLog()
              .strip();
        } catch (KubernetesClientException fault) {
          // Only progress: the pod may just have ended, or its log is not shown to us.
          return "";
        }
      }
    }
    return "";
  }

  private WorkerReport report(Job job, CopyOrder order, Inventory.Disk disk, WorkerTask task) {
    WorkerReport report = lastWords(job).orElse(null);
    if (report == null || report.root() == null || report.size() == null) {
      throw failed(task, order, disk, "it ended well, but left no digest in its message", ENDED);
    }
    return report;
  }

  /** What the worker itself said is the matter. */
  private static CopyFault failed(
      WorkerTask task, CopyOrder order, Inventory.Disk disk, WorkerReport last) {
    String remedy = last.remedy();
    CopyFault plain =
        failed(
            task,
            order,
            disk,
            String.valueOf(last.error()),
            remedy == null || remedy.isBlank() ? ENDED : remedy);
    String code = last.code();
    Problem problem = plain.problem();
    return code == null || problem.kind() != Problem.Kind.TRANSIENT
        ? plain
        : new CopyFault(problem.kind(), code, problem.what(), problem.remedy());
  }

  private static CopyFault failed(
      WorkerTask task, CopyOrder order, Inventory.Disk disk, String why, String remedy) {
    String what =
        "Job %s, which %s disk %s of VM %s, failed: %s."
            .formatted(
                task.name(),
                task.doing(),
                disk.label(),
                order.vmName(),
                why.endsWith(".") ? why.substring(0, why.length() - 1) : why);
    return FullVolume.isSaidIn(why)
        ? FullVolume.fault(what)
        : new CopyFault(Problem.Kind.TRANSIENT, "worker-failed", what, remedy);
  }

  private static String neverRan(WorkerTask task) {
    return "See the events of its pod; check that the cluster can pull the worker image"
        + (task.writes() ? " and that its pods reach the ESXi hosts." : ".");
  }

  /** Whether a container of it ever ran to an end. */
  private boolean ran(Job job) {
    return pods(job).stream()
        .filter(pod -> pod.getStatus() != null && pod.getStatus().getContainerStatuses() != null)
        .flatMap(pod -> pod.getStatus().getContainerStatuses().stream())
        .anyMatch(one -> one.getState() != null && one.getState().getTerminated() != null);
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
}
