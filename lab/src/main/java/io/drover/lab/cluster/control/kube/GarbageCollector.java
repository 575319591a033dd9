// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Plays the garbage collector of kube-controller-manager for the kinds of the lab: dependents go
 * when all their owners are gone, and the {@code foregroundDeletion} and {@code orphan} finalizers
 * are served. Harmless beside a real one.
 */
public final class GarbageCollector implements Controller {

  private static final Set<Kind> KINDS =
      EnumSet.of(
          Kind.POD,
          Kind.CLAIM,
          Kind.DATA_VOLUME,
          Kind.VM,
          Kind.VMI,
          Kind.JOB,
          Kind.SNAPSHOT,
          Kind.CONFIG_MAP,
          Kind.SECRET);
  private static final String FOREGROUND = "foregroundDeletion";
  private static final String ORPHAN = "orphan";

  private final Kube kube;
  private final World world;

  /** A collector over this cluster. */
  public GarbageCollector(Kube kube, World world) {
    this.kube = kube;
    this.world = world;
  }

  @Override
  public String name() {
    return "garbage";
  }

  @Override
  public Set<Kind> watches() {
    return KINDS;
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    List<Key> dependents =
        KINDS.stream()
            .flatMap(k ->
                world.list(k, changed.namespace()).stream()
                    .filter(d -> d.ownerUids().contains(changed.uid()))
                    .map(d -> key(k, d)))
            .collect(Collectors.toList());
    dependents.add(key(kind, changed));
    return dependents;
  }

  @Override
  public Duration reconcile(Key key) {
    int slash = key.name().indexOf('/');
    Kind kind = Kind.valueOf(key.name().substring(0, slash));
    Optional<Doc> found = world.get(kind, key.namespace(), key.name().substring(slash + 1));
    if (found.isEmpty()) {
      return Duration.ZERO;
    }
    Doc doc = found.get();
    if (doc.deleting()) {
      return finish(kind, doc);
    }
    JsonNode owners = doc.at("/metadata/ownerReferences");
    if (owners.isEmpty()) {
      return Duration.ZERO;
    }
    for (JsonNode owner : owners) {
      if (alive(doc.namespace(), owner)) {
        return Duration.ZERO;
      }
    }
    kube.delete(kind, doc);
    return Duration.ZERO;
  }

  private Duration finish(Kind kind, Doc doc) {
    boolean foreground = doc.hasFinalizer(FOREGROUND);
    boolean orphan = doc.hasFinalizer(ORPHAN);
    if (!foreground && !orphan) {
      return Duration.ZERO;
    }
    boolean left = false;
    for (Kind k : KINDS) {
      for (Doc dependent : world.list(k, doc.namespace())) {
        if (dependent.ownerUids().contains(doc.uid())) {
          left = true;
          if (foreground) {
            if (!dependent.deleting()) {
              kube.delete(k, dependent);
            }
          } else {
            setFree(k, dependent, doc.uid());
          }
        }
      }
    }
    if (left) {
      return Duration.ofMillis(50);
    }
    Doc copy = doc.copy();
    copy.removeFinalizer(foreground ? FOREGROUND : ORPHAN);
    var _ = kube.replace(kind, copy);
    return Duration.ZERO;
  }

  private void setFree(Kind kind, Doc dependent, String ownerUid) {
    Doc copy = dependent.copy();
    ObjectNode meta = copy.obj("metadata");
    var kept = meta.putArray("ownerReferences");
    for (JsonNode owner : dependent.at("/metadata/ownerReferences")) {
      if (!owner.path("uid").asText().equals(ownerUid)) {
        kept.add(owner);
      }
    }
    var _ = world.wrote(kind, kube.replace(kind, copy));
  }

  private boolean alive(String namespace, JsonNode owner) {
    String kindName = owner.path("kind").asText();
    String uid = owner.path("uid").asText();
    String name = owner.path("name").asText();
    Optional<Kind> kind = KINDS.stream().filter(k -> k.kindName().equals(kindName)).findFirst();
    if (kind.isEmpty()) {
      return true; // not ours to judge
    }
    return world.get(kind.get(), namespace, name).filter(o -> o.uid().equals(uid)).isPresent()
        // The view may be older than the owner: only the server's word lets something go.
        || kube.get(kind.get(), namespace, name).filter(o -> o.uid().equals(uid)).isPresent();
  }

  private static Key key(Kind kind, Doc doc) {
    return new Key(doc.namespace(), kind.name() + "/" + doc.name());
  }
}
