// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import com.fasterxml.jackson.databind.JsonNode;
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
import io.drover.lab.cluster.control.storage.ClaimController;
import io.drover.lab.cluster.control.storage.VolumeStore;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/**
 * Plays CDI: a DataVolume gets its claim, an importer or upload pod, its phases and conditions, and
 * real bytes in its volume. Phases and messages follow CDI 1.66.
 */
public final class DataVolumeController implements Controller {

  static final String POD_PHASE = "cdi.kubevirt.io/storage.pod.phase";
  private static final String POD_READY = "cdi.kubevirt.io/storage.pod.ready";
  private static final String USE_POPULATOR = "cdi.kubevirt.io/storage.usePopulator";
  private static final String POPULATED_FOR = "cdi.kubevirt.io/storage.populatedFor";
  private static final String RETAIN_POD = "cdi.kubevirt.io/storage.pod.retainAfterCompletion";
  private static final Duration TICK = Duration.ofMillis(100);

  private final Cdi cdi;
  private final Kube kube;
  private final World world;
  private final Pods pods;
  private final Events events;
  private final VolumeStore store;
  private final ClusterFaults faults;
  private final Pace pace = new Pace();
  private final Map<Key, String> uids = new ConcurrentHashMap<>();
  private volatile Consumer<Key> waker = key -> {};

  DataVolumeController(Cdi cdi) {
    this.cdi = cdi;
    this.kube = cdi.kube();
    this.world = cdi.world();
    this.pods = new Pods(kube, world);
    this.events = new Events(kube);
    this.store = cdi.store();
    this.faults = cdi.faults();
  }

  /** Tells how to have a DataVolume looked at again when its bytes have moved. */
  public void wakeWith(Consumer<Key> wake) {
    this.waker = wake;
  }

  @Override
  public String name() {
    return "datavolumes";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(
        Kind.DATA_VOLUME,
        Kind.CLAIM,
        Kind.POD,
        Kind.NODE,
        Kind.STORAGE_CLASS,
        Kind.STORAGE_PROFILE,
        Kind.CDI_CONFIG);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return kind == Kind.DATA_VOLUME || kind == Kind.CLAIM ? List.of(changed.key()) : List.of();
  }

  @Override
  public Duration reconcile(Key key) throws IOException {
    Optional<Doc> found = world.get(Kind.DATA_VOLUME, key);
    Optional<Doc> claim = world.get(Kind.CLAIM, key);
    if (found.isEmpty() || found.get().deleting()) {
      abandon(key);
      return Duration.ZERO;
    }
    Doc dataVolume = found.get();
    String before = uids.put(key, dataVolume.uid());
    if (before != null && !before.equals(dataVolume.uid())) {
      cdi.transfers().remove(before);
      pace.forget(key);
    }
    String phase = dataVolume.text("/status/phase");
    if (phase.equals("Succeeded") || phase.equals("Failed")) {
      return Duration.ZERO;
    }
    if (claim.isPresent() && claim.get().deleting()) {
      abandon(key);
      return TICK;
    }
    if (claim.isEmpty()) {
      return makeClaim(dataVolume);
    }
    return withClaim(dataVolume, claim.get());
  }

  private Duration makeClaim(Doc dataVolume) {
    String source = source(dataVolume);
    try {
      Doc draft = cdi.claims().of(dataVolume, source, usesPopulator(dataVolume, source));
      if (source.equals("pvc") || source.equals("snapshot")) {
        var dataSource = draft.spec().putObject("dataSource");
        boolean snapshot = source.equals("snapshot");
        if (snapshot) {
          dataSource.put("apiGroup", "snapshot.storage.k8s.io");
        }
        dataSource.put("kind", snapshot ? "VolumeSnapshot" : "PersistentVolumeClaim");
        dataSource.put("name", dataVolume.text("/spec/source/" + source + "/name"));
      }
      var _ = kube.ensure(Kind.CLAIM, draft);
    } catch (ClaimDraft.Unrenderable e) {
      events.warn(dataVolume, "ErrClaimNotValid", String.valueOf(e.getMessage()));
      new DataVolumeStatus(dataVolume, Optional.empty())
          .phase("Pending")
          .noClaim(String.valueOf(e.getMessage()))
          .write(kube, world);
      return Duration.ofMillis(500);
    } catch (KubernetesClientException e) {
      String said = e.getStatus() == null ? "" : String.valueOf(e.getStatus().getMessage());
      if (!said.contains("exceeded quota")) {
        throw e;
      }
      events.warn(dataVolume, "ErrExceededQuota", said);
      new DataVolumeStatus(dataVolume, Optional.empty())
          .phase("Pending")
          .overQuota(said)
          .write(kube, world);
      return Duration.ofMillis(500);
    }
    new DataVolumeStatus(dataVolume, Optional.empty()).phase("Pending").write(kube, world);
    return TICK;
  }

