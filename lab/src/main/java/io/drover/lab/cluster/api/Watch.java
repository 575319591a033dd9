// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.LabStore.Change;
import io.drover.lab.cluster.api.LabStore.Kind;
import java.time.Duration;
import java.util.function.Predicate;

/**
 * One watch: turns the changes of a kind into the events that a selector lets through. An object
 * that stops matching is DELETED for the watcher, one that begins to match is ADDED.
 */
final class Watch {
  private final LabStore store;
  private final Target target;
  private final Predicate<ObjectNode> selector;
  private final ApiCall call;

  /** Where the events of a watch go; called in order, never concurrently. */
  interface Sink {
    /** Takes one event; must not block. */
    void event(ObjectNode event);
  }

  Watch(LabStore store, Target target, ApiCall call) {
    this.store = store;
    this.target = target;
    this.call = call;
    String fields = call.parameter("fieldSelector");
    String name = target.name().isEmpty() ? "" : "metadata.name=" + target.name();
    this.selector =
        Selector.of(
            target.type(),
            call.parameter("labelSelector"),
            fields.isEmpty() || name.isEmpty() ? fields + name : fields + "," + name);
    if (call.flag("sendInitialEvents")
        && !call.parameter("resourceVersionMatch").equals("NotOlderThan")) {
      throw ApiFailure.of(
          422,
          "Invalid",
          "ListOptions.meta.k8s.io \"\" is invalid: resourceVersionMatch: Forbidden: sendInitialEvents requires setting"
              + " resourceVersionMatch to NotOlderThan");
    }
  }

  ResourceType type() {
    return target.type();
  }

  boolean bookmarks() {
    return call.flag("allowWatchBookmarks");
  }

  /** How long the client wants to watch; half an hour when it does not say. */
  Duration timeout() {
    String seconds = call.parameter("timeoutSeconds");
    return Duration.ofSeconds(seconds.matches("[1-9]\\d{0,6}") ? Long.parseLong(seconds) : 1800);
  }

  /**
   * Begins to send events and returns what ends it.
   *
   * @throws ApiFailure 410 when the asked version is older than what the store remembers
   */
  Runnable start(Sink sink) {
    long asked = Versions.parse(call.parameter("resourceVersion"));
    return store.alone(() -> {
      Versions.notFromTheFuture(asked, store.version());
      boolean initial = asked == 0 || call.flag("sendInitialEvents");
      long since = initial ? store.version() : asked;
      if (initial && !call.parameter("sendInitialEvents").equals("false")) {
        store.stored(target.type(), target.namespace()).stream()
            .filter(selector)
            .forEach(object -> sink.event(event(Kind.ADDED, object)));
      }
      if (call.flag("sendInitialEvents") && bookmarks()) {
        ObjectNode bookmark = bookmark();
        Json.child(Json.metadata((ObjectNode) bookmark.get("object")), "annotations")
            .put("k8s.io/initial-events-end", "true");
        sink.event(bookmark);
      }
      return store.follow(target.type(), since, change -> send(change, sink));
    });
  }

  /** An event that only tells how far the watch has come. */
  ObjectNode bookmark() {
    ObjectNode event = Json.object().put("type", "BOOKMARK");
    ObjectNode object =
        event
            .putObject("object")
            .put("kind", target.type().kind())
            .put("apiVersion", target.type().apiVersion());
    object
        .putObject("metadata")
        .put("resourceVersion", Long.toString(store.version()))
        .putNull("creationTimestamp");
    return event;
  }

  /** The last event of a watch that cannot go on. */
  static ObjectNode error(ApiFailure failure) {
    ObjectNode event = Json.object().put("type", "ERROR");
    event.set("object", failure.status());
    return event;
  }

  private void send(Change change, Sink sink) {
    if (!target.namespace().isEmpty()
        && !Json.namespace(change.object()).equals(target.namespace())) {
      return;
    }
    ObjectNode before = change.before();
    boolean did = before != null && selector.test(before);
    boolean does = change.kind() != Kind.DELETED && selector.test(change.object());
    if (did || does) {
      sink.event(event(does ? (did ? Kind.MODIFIED : Kind.ADDED) : Kind.DELETED, change.object()));
    }
  }

  private static ObjectNode event(Kind kind, ObjectNode object) {
    ObjectNode event = Json.object().put("type", kind.name());
    event.set("object", object);
    return event;
  }
}
