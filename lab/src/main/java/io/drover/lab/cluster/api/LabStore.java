// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * What the cluster holds, in place of etcd: objects by resource, namespace and name, one version
 * counter over all of them, and the recent changes that a watch may still ask for. A stored object
 * is never changed in place; readers get copies.
 */
public final class LabStore {
  private final ReentrantLock lock = new ReentrantLock();
  private final Map<String, NavigableMap<String, ObjectNode>> objects = new HashMap<>();
  private final Deque<Change> history = new ArrayDeque<>();
  private final List<Consumer<Change>> listeners = new CopyOnWriteArrayList<>();
  private final int historyLength;
  // As in a cluster that has lived a while: what was before the first object is forgotten.
  private long version = 1_000;
  private long compacted = 1_000;

  LabStore(int historyLength) {
    this.historyLength = historyLength;
  }

  /** How an object changed, in the words of a watch. */
  enum Kind {
    ADDED,
    MODIFIED,
    DELETED
  }

  /**
   * One change; {@code object} is what a watch shows, {@code before} what was there (null when
   * added).
   */
  record Change(
      long version, Kind kind, ResourceType type, ObjectNode object, @Nullable ObjectNode before) {}

  /** Runs a read-modify-write alone: no other write or change notice comes between. */
  <T> T alone(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /** The version of the last change. */
  public long version() {
    return alone(() -> version);
  }

  /** A copy of one object; {@code namespace} is "" for cluster-wide kinds. */
  public Optional<ObjectNode> find(ResourceType type, String namespace, String name) {
    return Optional.ofNullable(stored(type, namespace, name)).map(ObjectNode::deepCopy);
  }

  /** Copies of all objects of a kind in one namespace, or everywhere when it is "". */
  public List<ObjectNode> all(ResourceType type, String namespace) {
    return stored(type, namespace).stream().map(ObjectNode::deepCopy).toList();
  }

  /** The stored object itself: to be read, never to be changed. */
  @Nullable ObjectNode stored(ResourceType type, String namespace, String name) {
    return alone(
        () -> objects.getOrDefault(type.qualified(), new TreeMap<>()).get(key(namespace, name)));
  }

  /** The stored objects themselves, in the order of their keys: to be read, never to be changed. */
  List<ObjectNode> stored(ResourceType type, String namespace) {
    return alone(() -> {
      NavigableMap<String, ObjectNode> map =
          objects.getOrDefault(type.qualified(), new TreeMap<>());
      // '0' follows '/', so this is the range of keys that begin with "namespace/".
      return List.copyOf(
          namespace.isEmpty()
              ? map.values()
              : map.subMap(namespace + "/", namespace + "0").values());
    });
  }

  /**
   * Stores an object over whatever was there and gives it the next version; returns it as stored.
   */
  ObjectNode put(ResourceType type, ObjectNode object) {
    return alone(() -> {
      ObjectNode next = object.deepCopy();
      Json.metadata(next).put("resourceVersion", Long.toString(++version));
      ObjectNode before =
          objects
              .computeIfAbsent(type.qualified(), t -> new TreeMap<>())
              .put(key(Json.namespace(next), Json.name(next)), next);
      tell(new Change(version, before == null ? Kind.ADDED : Kind.MODIFIED, type, next, before));
      return next;
    });
  }

  /** Removes an object; its last state gets the version of its removal, as a watch shows it. */
  ObjectNode remove(ResourceType type, ObjectNode object) {
    return alone(() -> {
      NavigableMap<String, ObjectNode> map =
          objects.getOrDefault(type.qualified(), new TreeMap<>());
      ObjectNode before = map.remove(key(Json.namespace(object), Json.name(object)));
      ObjectNode last = object.deepCopy();
      if (before != null) {
        Json.metadata(last).put("resourceVersion", Long.toString(++version));
        tell(new Change(version, Kind.DELETED, type, last, before));
      }
      return last;
    });
  }

  /**
   * Follows the changes of a kind after a version: first those that are remembered, then the coming
   * ones, with no gap between.
   *
   * @param since the last version that the caller has seen
   * @param listener called under the store's lock; must not block
   * @return what ends the following
   * @throws ApiFailure 410 when changes after {@code since} are forgotten already
   */
  Runnable follow(ResourceType type, long since, Consumer<Change> listener) {
    return alone(() -> {
      if (since < compacted) {
        throw ApiFailure.expired(
            "too old resource version: " + since + " (" + (compacted + 1) + ")");
      }
      history.stream()
          .filter(change -> change.version() > since && of(type, change))
          .forEach(listener);
      Consumer<Change> mine =
          change -> {
            if (of(type, change)) {
              listener.accept(change);
            }
          };
      listeners.add(mine);
      return () -> listeners.remove(mine);
    });
  }

  /** Follows all coming changes of all kinds; for the parts of the server that react to them. */
  Runnable followAll(Consumer<Change> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /**
   * Forgets all changes so far, as etcd's compaction does: a watch from an older version is told
   * 410.
   */
  public void compact() {
    alone(() -> {
      history.clear();
      compacted = version;
      return version;
    });
  }

  /** The kinds of which there are objects. */
  List<String> kinds() {
    return alone(() -> new ArrayList<>(objects.keySet()));
  }

  private void tell(Change change) {
    history.addLast(change);
    while (history.size() > historyLength) {
      compacted = history.removeFirst().version();
    }
    listeners.forEach(listener -> listener.accept(change));
  }

  private static boolean of(ResourceType type, Change change) {
    return change.type().qualified().equals(type.qualified());
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }
}
