// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.Deletion.Wish;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a kube-controller-manager does for a cluster without running anything in it: collects
 * dependents of deleted owners, empties namespaces, lets unused volumes go, and keeps the books of
 * quotas. Looks at the whole store after changes; a sweep is safe to repeat.
 */
final class Housekeeping implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Housekeeping.class);
  private static final Wish NOW = new Wish(0, "Background", "", "");
  private static final String CLAIM_PROTECTION = "kubernetes.io/pvc-protection";
  private static final String VOLUME_PROTECTION = "kubernetes.io/pv-protection";

  private final LabStore store;
  private final ResourceTable table;
  private final Deletion deletion;
  private final Quotas quotas;
  private final Semaphore changes = new Semaphore(0);
  private final Runnable unfollow;
  private final Thread thread;

  Housekeeping(LabStore store, ResourceTable table, Timestamps now) {
    this.store = store;
    this.table = table;
    this.deletion = new Deletion(store, now);
    this.quotas = new Quotas(store, table);
    this.unfollow = store.followAll(change -> changes.release());
    this.thread = Thread.ofVirtual().name("lab-housekeeping").unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  private void run() {
    try {
      while (true) {
        changes.acquire();
        // Many changes in a row are one reason to look.
        Thread.sleep(5);
        changes.drainPermits();
        sweep();
      }
    } catch (InterruptedException stopped) {
      Thread.currentThread().interrupt();
    }
  }

  private void sweep() {
    try {
      collect();
      namespaces();
      claims();
      volumes();
      quotas.account();
    } catch (RuntimeException e) {
      LOG.error("the lab API server's housekeeping failed; it goes on with the next change", e);
    }
  }

  /** An object and what it is. */
  private record Held(ResourceType type, ObjectNode object) {
    Target target() {
      return new Target(type, Json.namespace(object), Json.name(object), "");
    }
  }

  private void collect() {
    Map<String, Held> byUid = new HashMap<>();
    List<Held> owned = new ArrayList<>();
    List<Held> leaving = new ArrayList<>();
    for (ResourceType type : table.rows()) {
      for (ObjectNode object : store.stored(type, "")) {
        Held held = new Held(type, object);
        byUid.put(Json.uid(object), held);
        if (!owners(object).isEmpty()) {
          owned.add(held);
        }
        if (!finalizer(object).isEmpty()) {
          leaving.add(held);
        }
      }
    }
    owned.forEach(held -> dependent(held, byUid));
    leaving.forEach(held -> owner(held, owned));
  }

  /** Deletes an object of which no owner is left, or forgets the owners that are gone. */
  private void dependent(Held held, Map<String, Held> byUid) {
    List<String> gone = new ArrayList<>();
    boolean waited = false;
    for (JsonNode owner : owners(held.object())) {
      Held there = byUid.get(Json.text(owner, "uid"));
      if (there == null) {
        gone.add(Json.text(owner, "uid"));
      } else if (finalizer(there.object()).equals(Deletion.FOREGROUND)) {
        waited = true;
      } else if (finalizer(there.object()).equals(Deletion.ORPHAN)) {
        gone.add(Json.text(owner, "uid"));
        release(held, Set.copyOf(gone));
        return;
      }
    }
    boolean all = gone.size() == owners(held.object()).size();
    if ((all || waited) && !held.object().path("metadata").has("deletionTimestamp")) {
      // Under an owner that waits, dependents wait for theirs in turn.
      delete(held, new Wish(null, waited ? "Foreground" : "Background", "", ""));
    } else if (!all && !gone.isEmpty()) {
      release(held, Set.copyOf(gone));
    }
  }

  /** Lets an owner go once its dependents are dealt with. */
  private void owner(Held held, List<Held> owned) {
    String uid = Json.uid(held.object());
    boolean foreground = finalizer(held.object()).equals(Deletion.FOREGROUND);
    boolean waiting =
        owned.stream()
            .filter(dependent ->
                store.stored(
                        dependent.type(),
                        Json.namespace(dependent.object()),
                        Json.name(dependent.object()))
                    != null)
            .anyMatch(dependent -> refers(dependent, uid, foreground));
    if (!waiting) {
      strip(held, finalizer(held.object()));
    }
  }

  private boolean refers(Held dependent, String uid, boolean blockingOnly) {
    ObjectNode now =
        store.stored(
            dependent.type(), Json.namespace(dependent.object()), Json.name(dependent.object()));
    if (now == null) {
      return false;
    }
    for (JsonNode owner : owners(now)) {
      if (Json.text(owner, "uid").equals(uid)
          && (!blockingOnly || owner.path("blockOwnerDeletion").asBoolean())) {
        return true;
      }
    }
    return false;
  }

  private void release(Held held, Set<String> owners) {
    change(
        held,
        object -> {
          ArrayNode references = Json.metadata(object).withArray("ownerReferences");
          references.removeIf(owner -> owners.contains(Json.text(owner, "uid")));
          if (references.isEmpty()) {
            Json.metadata(object).remove("ownerReferences");
          }
        });
  }

  private void namespaces() {
    for (ObjectNode namespace : store.stored(table.named("namespaces"), "")) {
      if (!namespace.path("metadata").has("deletionTimestamp")) {
        continue;
      }
      boolean empty = true;
      for (ResourceType type : table.rows()) {
        if (type.namespaced()) {
          for (ObjectNode object : store.stored(type, Json.name(namespace))) {
            empty = false;
            if (!object.path("metadata").has("deletionTimestamp")) {
              delete(new Held(type, object), NOW);
            }
          }
        }
      }
      if (empty) {
        change(
            new Held(table.named("namespaces"), namespace),
            object -> Json.child(object, "spec").remove("finalizers"));
      } else {
        changes.release();
      }
    }
  }

  private void claims() {
    Set<String> used = new HashSet<>();
    for (ObjectNode pod : store.stored(table.named("pods"), "")) {
      String phase = Json.text(pod, "status", "phase");
      if (!phase.equals("Succeeded") && !phase.equals("Failed")) {
        pod.path("spec")
            .path("volumes")
            .forEach(volume ->
                used.add(
                    Json.namespace(pod)
                        + "/"
                        + Json.text(volume, "persistentVolumeClaim", "claimName")));
      }
    }
    ResourceType claims = table.named("persistentvolumeclaims");
    for (ObjectNode claim : store.stored(claims, "")) {
      if (claim.path("metadata").has("deletionTimestamp")
          && !used.contains(Json.namespace(claim) + "/" + Json.name(claim))) {
        strip(new Held(claims, claim), CLAIM_PROTECTION);
      }
    }
  }

  private void volumes() {
    ResourceType volumes = table.named("persistentvolumes");
    for (ObjectNode volume : store.stored(volumes, "")) {
      if (volume.path("metadata").has("deletionTimestamp")
          && !Json.text(volume, "status", "phase").equals("Bound")) {
        strip(new Held(volumes, volume), VOLUME_PROTECTION);
      }
    }
  }

  private void delete(Held held, Wish wish) {
    try {
      deletion.delete(
          held.target(),
          new Wish(wish.graceSeconds(), wish.policy(), Json.uid(held.object()), ""),
          false);
    } catch (ApiFailure gone) {
      LOG.debug(
          "{} {} was deleted or replaced meanwhile",
          held.type().qualified(),
          Json.name(held.object()));
    }
  }

  private void strip(Held held, String finalizer) {
    change(
        held,
        object -> {
          ArrayNode finalizers = Json.metadata(object).withArray("finalizers");
          finalizers.removeIf(one -> one.asText().equals(finalizer));
          if (finalizers.isEmpty()) {
            Json.metadata(object).remove("finalizers");
          }
        });
  }

  private void change(Held held, java.util.function.Consumer<ObjectNode> edit) {
    store.alone(() -> {
      ObjectNode current =
          store.stored(held.type(), Json.namespace(held.object()), Json.name(held.object()));
      if (current == null || !Json.uid(current).equals(Json.uid(held.object()))) {
        return false;
      }
      ObjectNode next = current.deepCopy();
      edit.accept(next);
      if (Deletion.finished(next)) {
        store.remove(held.type(), next);
      } else if (!Json.same(current, next)) {
        store.put(held.type(), next);
      }
      return true;
    });
  }

  private static JsonNode owners(ObjectNode object) {
    return object.path("metadata").path("ownerReferences");
  }

  /**
   * How an object that goes away wants its dependents treated; "" when it is not going or does not
   * say.
   */
  private static String finalizer(@Nullable ObjectNode object) {
    if (object == null || !object.path("metadata").has("deletionTimestamp")) {
      return "";
    }
    for (JsonNode finalizer : object.path("metadata").path("finalizers")) {
      if (finalizer.asText().equals(Deletion.FOREGROUND)
          || finalizer.asText().equals(Deletion.ORPHAN)) {
        return finalizer.asText();
      }
    }
    return "";
  }

  @Override
  public void close() {
    unfollow.run();
    thread.interrupt();
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