  private Duration withClaim(Doc dataVolume, Doc claim) throws IOException {
    if (!claim.ownerUids().contains(dataVolume.uid())) {
      if (claim.annotation(POPULATED_FOR).equals(dataVolume.name())) {
        return succeed(dataVolume, claim, "Import Complete");
      }
      String message =
          "Resource \"" + claim.name() + "\" already exists and is not managed by DataVolume";
      events.warn(dataVolume, "ErrResourceExists", message);
      new DataVolumeStatus(dataVolume, Optional.of(claim)).phase("Pending").write(kube, world);
      return Duration.ofMillis(500);
    }
    boolean bound = claim.text("/status/phase").equals("Bound");
    boolean populated = ClaimController.populated(claim);
    if (!bound && !populated) {
      String waiting = waitsForConsumer(claim) ? "WaitForFirstConsumer" : "Pending";
      new DataVolumeStatus(dataVolume, Optional.of(claim)).phase(waiting).write(kube, world);
      return Duration.ZERO;
    }
    String source = source(dataVolume);
    if (source.equals("pvc") || source.equals("snapshot")) {
      return succeed(dataVolume, claim, "Clone Complete");
    }
    Optional<VolumeStore.Volume> volume = store.volume(ClaimController.handle(claim));
    if (volume.isEmpty()) {
      new DataVolumeStatus(dataVolume, Optional.of(claim)).phase("Pending").write(kube, world);
      return TICK;
    }
    if (claim.annotation(POD_PHASE).equals("Succeeded")) {
      if (!bound) {
        return TICK; // the populated claim is about to bind
      }
      return succeed(
          dataVolume, claim, source.equals("upload") ? "Upload Complete" : "Import Complete");
    }
    return source.equals("upload")
        ? upload(dataVolume, claim, volume.get())
        : importing(dataVolume, claim, volume.get());
  }

  private Duration upload(Doc dataVolume, Doc claim, VolumeStore.Volume volume) throws IOException {
    Key key = dataVolume.key();
    DataVolumeStatus status = new DataVolumeStatus(dataVolume, Optional.of(claim));
    Doc pod = pods.ensure(pod(claim, true), pods.pickNode(claim.name()));
    if (!claim.annotation(POD_READY).equals("true")) {
      status.phase("UploadScheduled").progress("N/A").running("False", "", "").write(kube, world);
      Duration wait = pace.wait(key, "upload", stageLength(key));
      if (wait.isPositive()) {
        return wait;
      }
      var _ = pods.running(pod, true, 0);
      Doc copy = claim.copy();
      copy.annotate(POD_PHASE, "Running");
      copy.annotate(POD_READY, "true");
      copy.annotate("cdi.kubevirt.io/storage.condition.running", "true");
      copy.annotate("cdi.kubevirt.io/storage.condition.running.reason", "Pod is running");
      claim = world.wrote(Kind.CLAIM, kube.replace(Kind.CLAIM, copy));
    }
    Uploads.Session session = cdi.uploads().open(key, claim.uid(), volume, () -> waker.accept(key));
    return switch (session.state()) {
      case READY, BUSY, CONVERTING -> {
        new DataVolumeStatus(dataVolume, Optional.of(claim))
            .phase("UploadReady")
            .progress("N/A")
            .running("True", "Pod is running", "")
            .write(kube, world);
        yield Duration.ZERO;
      }
      case CRASHED -> {
        int restarts = dataVolume.at("/status/restartCount").asInt() + 1;
        var _ = pods.crashed(pod, restarts, session.message());
        cdi.uploads().close(key);
        new DataVolumeStatus(dataVolume, Optional.of(claim))
            .phase("UploadScheduled")
            .restarts(restarts)
            .crashed(session.message())
            .write(kube, world);
        Doc copy = claim.copy();
        copy.annotate(POD_READY, "false");
        copy.annotate("cdi.kubevirt.io/storage.pod.restarts", Integer.toString(restarts));
        var _ = world.wrote(Kind.CLAIM, kube.replace(Kind.CLAIM, copy));
        pace.forget(key, "upload");
        yield cdi.delays().retry();
      }
      case DONE -> {
        finishPod(dataVolume, claim, pod, "Upload Complete");
        yield TICK;
      }
    };
  }

