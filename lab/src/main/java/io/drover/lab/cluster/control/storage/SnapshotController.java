// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.storage;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.kube.Pace;
import io.drover.lab.cluster.control.kube.World;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Plays the snapshot controller and the CSI snapshotter: a VolumeSnapshot gets its content object
 * and a copy of the volume file as it was; deleting it deletes both.
 */
public final class SnapshotController implements Controller {

  private static final String FINALIZER =
      "snapshot.storage.kubernetes.io/volumesnapshot-bound-protection";
  private static final String DEFAULT_CLASS = "snapshot.storage.kubernetes.io/is-default-class";

  private final Kube kube;
  private final World world;
  private final VolumeStore store;
  private final ClusterFaults faults;
  private final Pace pace;
  private final Duration snapshotDelay;

  /**
   * A snapshotter over one store.
   *
   * @param snapshotDelay how long a snapshot takes at least
   */
  public SnapshotController(
      Kube kube, World world, VolumeStore store, ClusterFaults faults, Duration snapshotDelay) {
    this.kube = kube;
    this.world = world;
    this.store = store;
    this.faults = faults;
    this.pace = new Pace();
    this.snapshotDelay = snapshotDelay;
  }

  @Override
  public String name() {
    return "snapshots";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(Kind.SNAPSHOT, Kind.SNAPSHOT_CONTENT, Kind.CLAIM, Kind.SNAPSHOT_CLASS);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return switch (kind) {
      case SNAPSHOT -> List.of(changed.key());
      case CLAIM ->
          world.list(Kind.SNAPSHOT, changed.namespace()).stream()
              .filter(s -> claimName(s).equals(changed.name()))
              .filter(s -> !s.at("/status/readyToUse").asBoolean())
              .map(Doc::key)
              .toList();
      default -> List.of();
    };
  }

  @Override
  public Duration reconcile(Key key) throws IOException {
    Optional<Doc> found = world.get(Kind.SNAPSHOT, key);
    if (found.isEmpty()) {
      pace.forget(key);
      return Duration.ZERO;
    }
    Doc snapshot = found.get();
    if (snapshot.deleting()) {
      return remove(snapshot);
    }
    if (!snapshot.hasFinalizer(FINALIZER)) {
      Doc copy = snapshot.copy();
      copy.addFinalizer(FINALIZER);
      snapshot = world.wrote(Kind.SNAPSHOT, kube.replace(Kind.SNAPSHOT, copy));
    }
    if (snapshot.at("/status/readyToUse").asBoolean()) {
      return Duration.ZERO;
    }
    Duration wait =
        pace.wait(key, "take", faults.delay(key.namespace(), key.name(), snapshotDelay));
    return wait.isPositive() ? wait : take(snapshot);
  }

  /** The handle of a snapshot's file, and the name of its content object. */
  public static String handle(Doc snapshot) {
    return "snapcontent-" + snapshot.uid();
  }

