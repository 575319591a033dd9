// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Events;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.kube.Pace;
import io.drover.lab.cluster.control.kube.Pods;
import io.drover.lab.cluster.control.kube.World;
import io.drover.lab.cluster.control.storage.VolumeStore;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * Plays the Job controller and the kubelet of its pods. Jobs of ours ({@code
 * app.kubernetes.io/managed-by: drover}, first argument {@code worker}) run as processes; others,
 * such as a guest conversion by virt-v2v-in-place, are played: they end after a moment and leave
 * the mark of a converted guest on their volumes.
 */
public final class JobController implements Controller {

  private static final String JOB_NAME = "batch.kubernetes.io/job-name";

  private final Kube kube;
  private final World world;
  private final VolumeStore store;
  private final ClusterFaults faults;
  private final WorkerProcesses workers;
  private final Delays delays;
  private final Pods pods;
  private final Events events;
  private final Pace pace = new Pace();
  private volatile Consumer<Key> waker = key -> {};

  /**
   * How long things take at least.
   *
   * @param phase from a pod's creation to its start
   * @param played how long a played Job runs
   * @param retry before a failed pod is replaced
   */
  public record Delays(Duration phase, Duration played, Duration retry) {}

  /** A Job controller over one store. */
  public JobController(
      Kube kube,
      World world,
      VolumeStore store,
      ClusterFaults faults,
      WorkerProcesses workers,
      Delays delays) {
    this.kube = kube;
    this.world = world;
    this.store = store;
    this.faults = faults;
    this.workers = workers;
    this.delays = delays;
    this.pods = new Pods(kube, world);
    this.events = new Events(kube);
  }

  /** Tells how to have a Job looked at again when its process ended. */
  public void wakeWith(Consumer<Key> wake) {
    this.waker = wake;
  }

  @Override
  public String name() {
    return "jobs";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(Kind.JOB, Kind.POD, Kind.NODE);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return switch (kind) {
      case JOB -> List.of(changed.key());
      case POD -> {
        String job = changed.label(JOB_NAME);
        yield job.isEmpty() ? List.of() : List.of(new Key(changed.namespace(), job));
      }
      default -> List.of();
    };
  }

  @Override
  public Duration reconcile(Key key) throws IOException {
    Optional<Doc> found = world.get(Kind.JOB, key);
    boolean gone = found.isEmpty() || found.get().deleting();
    workers.removeOthers(key, gone ? "" : found.get().uid());
    if (gone) {
      pace.forget(key);
      return Duration.ZERO;
    }
    Doc job = found.get();
    if (job.condition("Complete").equals("True") || job.condition("Failed").equals("True")) {
      return afterwards(job);
    }
    if (job.at("/spec/suspend").asBoolean()) {
      return Duration.ZERO;
    }
    Optional<Doc> overdue = overdue(job);
    if (overdue.isPresent()) {
      return Duration.ZERO;
    }
    int failed = job.at("/status/failed").asInt();
    Duration wait = failed == 0 ? Duration.ZERO : pace.wait(key, "retry" + failed, delays.retry());
    return wait.isPositive() ? wait : attempt(job, failed);
  }

  private Duration attempt(Doc job, int failed) throws IOException {
    String name = job.name() + "-" + suffix(job, failed);
    Optional<Doc> there = world.get(Kind.POD, job.namespace(), name);
    if (there.isEmpty()) {
      there = kube.get(Kind.POD, job.namespace(), name);
    }
    if (there.isEmpty() && job.at("/status/active").asInt() > 0) {
      // Somebody deleted the pod of a running attempt: that attempt failed.
      workers.removeOthers(job.key(), "");
      return failedOnce(job, failed, "pod was deleted");
    }
    Doc pod = there.isPresent() ? there.get() : makePod(job, name);
    String phase = pod.text("/status/phase");
    if (phase.equals("Succeeded")) {
      return complete(job);
    }
    if (phase.equals("Failed")) {
      return failedOnce(job, failed, "");
    }
    if (job.at("/status/active").asInt() == 0) {
      Doc copy = job.copy();
      copy.status().put("active", 1);
      copy.status().put("ready", 0);
      if (job.text("/status/startTime").isEmpty()) {
        copy.status().put("startTime", Doc.now());
      }
      var _ = world.wrote(Kind.JOB, kube.replaceStatus(Kind.JOB, copy));
      return Duration.ofMillis(5);
    }
    Duration wait =
        pace.wait(
            job.key(),
            pod.uid() + "start",
            faults.delay(job.namespace(), job.name(), delays.phase()));
    if (wait.isPositive()) {
      return wait;
    }
    return ours(job) ? runProcess(job, pod) : play(job, pod);
  }