  private Duration importing(Doc dataVolume, Doc claim, VolumeStore.Volume volume)
      throws IOException {
    Key key = dataVolume.key();
    boolean staged = Checkpoints.used(dataVolume);
    Optional<Checkpoints.Stage> stage = Checkpoints.next(dataVolume, claim);
    if (staged && stage.isEmpty()) {
      if (Checkpoints.complete(dataVolume)) {
        finishPod(dataVolume, claim, pod(claim, false), "Import Complete");
        return TICK;
      }
      new DataVolumeStatus(dataVolume, Optional.of(claim))
          .phase("Paused")
          .running("False", "Completed", "Import Complete")
          .write(kube, world);
      return Duration.ZERO;
    }
    if (dataVolume.text("/status/phase").equals("Paused")) {
      // CDI sees a new checkpoint when it comes round to it.
      Duration unseen =
          pace.wait(
              key,
              "resume" + stage.map(Checkpoints.Stage::current).orElse(""),
              faults.delay(key.namespace(), key.name(), Duration.ZERO));
      if (unseen.isPositive()) {
        return unseen;
      }
    }
    Doc pod = pods.ensure(pod(claim, false), pods.pickNode(claim.name()));
    Optional<Transfers.Transfer> transfer = cdi.transfers().get(dataVolume.uid());
    if (transfer.isEmpty()) {
      new DataVolumeStatus(dataVolume, Optional.of(claim))
          .phase("ImportScheduled")
          .progress("N/A")
          .running("False", "", "")
          .write(kube, world);
      String step = "import" + stage.map(Checkpoints.Stage::current).orElse("");
      Duration wait = pace.wait(key, step, stageLength(key));
      if (wait.isPositive()) {
        return wait;
      }
      var _ = pods.running(pod, true, dataVolume.at("/status/restartCount").asInt());
      Optional<Fault> crash = faults.strike(Fault.What.IMPORTER_CRASH, key.namespace(), key.name());
      cdi.transfers()
          .start(
              dataVolume.uid(),
              crash,
              cdi.work().of(dataVolume, volume, stage),
              () -> waker.accept(key));
      new DataVolumeStatus(current(dataVolume), Optional.of(claim))
          .phase("ImportInProgress")
          .running("True", "Pod is running", "")
          .write(kube, world);
      return TICK;
    }
    return progress(dataVolume, claim, pod, stage, transfer.get());
  }

  private Duration progress(
      Doc dataVolume,
      Doc claim,
      Doc pod,
      Optional<Checkpoints.Stage> stage,
      Transfers.Transfer transfer)
      throws IOException {
    return switch (transfer.state()) {
      case RUNNING -> {
        new DataVolumeStatus(dataVolume, Optional.of(claim))
            .phase("ImportInProgress")
            .progress(String.format(Locale.ROOT, "%.2f%%", transfer.percent()))
            .running("True", "Pod is running", "")
            .write(kube, world);
        yield TICK;
      }
      case FAILED -> {
        int restarts = transfer.crash(dataVolume.at("/status/restartCount").asInt());
        var _ = pods.crashed(pod, restarts, transfer.message());
        new DataVolumeStatus(dataVolume, Optional.of(claim))
            .phase("ImportInProgress")
            .restarts(restarts)
            .crashed(transfer.message())
            .write(kube, world);
        Duration wait = pace.wait(dataVolume.key(), "retry" + restarts, cdi.delays().retry());
        if (wait.isPositive()) {
          yield wait;
        }
        cdi.transfers().remove(dataVolume.uid());
        yield Duration.ofMillis(10);
      }
      case DONE -> {
        if (stage.isEmpty()) {
          finishPod(dataVolume, claim, pod, "Import Complete");
        } else {
          Doc copy = claim.copy();
          Checkpoints.copied(copy, stage.get(), pod.uid());
          var _ = world.wrote(Kind.CLAIM, kube.replace(Kind.CLAIM, copy));
          kube.deleteNow(Kind.POD, pod);
        }
        cdi.transfers().remove(dataVolume.uid());
        yield Duration.ofMillis(10);
      }
    };
  }

