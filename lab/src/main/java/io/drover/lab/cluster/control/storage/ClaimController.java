// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.storage;

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
import io.drover.lab.cluster.control.kube.World;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Plays the CSI provisioner and the binder: a claim gets a volume file, a PersistentVolume and the
 * phase Bound; a claim with a data source starts as its copy; a claim that goes away takes its
 * files along.
 */
public final class ClaimController implements Controller {

  static final String IN_USE = "kubernetes.io/pvc-protection";
  private static final String POD_PHASE = "cdi.kubevirt.io/storage.pod.phase";
  private static final String IMMEDIATE = "cdi.kubevirt.io/storage.bind.immediate.requested";
  private static final Duration RETRY = Duration.ofMillis(500);

  private final Kube kube;
  private final World world;
  private final VolumeStore store;
  private final ClusterFaults faults;
  private final Events events;

  /** A provisioner that keeps its volumes in a store. */
  public ClaimController(
      Kube kube, World world, VolumeStore store, ClusterFaults faults, Events events) {
    this.kube = kube;
    this.world = world;
    this.store = store;
    this.faults = faults;
    this.events = events;
  }

  @Override
  public String name() {
    return "claims";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(Kind.CLAIM, Kind.VOLUME, Kind.POD, Kind.SNAPSHOT, Kind.STORAGE_CLASS);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return switch (kind) {
      case CLAIM -> List.of(changed.key());
      case POD -> claimsOf(changed);
      case SNAPSHOT ->
          world.list(Kind.CLAIM, changed.namespace()).stream()
              .filter(c -> sourceName(c, "VolumeSnapshot").equals(changed.name()))
              .map(Doc::key)
              .toList();
      default -> List.of();
    };
  }

  @Override
  public Duration reconcile(Key key) throws IOException {
    Optional<Doc> found = world.get(Kind.CLAIM, key);
    if (found.isEmpty()) {
      return Duration.ZERO;
    }
    Doc claim = found.get();
    if (claim.deleting()) {
      return release(claim);
    }
    if (!claim.hasFinalizer(IN_USE)) {
      Doc copy = claim.copy();
      copy.addFinalizer(IN_USE);
      claim = world.wrote(Kind.CLAIM, kube.replace(Kind.CLAIM, copy));
    }
    if (claim.text("/status/phase").equals("Bound")) {
      return Duration.ZERO;
    }
    return bind(claim);
  }

  private Duration bind(Doc claim) throws IOException {
    Doc storageClass = storageClass(claim).orElse(null);
    if (storageClass == null) {
      pending(claim);
      String wanted = claim.text("/spec/storageClassName");
      events.warn(
          claim,
          "ProvisioningFailed",
          wanted.isEmpty()
              ? "no storage class named and no default storage class"
              : "storageclass.storage.k8s.io \"" + wanted + "\" not found");
      return RETRY;
    }
    if (waitsForConsumer(claim, storageClass)) {
      pending(claim);
      events.note(
          claim, "WaitForFirstConsumer", "waiting for first consumer to be created before binding");
      return Duration.ZERO;
    }
    Optional<Fault> refused =
        faults.strike(Fault.What.PROVISION_FAILS, claim.namespace(), claim.name());
    if (refused.isPresent()) {
      pending(claim);
      events.warn(
          claim,
          "ProvisioningFailed",
          refused.get().message().isEmpty()
              ? "failed to provision volume: rpc error: code = Internal"
              : refused.get().message());
      return RETRY;
    }
    try {
      if (!provision(claim)) {
        pending(claim);
        return RETRY;
      }
    } catch (VolumeStore.NoRoom e) {
      pending(claim);
      events.warn(
          claim,
          "ProvisioningFailed",
          "failed to provision volume with StorageClass \""
              + storageClass.name()
              + "\": rpc error: code = ResourceExhausted desc = "
              + e.getMessage());
      return RETRY;
    }
    // A populated claim binds when its populator is done; until then its volume belongs to CDI.
    if (populated(claim) && !claim.annotation(POD_PHASE).equals("Succeeded")) {
      pending(claim);
      return Duration.ZERO;
    }
    bound(claim, storageClass);
    return Duration.ZERO;
  }

  /** The handle (and PersistentVolume's name) of a claim's volume, as CSI provisioners name it. */
  public static String handle(Doc claim) {
    return "pvc-" + claim.uid();
  }

  /** Whether a claim is filled by CDI before it binds. */
  public static boolean populated(Doc claim) {
    String kind = claim.text("/spec/dataSourceRef/kind");
    return claim.text("/spec/dataSourceRef/apiGroup").equals("cdi.kubevirt.io")
        && (kind.equals("VolumeUploadSource") || kind.equals("VolumeImportSource"));
  }

  private boolean provision(Doc claim) throws IOException {
    boolean block = claim.text("/spec/volumeMode").equals("Block");
    long size = Doc.bytes(claim.text("/spec/resources/requests/storage"));
    String snapshotName = sourceName(claim, "VolumeSnapshot");
    String claimName = sourceName(claim, "PersistentVolumeClaim");
    if (!snapshotName.isEmpty()) {
      Optional<Doc> snapshot = world.get(Kind.SNAPSHOT, claim.namespace(), snapshotName);
      if (snapshot.isEmpty() || !snapshot.get().at("/status/readyToUse").asBoolean()) {
        events.note(
            claim, "Provisioning", "waiting for snapshot " + snapshotName + " to be ready to use");
        return false;
      }
      long least = Doc.bytes(snapshot.get().text("/status/restoreSize"));
      if (size < least) {
        events.warn(
            claim,
            "ProvisioningFailed",
            "requested volume size "
                + size
                + " is less than the size "
                + least
                + " for the source snapshot "
                + snapshotName);
        return false;
      }
      Optional<VolumeStore.Volume> source =
          store.snapshot(SnapshotController.handle(snapshot.get()));
      if (source.isEmpty()) {
        return false;
      }
      var _ = store.copy(source.get(), handle(claim), block, size);
      return true;
    }
    if (!claimName.isEmpty()) {
      Optional<Doc> other = world.get(Kind.CLAIM, claim.namespace(), claimName);
      if (other.isEmpty() || !other.get().text("/status/phase").equals("Bound")) {
        return false;
      }
      Optional<VolumeStore.Volume> source = store.volume(other.get().text("/spec/volumeName"));
      if (source.isEmpty() || source.get().size() > size) {
        return false;
      }
      var _ = store.copy(source.get(), handle(claim), block, size);
      return true;
    }
    var _ = store.create(handle(claim), block, size);
    return true;
  }