  private Duration runProcess(Doc job, Doc pod) throws IOException {
    Optional<WorkerProcesses.Worker> worker = workers.get(pod.uid());
    if (worker.isEmpty()) {
      if (pod.text("/status/phase").equals("Running")) {
        // The process died with an earlier life of this lab.
        var _ = pods.ended(pod, 137, null, "lost with the lab that ran it");
        return Duration.ofMillis(10);
      }
      Optional<Fault> fault = faults.strike(Fault.What.JOB_FAILS, job.namespace(), job.name());
      if (fault.isPresent()) {
        var _ = pods.ended(pod, 1, null, fault.get().message());
        return Duration.ofMillis(10);
      }
      try {
        Key key = job.key();
        var _ = workers.start(job, pod, () -> waker.accept(key));
      } catch (WorkerSandbox.NotReady e) {
        events.warn(pod, "FailedToStart", String.valueOf(e.getMessage()));
        return Duration.ofMillis(200);
      }
      var _ = pods.running(pod, true, 0);
      return Duration.ofMillis(500);
    }
    Optional<Integer> exit = worker.get().exit();
    if (exit.isEmpty()) {
      return Duration.ofMillis(500);
    }
    String message = worker.get().sandbox().terminationMessage();
    var _ = pods.ended(pod, exit.get(), null, message);
    workers.remove(pod.uid());
    return Duration.ofMillis(10);
  }

  private Duration play(Doc job, Doc pod) throws IOException {
    if (!pod.text("/status/phase").equals("Running")) {
      for (JsonNode volume : pod.at("/spec/volumes")) {
        String claim = volume.at("/persistentVolumeClaim/claimName").asText("");
        if (!claim.isEmpty()
            && !world
                .get(Kind.CLAIM, job.namespace(), claim)
                .map(c -> c.text("/status/phase").equals("Bound"))
                .orElse(false)) {
          return Duration.ofMillis(100);
        }
      }
      var _ = pods.running(pod, true, 0);
    }
    Duration wait =
        pace.wait(
            job.key(),
            pod.uid() + "play",
            faults.delay(job.namespace(), job.name(), delays.played()));
    if (wait.isPositive()) {
      return wait;
    }
    Optional<Fault> fault = faults.strike(Fault.What.JOB_FAILS, job.namespace(), job.name());
    if (fault.isPresent()) {
      String words = fault.get().message();
      var _ =
          pods.ended(
              pod, 1, null, words.isEmpty() ? "virt-v2v-in-place: error: played failure" : words);
      return Duration.ofMillis(10);
    }
    for (JsonNode volume : pod.at("/spec/volumes")) {
      String claim = volume.at("/persistentVolumeClaim/claimName").asText("");
      Optional<Doc> doc = world.get(Kind.CLAIM, job.namespace(), claim);
      if (doc.isPresent()) {
        var file = store.volume(doc.get().text("/spec/volumeName"));
        if (file.isPresent()) {
          store.markConverted(file.get());
        }
      }
    }
    var _ = pods.ended(pod, 0, null, "");
    return Duration.ofMillis(10);
  }

  private Doc makePod(Doc job, String name) {
    Doc pod = Doc.of(Kind.POD, job.namespace(), name);
    ObjectNode labels = pod.obj("metadata", "labels");
    job.at("/spec/template/metadata/labels")
        .properties()
        .forEach(e -> labels.set(e.getKey(), e.getValue()));
    labels.put(JOB_NAME, job.name());
    labels.put("job-name", job.name());
    labels.put("batch.kubernetes.io/controller-uid", job.uid());
    job.at("/spec/template/metadata/annotations")
        .properties()
        .forEach(e -> pod.annotate(e.getKey(), e.getValue().asText()));
    pod.ownedBy(job);
    pod.json().set("spec", job.at("/spec/template/spec").deepCopy());
    return pods.ensure(pod, pods.pickNode(name));
  }