  /** The transfer is over: the pod goes (or stays for its logs), the claim says so. */
  private void finishPod(Doc dataVolume, Doc claim, Doc pod, String message) throws IOException {
    Doc copy = claim.copy();
    copy.annotate(POD_PHASE, "Succeeded");
    copy.annotate(POD_READY, "false");
    copy.annotate("cdi.kubevirt.io/storage.condition.running", "false");
    copy.annotate("cdi.kubevirt.io/storage.condition.running.reason", "Completed");
    copy.annotate("cdi.kubevirt.io/storage.condition.running.message", message);
    var _ = world.wrote(Kind.CLAIM, kube.replace(Kind.CLAIM, copy));
    Optional<Doc> there = kube.get(Kind.POD, pod.namespace(), pod.name());
    if (there.isPresent()) {
      if (dataVolume.annotation(RETAIN_POD).equals("true")) {
        var _ = pods.ended(there.get(), 0, null, message);
      } else {
        kube.deleteNow(Kind.POD, there.get());
      }
    }
  }

  private Duration succeed(Doc dataVolume, Doc claim, String message) {
    new DataVolumeStatus(dataVolume, Optional.of(claim))
        .phase("Succeeded")
        .progress("100.0%")
        .running("False", "Completed", message)
        .write(kube, world);
    cdi.uploads().close(dataVolume.key());
    pace.forget(dataVolume.key());
    return Duration.ZERO;
  }

  /** Stops whatever moves bytes for a DataVolume that is going away, and its pods. */
  private void abandon(Key key) {
    String uid = uids.remove(key);
    if (uid != null) {
      cdi.transfers().remove(uid);
    }
    cdi.uploads().close(key);
    pace.forget(key);
    for (Doc pod : world.list(Kind.POD, key.namespace())) {
      if (pod.label("cdi.kubevirt.io/storage.import.importPvcName").equals(key.name())) {
        kube.deleteNow(Kind.POD, pod);
      }
    }
  }

  private static Doc pod(Doc claim, boolean upload) {
    boolean populated = ClaimController.populated(claim);
    String subject = populated ? "prime-" + claim.uid() : claim.name();
    Doc pod =
        Pods.draft(
            claim,
            (upload ? "cdi-upload-" : "importer-") + subject,
            upload ? "cdi-upload-server" : "importer",
            Map.of(
                "app",
                "containerized-data-importer",
                "cdi.kubevirt.io",
                upload ? "cdi-upload-server" : "importer",
                "cdi.kubevirt.io/storage.import.importPvcName",
                claim.name()));
    if (!populated) {
      boolean block = claim.text("/spec/volumeMode").equals("Block");
      Pods.mount(
          pod, "cdi-data-vol", claim.name(), block, block ? "/dev/cdi-block-volume" : "/data");
    }
    return pod;
  }

  private Doc current(Doc dataVolume) {
    return world.get(Kind.DATA_VOLUME, dataVolume.key()).orElse(dataVolume);
  }

  private Duration stageLength(Key key) {
    return faults.delay(key.namespace(), key.name(), cdi.delays().phase());
  }

  private boolean waitsForConsumer(Doc claim) {
    return world
        .get(Kind.STORAGE_CLASS, "", claim.text("/spec/storageClassName"))
        .map(c -> c.text("/volumeBindingMode").equals("WaitForFirstConsumer"))
        .orElse(false);
  }

  private static boolean usesPopulator(Doc dataVolume, String source) {
    return !dataVolume.annotation(USE_POPULATOR).equals("false")
        && !source.equals("pvc")
        && !source.equals("snapshot");
  }

  private static String source(Doc dataVolume) {
    for (Map.Entry<String, JsonNode> entry : dataVolume.at("/spec/source").properties()) {
      return entry.getKey();
    }
    return "blank";
  }
}
