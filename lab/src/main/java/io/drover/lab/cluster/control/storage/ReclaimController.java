// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.storage;

import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.kube.World;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Takes back what nobody claims any more: a PersistentVolume whose claim is gone, and volume files
 * of claims that were deleted before they bound.
 */
public final class ReclaimController implements Controller {

  private final Kube kube;
  private final World world;
  private final VolumeStore store;

  /** A reclaimer of one store's volumes. */
  public ReclaimController(Kube kube, World world, VolumeStore store) {
    this.kube = kube;
    this.world = world;
    this.store = store;
  }

  @Override
  public String name() {
    return "reclaim";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(Kind.CLAIM, Kind.VOLUME);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return List.of(
        new Key("", kind == Kind.CLAIM ? ClaimController.handle(changed) : changed.name()));
  }

  @Override
  public Duration reconcile(Key key) throws IOException {
    String uid = key.name().startsWith("pvc-") ? key.name().substring(4) : "";
    if (uid.isEmpty() || world.list(Kind.CLAIM).stream().anyMatch(c -> c.uid().equals(uid))) {
      return Duration.ZERO;
    }
    Optional<Doc> volume = world.get(Kind.VOLUME, key);
    if (volume.isPresent()) {
      Doc pv = volume.get();
      String policy = pv.text("/spec/persistentVolumeReclaimPolicy");
      // A cache may lag behind: before files go, the server itself must say that the claim is gone.
      Optional<Doc> claim =
          kube.get(Kind.CLAIM, pv.text("/spec/claimRef/namespace"), pv.text("/spec/claimRef/name"));
      if (claim.isPresent() && claim.get().uid().equals(uid)) {
        return Duration.ofMillis(100);
      }
      if (policy.equals("Retain")) {
        return released(pv);
      }
      store.delete(key.name());
      Doc copy = pv.copy();
      if (copy.removeFinalizer("kubernetes.io/pv-protection")) {
        pv = kube.replace(Kind.VOLUME, copy);
      }
      kube.delete(Kind.VOLUME, pv);
      return Duration.ZERO;
    }
    if (store.volume(key.name()).isPresent()
        && kube.list(Kind.CLAIM).stream().noneMatch(c -> c.uid().equals(uid))) {
      store.delete(key.name());
    }
    return Duration.ZERO;
  }

  private Duration released(Doc pv) {
    if (!pv.text("/status/phase").equals("Released")) {
      Doc copy = pv.copy();
      copy.status().put("phase", "Released");
      var _ = world.wrote(Kind.VOLUME, kube.replaceStatus(Kind.VOLUME, copy));
    }
    return Duration.ZERO;
  }
}