  private Duration complete(Doc job) {
    Doc copy = job.copy();
    ObjectNode status = finished(copy);
    status.put("succeeded", 1);
    status.put("completionTime", Doc.now());
    copy.setCondition(
        "SuccessCriteriaMet",
        "True",
        "CompletionsReached",
        "Reached expected number of succeeded pods",
        "lastProbeTime");
    copy.setCondition(
        "Complete",
        "True",
        "CompletionsReached",
        "Reached expected number of succeeded pods",
        "lastProbeTime");
    var _ = world.wrote(Kind.JOB, kube.replaceStatus(Kind.JOB, copy));
    return Duration.ZERO;
  }

  private Duration failedOnce(Doc job, int failedBefore, String why) {
    Doc copy = job.copy();
    ObjectNode status = finished(copy);
    status.put("failed", failedBefore + 1);
    if (failedBefore + 1 > job.at("/spec/backoffLimit").asInt(6)) {
      fail(copy, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    } else if (!why.isEmpty()) {
      events.warn(job, "BackOff", why);
    }
    var _ = world.wrote(Kind.JOB, kube.replaceStatus(Kind.JOB, copy));
    return Duration.ofMillis(10);
  }

  private Optional<Doc> overdue(Doc job) throws IOException {
    JsonNode deadline = job.at("/spec/activeDeadlineSeconds");
    String started = job.text("/status/startTime");
    if (!deadline.isNumber()
        || started.isEmpty()
        || Instant.now().isBefore(Instant.parse(started).plusSeconds(deadline.asLong()))) {
      return Optional.empty();
    }
    for (Doc pod : podsOf(job.key())) {
      workers.remove(pod.uid());
      kube.deleteNow(Kind.POD, pod);
    }
    Doc copy = job.copy();
    ObjectNode status = finished(copy);
    status.put("failed", job.at("/status/failed").asInt() + 1);
    fail(copy, "DeadlineExceeded", "Job was active longer than specified deadline");
    return Optional.of(world.wrote(Kind.JOB, kube.replaceStatus(Kind.JOB, copy)));
  }

  private Duration afterwards(Doc job) {
    JsonNode ttl = job.at("/spec/ttlSecondsAfterFinished");
    if (!ttl.isNumber()) {
      return Duration.ZERO;
    }
    Duration left = pace.wait(job.key(), "ttl", Duration.ofSeconds(ttl.asLong()));
    if (left.isPositive()) {
      return left;
    }
    kube.delete(Kind.JOB, job);
    return Duration.ZERO;
  }

  private static ObjectNode finished(Doc job) {
    ObjectNode status = job.status();
    status.remove("active");
    status.put("ready", 0);
    status.put("terminating", 0);
    status.putObject("uncountedTerminatedPods");
    if (status.path("startTime").isMissingNode()) {
      status.put("startTime", Doc.now());
    }
    return status;
  }

  // The API server wants the target condition beside the final one (KEP-3998).
  private static void fail(Doc job, String reason, String message) {
    job.setCondition("FailureTarget", "True", reason, message, "lastProbeTime");
    job.setCondition("Failed", "True", reason, message, "lastProbeTime");
  }

  private List<Doc> podsOf(Key job) {
    return world.list(Kind.POD, job.namespace()).stream()
        .filter(p -> p.label(JOB_NAME).equals(job.name()))
        .toList();
  }

  private static boolean ours(Doc job) {
    boolean labelled =
        job.label("app.kubernetes.io/managed-by").equals("drover")
            || job.text("/spec/template/metadata/labels/app.kubernetes.io~1managed-by")
                .equals("drover");
    return labelled && job.text("/spec/template/spec/containers/0/args/0").equals("worker");
  }

  private static String suffix(Doc job, int attempt) {
    int hash = (job.uid() + attempt).hashCode();
    return String.format("%05x", hash & 0xfffff);
  }
}