  private void bound(Doc claim, Doc storageClass) {
    Doc volume = Doc.of(Kind.VOLUME, "", handle(claim));
    String driver = storageClass.text("/provisioner");
    volume.annotate("pv.kubernetes.io/provisioned-by", driver);
    ObjectNode spec = volume.spec();
    spec.set("accessModes", claim.at("/spec/accessModes").deepCopy());
    spec.putObject("capacity").set("storage", claim.at("/spec/resources/requests/storage"));
    ObjectNode ref = spec.putObject("claimRef");
    ref.put("apiVersion", "v1").put("kind", "PersistentVolumeClaim");
    ref.put("namespace", claim.namespace()).put("name", claim.name()).put("uid", claim.uid());
    spec.putObject("csi").put("driver", driver).put("volumeHandle", handle(claim));
    spec.put("persistentVolumeReclaimPolicy", reclaimPolicy(storageClass));
    spec.put("storageClassName", storageClass.name());
    String mode = claim.text("/spec/volumeMode");
    spec.put("volumeMode", mode.isEmpty() ? "Filesystem" : mode);
    Doc made = kube.ensure(Kind.VOLUME, volume).copy();
    if (!made.text("/status/phase").equals("Bound")) {
      made.status().put("phase", "Bound");
      var _ = kube.replaceStatus(Kind.VOLUME, made);
    }
    Doc copy = claim.copy();
    boolean change = copy.annotate("pv.kubernetes.io/bind-completed", "yes");
    change |= copy.annotate("pv.kubernetes.io/bound-by-controller", "yes");
    change |= copy.annotate("volume.kubernetes.io/storage-provisioner", driver);
    if (copy.text("/spec/volumeName").isEmpty()) {
      copy.spec().put("volumeName", handle(claim));
      change = true;
    }
    if (change) {
      copy = world.wrote(Kind.CLAIM, kube.replace(Kind.CLAIM, copy)).copy();
    }
    ObjectNode status = copy.status();
    status.put("phase", "Bound");
    status.set("accessModes", claim.at("/spec/accessModes").deepCopy());
    status.putObject("capacity").set("storage", claim.at("/spec/resources/requests/storage"));
    var _ = world.wrote(Kind.CLAIM, kube.replaceStatus(Kind.CLAIM, copy));
    events.note(claim, "ProvisioningSucceeded", "Successfully provisioned volume " + handle(claim));
  }

  private void pending(Doc claim) {
    if (!claim.text("/status/phase").equals("Pending")) {
      Doc copy = claim.copy();
      copy.status().put("phase", "Pending");
      var _ = world.wrote(Kind.CLAIM, kube.replaceStatus(Kind.CLAIM, copy));
    }
  }

  private Duration release(Doc claim) {
    boolean used =
        world.list(Kind.POD, claim.namespace()).stream()
            .filter(p -> !p.text("/status/phase").matches("Succeeded|Failed"))
            .anyMatch(p -> claimsOf(p).contains(claim.key()));
    if (used || !claim.hasFinalizer(IN_USE)) {
      return Duration.ZERO;
    }
    Doc copy = claim.copy();
    copy.removeFinalizer(IN_USE);
    var _ = kube.replace(Kind.CLAIM, copy);
    return Duration.ZERO;
  }

  private boolean waitsForConsumer(Doc claim, Doc storageClass) {
    return storageClass.text("/volumeBindingMode").equals("WaitForFirstConsumer")
        && !claim.hasAnnotation(IMMEDIATE)
        && !populated(claim)
        && world.list(Kind.POD, claim.namespace()).stream()
            .noneMatch(p -> claimsOf(p).contains(claim.key()));
  }

  private Optional<Doc> storageClass(Doc claim) {
    String wanted = claim.text("/spec/storageClassName");
    return wanted.isEmpty()
        ? world.list(Kind.STORAGE_CLASS).stream()
            .filter(c -> c.annotation("storageclass.kubernetes.io/is-default-class").equals("true"))
            .findFirst()
        : world.get(Kind.STORAGE_CLASS, "", wanted);
  }

  private static String reclaimPolicy(Doc storageClass) {
    String policy = storageClass.text("/reclaimPolicy");
    return policy.isEmpty() ? "Delete" : policy;
  }

  private static String sourceName(Doc claim, String kind) {
    for (String field : List.of("/spec/dataSource", "/spec/dataSourceRef")) {
      if (claim.text(field + "/kind").equals(kind)) {
        return claim.text(field + "/name");
      }
    }
    return "";
  }

  /** The claims that a pod mounts. */
  static List<Key> claimsOf(Doc pod) {
    List<Key> keys = new ArrayList<>();
    for (JsonNode volume : pod.at("/spec/volumes")) {
      String claim = volume.at("/persistentVolumeClaim/claimName").asText("");
      if (!claim.isEmpty()) {
        keys.add(new Key(pod.namespace(), claim));
      }
    }
    return keys;
  }
}
