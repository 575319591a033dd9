// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.jobs;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.storage.VolumeStore;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Runs the pods of our worker Jobs as processes of this machine. */
public final class WorkerProcesses implements AutoCloseable {

  /** What a process may know of its parent's environment: nothing secret is in these. */
  private static final Set<String> INHERITED =
      Set.of("PATH", "HOME", "JAVA_HOME", "TMPDIR", "LANG", "LC_ALL");

  /** A worker is a JVM that uses every core: more at once would only wait for each other. */
  private static final int MOST_AT_ONCE = Math.max(2, Runtime.getRuntime().availableProcessors());

  private final Kube kube;
  private final VolumeStore store;
  private final Settings settings;
  private final Map<String, Worker> workers = new ConcurrentHashMap<>();

  /**
   * How workers are run.
   *
   * @param command what stands before the container's arguments, for example {@code java -jar
   *     drover.jar}
   * @param folder where logs and sandboxes live
   * @param apiUrl the API server that workers talk to
   * @param caPem its authority, may be empty
   * @param token their bearer token, may be empty
   */
  public record Settings(
      List<String> command, Path folder, String apiUrl, String caPem, String token) {

    @Override
    public String toString() {
      return "Settings[command=" + command + ", folder=" + folder + ", apiUrl=" + apiUrl + "]";
    }
  }

  /** Processes on this machine. */
  public WorkerProcesses(Kube kube, VolumeStore store, Settings settings) {
    this.kube = kube;
    this.store = store;
    this.settings = settings;
  }

  /** One running or ended process, and the Job that it works for. */
  record Worker(Process process, WorkerSandbox sandbox, Key job, String jobUid) {

    Optional<Integer> exit() {
      return process.isAlive() ? Optional.empty() : Optional.of(process.exitValue());
    }
  }

  Optional<Worker> get(String podUid) {
    return Optional.ofNullable(workers.get(podUid));
  }

  /**
   * Starts the process of a pod.
   *
   * @param job the Job whose attempt the pod is
   * @param ended called once when it ended
   */
  Worker start(Doc job, Doc pod, Runnable ended) throws IOException, WorkerSandbox.NotReady {
    if (settings.command().isEmpty()) {
      throw new WorkerSandbox.NotReady(
          "the lab was started without a worker command, so it has nothing to run "
              + pod.text("/spec/containers/0/image")
              + " with");
    }
    if (workers.values().stream().filter(w -> w.process().isAlive()).count() >= MOST_AT_ONCE) {
      throw new WorkerSandbox.NotReady("0/3 nodes are available: 3 Insufficient cpu.");
    }
    Path folder = settings.folder().resolve("pods").resolve(pod.uid());
    Files.createDirectories(folder);
    WorkerSandbox sandbox = WorkerSandbox.of(kube, store, pod, folder);
    List<String> command = new ArrayList<>(settings.command());
    for (JsonNode argument : pod.at("/spec/containers/0/args")) {
      command.add(sandbox.real(argument.asText()));
    }
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.directory(folder.toFile());
    builder.environment().keySet().retainAll(INHERITED);
    builder.environment().putAll(sandbox.environment(pod));
    builder.environment().put("DROVER_DEVICE_MAP", sandbox.deviceMap());
    builder.environment().put("DROVER_MOUNT_MAP", sandbox.mountMap());
    builder.environment().put("DROVER_TERMINATION_LOG", sandbox.terminationLog().toString());
    builder.environment().put("KUBECONFIG", kubeconfig(folder, pod.namespace()).toString());
    builder.environment().put("KUBERNETES_NAMESPACE", pod.namespace());
    builder.redirectErrorStream(true);
    builder.redirectOutput(logFile(pod.namespace(), pod.name()).toFile());
    Worker worker = new Worker(builder.start(), sandbox, job.key(), job.uid());
    workers.put(pod.uid(), worker);
    var _ = worker.process().onExit().thenRun(ended);
    return worker;
  }

  /** Kills what runs for a pod, forgets it, and removes its sandbox. */
  void remove(String podUid) throws IOException {
    Worker worker = workers.remove(podUid);
    if (worker != null) {
      kill(worker.process());
      worker.sandbox().remove();
    }
  }

  /**
   * Stops what was started for Jobs of this name that are no more. It does not ask for their pods:
   * those may be gone before the Job is, or were written by somebody who had not yet seen it go.
   *
   * @param jobUid the Job of this name that is there now, empty when there is none
   */
  void removeOthers(Key job, String jobUid) throws IOException {
    for (var entry : workers.entrySet()) {
      Worker worker = entry.getValue();
      if (worker.job().equals(job) && !worker.jobUid().equals(jobUid)) {
        remove(entry.getKey());
      }
    }
  }

  /** Stops what runs for a pod that is asked to go; true when nothing runs. */
  public boolean ended(Doc pod) {
    try {
      remove(pod.uid());
    } catch (IOException e) {
      return false;
    }
    return true;
  }

  /** The log of a pod so far. */
  public String log(String namespace, String pod) throws IOException {
    Path file = logFile(namespace, pod);
    return Files.exists(file) ? Files.readString(file) : "";
  }

  private Path logFile(String namespace, String pod) throws IOException {
    return Files.createDirectories(settings.folder().resolve("logs"))
        .resolve(namespace + "_" + pod + ".log");
  }

  private Path kubeconfig(Path folder, String namespace) throws IOException {
    String authority =
        settings.caPem().isEmpty()
            ? ""
            : "certificate-authority-data: "
                + Base64.getEncoder()
                    .encodeToString(settings.caPem().getBytes(StandardCharsets.UTF_8));
    String text =
        """
        apiVersion: v1
        kind: Config
        current-context: lab
        clusters:
        - name: lab
          cluster:
            server: %s
            %s
        contexts:
        - name: lab
          context:
            cluster: lab
            user: worker
            namespace: %s
        users:
        - name: worker
          user:
            token: "%s"
        """
            .formatted(settings.apiUrl(), authority, namespace, settings.token());
    Path file = folder.resolve("kubeconfig");
    Files.deleteIfExists(file);
    if (Files.getFileStore(folder).supportsFileAttributeView("posix")) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    }
    return Files.writeString(file, text);
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    var _ = process.destroyForcibly();
  }

  @Override
  public void close() {
    workers.values().forEach(worker -> kill(worker.process()));
    for (Worker worker : workers.values()) {
      try {
        worker.process().waitFor();
        worker.sandbox().remove();
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      } catch (IOException e) {
        throw new java.io.UncheckedIOException(e);
      }
    }
    workers.clear();
  }
}