  private Duration take(Doc snapshot) throws IOException {
    Optional<Fault> fault =
        faults.strike(Fault.What.SNAPSHOT_FAILS, snapshot.namespace(), snapshot.name());
    if (fault.isPresent()) {
      return failed(
          snapshot,
          fault.get().message().isEmpty()
              ? "Failed to check and update snapshot content: rpc error: code = Internal"
              : fault.get().message());
    }
    Optional<Doc> claim = world.get(Kind.CLAIM, snapshot.namespace(), claimName(snapshot));
    if (claim.isEmpty()) {
      return failed(
          snapshot,
          "failed to get persistentvolumeclaim \"" + claimName(snapshot) + "\": not found");
    }
    if (!claim.get().text("/status/phase").equals("Bound")) {
      return failed(
          snapshot,
          "the PVC " + claimName(snapshot) + " is not yet bound to a PV, will not attempt");
    }
    String handle = claim.get().text("/spec/volumeName");
    Optional<Doc> pv = world.get(Kind.VOLUME, "", handle);
    Optional<VolumeStore.Volume> volume = store.volume(handle);
    if (pv.isEmpty() || volume.isEmpty()) {
      return Duration.ofMillis(100);
    }
    String driver = pv.get().text("/spec/csi/driver");
    Optional<Doc> snapshotClass = snapshotClass(snapshot, driver);
    if (snapshotClass.isEmpty()) {
      return failed(
          snapshot, "failed to find a VolumeSnapshotClass whose driver is \"" + driver + "\"");
    }
    VolumeStore.Volume taken = store.takeSnapshot(volume.get(), handle(snapshot));
    Instant now = Instant.now();
    Doc content = content(snapshot, snapshotClass.get(), driver, handle);
    Doc made = kube.ensure(Kind.SNAPSHOT_CONTENT, content).copy();
    ObjectNode contentStatus = made.status();
    contentStatus.put("snapshotHandle", handle(snapshot));
    contentStatus.put("creationTime", now.getEpochSecond() * 1_000_000_000L + now.getNano());
    contentStatus.put("restoreSize", taken.size());
    contentStatus.put("readyToUse", true);
    var _ = kube.replaceStatus(Kind.SNAPSHOT_CONTENT, made);
    Doc copy = snapshot.copy();
    ObjectNode status = copy.status();
    status.remove("error");
    status.put("boundVolumeSnapshotContentName", handle(snapshot));
    status.put("creationTime", Doc.now());
    status.put("restoreSize", claim.get().text("/spec/resources/requests/storage"));
    status.put("readyToUse", true);
    var _ = world.wrote(Kind.SNAPSHOT, kube.replaceStatus(Kind.SNAPSHOT, copy));
    return Duration.ZERO;
  }

  private static Doc content(Doc snapshot, Doc snapshotClass, String driver, String volumeHandle) {
    Doc content = Doc.of(Kind.SNAPSHOT_CONTENT, "", handle(snapshot));
    ObjectNode spec = content.spec();
    String policy = snapshotClass.text("/deletionPolicy");
    spec.put("deletionPolicy", policy.isEmpty() ? "Delete" : policy);
    spec.put("driver", driver);
    spec.putObject("source").put("volumeHandle", volumeHandle);
    spec.put("volumeSnapshotClassName", snapshotClass.name());
    ObjectNode ref = spec.putObject("volumeSnapshotRef");
    ref.put("apiVersion", Kind.SNAPSHOT.apiVersion()).put("kind", Kind.SNAPSHOT.kindName());
    ref.put("namespace", snapshot.namespace()).put("name", snapshot.name());
    ref.put("uid", snapshot.uid());
    return content;
  }

  private Duration failed(Doc snapshot, String message) {
    if (!snapshot.text("/status/error/message").equals(message)) {
      Doc copy = snapshot.copy();
      ObjectNode status = copy.status();
      status.put("readyToUse", false);
      status.putObject("error").put("message", message).put("time", Doc.now());
      var _ = world.wrote(Kind.SNAPSHOT, kube.replaceStatus(Kind.SNAPSHOT, copy));
    }
    return Duration.ofMillis(300);
  }

  private Duration remove(Doc snapshot) throws IOException {
    Optional<Doc> content = kube.get(Kind.SNAPSHOT_CONTENT, "", handle(snapshot));
    if (content.isEmpty() || !content.get().text("/spec/deletionPolicy").equals("Retain")) {
      store.deleteSnapshot(handle(snapshot));
    }
    content.ifPresent(c -> kube.delete(Kind.SNAPSHOT_CONTENT, c));
    Doc copy = snapshot.copy();
    if (copy.removeFinalizer(FINALIZER)) {
      var _ = kube.replace(Kind.SNAPSHOT, copy);
    }
    return Duration.ZERO;
  }

  private Optional<Doc> snapshotClass(Doc snapshot, String driver) {
    String wanted = snapshot.text("/spec/volumeSnapshotClassName");
    List<Doc> fitting =
        world.list(Kind.SNAPSHOT_CLASS).stream()
            .filter(c -> c.text("/driver").equals(driver))
            .toList();
    return wanted.isEmpty()
        ? fitting.stream().filter(c -> c.annotation(DEFAULT_CLASS).equals("true")).findFirst()
        : fitting.stream().filter(c -> c.name().equals(wanted)).findFirst();
  }

  private static String claimName(Doc snapshot) {
    return snapshot.text("/spec/source/persistentVolumeClaimName");
  }
}
