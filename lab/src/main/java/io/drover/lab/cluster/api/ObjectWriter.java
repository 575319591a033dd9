// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.ApiFailure.Cause;
import io.drover.lab.cluster.api.ManagedFields.Writer;
import io.drover.lab.cluster.api.ResourceType.Trait;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Creates and changes objects as the registry of kube-apiserver does: what a client may set, what
 * it may not, when an object gets a new generation, and when it meets a conflict. Each call is one
 * atomic read-modify-write.
 */
final class ObjectWriter {
  private static final List<String> SERVER_FIELDS =
      List.of(
          "uid",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "generation",
          "selfLink",
          "managedFields");

  private final LabStore store;
  private final ObjectRules rules;
  private final Timestamps now;

  ObjectWriter(LabStore store, ObjectRules rules, Timestamps now) {
    this.store = store;
    this.rules = rules;
    this.now = now;
  }

  /** POST: stores a new object and returns it. */
  ObjectNode create(ApiCall call, Target target, ObjectNode sent) {
    ObjectNode object = rules.decoded(call, target.type(), sent);
    return born(
        call,
        target,
        object,
        () ->
            ManagedFields.updated(
                rules.schema(target.type()), null, object, writer(call, target), now.now()));
  }

  private ObjectNode born(ApiCall call, Target target, ObjectNode object, Runnable managed) {
    ResourceType type = target.type();
    ObjectNode metadata = Json.metadata(object);
    placed(target, metadata);
    if (!Json.version(object).isEmpty()) {
      throw ApiFailure.of(500, "", "resourceVersion should not be set on objects to be created");
    }
    SERVER_FIELDS.forEach(metadata::remove);
    if (Json.name(object).isEmpty() && !Json.text(metadata, "generateName").isEmpty()) {
      metadata.put("name", generated(Json.text(metadata, "generateName")));
    }
    if (type.has(Trait.STATUS)) {
      object.remove("status");
    }
    metadata.put("uid", UUID.randomUUID().toString());
    metadata.put("creationTimestamp", now.now());
    if (type.has(Trait.GENERATION)) {
      metadata.put("generation", 1);
    }
    return store.alone(() -> {
      rules.namespaceTakes(target, Json.name(object));
      rules.born(type, object);
      rules.completed(type, object);
      managed.run();
      rules.createAllowed(type, object);
      if (store.stored(type, target.namespace(), Json.name(object)) != null) {
        throw ApiFailure.alreadyExists(type, Json.name(object));
      }
      return call.dryRun() ? object : store.put(type, object);
    });
  }

  /** An object after a write, and whether it is new. */
  record Applied(ObjectNode object, boolean created) {}

  /** PATCH by server-side apply: makes the object when it is not there. */
  Applied apply(ApiCall call, Target target) {
    FieldSchema schema = rules.schema(target.type());
    ServerSideApply apply = new ServerSideApply(call, target, schema);
    return store.alone(() -> {
      ObjectNode current = store.stored(target.type(), target.namespace(), target.name());
      if (current != null) {
        ObjectNode next = rules.decoded(call, target.type(), apply.onto(current, now.now()));
        named(target, next);
        return new Applied(changed(call, target, current, next, true), false);
      }
      if (!target.subresource().isEmpty()) {
        throw target.notFound();
      }
      if (!Json.uid(apply.applied()).isEmpty()) {
        throw ApiFailure.conflict(
            target.type(),
            target.name(),
            "uid mismatch: the provided object specified uid "
                + Json.uid(apply.applied())
                + ", and no existing object was found");
      }
      ObjectNode object = rules.decoded(call, target.type(), apply.applied());
      named(target, object);
      Runnable managed =
          () -> {
            ManagedFields fields = ManagedFields.of(null);
            fields.own(apply.writer(), apply.wanted(), now.now());
            fields.into(object);
          };
      return new Applied(born(call, target, object, managed), true);
    });
  }

  private static Writer writer(ApiCall call, Target target) {
    return new Writer(call.manager(), "Update", target.subresource(), target.type().apiVersion());
  }

  /** PUT of an object or of its status. */
  ObjectNode update(ApiCall call, Target target, ObjectNode sent) {
    ResourceType type = target.type();
    ObjectNode object = rules.decoded(call, type, sent);
    String name = target.name();
    named(target, object);
    placed(target, Json.metadata(object));
    return store.alone(() -> {
      ObjectNode current = current(target);
      if (Json.version(object).isEmpty() && needsVersion(type)) {
        throw ApiFailure.invalid(
            type,
            name,
            List.of(
                Cause.invalid("metadata.resourceVersion", "0", "must be specified for an update")));
      }
      String uid = Json.uid(object);
      if (!uid.isEmpty() && !uid.equals(Json.uid(current))) {
        throw ApiFailure.conflict(
            type,
            name,
            "Precondition failed: UID in precondition: "
                + uid
                + ", UID in object meta: "
                + Json.uid(current));
      }
      return changed(call, target, current, object, false);
    });
  }

  /** PATCH: {@code change} makes the wanted object out of a copy of the current one. */
  ObjectNode patch(ApiCall call, Target target, UnaryOperator<ObjectNode> change) {
    return store.alone(() -> {
      ObjectNode current = current(target);
      ObjectNode object = rules.decoded(call, target.type(), change.apply(current.deepCopy()));
      named(target, object);
      placed(target, Json.metadata(object));
      return changed(call, target, current, object, false);
    });
  }

  /** PATCH by strategic merge, for the server's own kinds. */
  ObjectNode strategic(ApiCall call, Target target, ObjectNode patch) {
    return patch(
        call,
        target,
        current -> {
          StrategicMerge.merge(current, patch, rules.schema(target.type()));
          return current;
        });
  }

  /**
   * The shared end of PUT and PATCH, under the store's lock.
   *
   * @param applied whether {@code wanted} brings its own managedFields
   */
  private ObjectNode changed(
      ApiCall call, Target target, ObjectNode current, ObjectNode wanted, boolean applied) {
    ResourceType type = target.type();
    String version = Json.version(wanted);
    if (!version.isEmpty() && !version.equals(Json.version(current))) {
      throw ApiFailure.stale(type, target.name());
    }
    if (!Json.uid(wanted).isEmpty() && !Json.uid(wanted).equals(Json.uid(current))) {
      throw ApiFailure.invalid(
          type,
          target.name(),
          List.of(
              Cause.invalid("metadata.uid", "\"" + Json.uid(wanted) + "\"", "field is immutable")));
    }
    ObjectNode next = merged(target, current, wanted);
    rules.completed(type, next);
    if (type.has(Trait.GENERATION) && !Json.same(counted(type, current), counted(type, next))) {
      Json.metadata(next)
          .put("generation", current.path("metadata").path("generation").asInt() + 1);
    }
    rules.updateAllowed(target, current, next);
    boolean same = Json.same(unmanaged(current), unmanaged(next));
    if (applied) {
      JsonNode fields = wanted.path("metadata").path("managedFields");
      if (same && Json.same(current.path("metadata").path("managedFields"), fields)) {
        return current;
      }
      Json.metadata(next).set("managedFields", fields.deepCopy());
    } else if (same) {
      return current;
    } else {
      ManagedFields.updated(rules.schema(type), current, next, writer(call, target), now.now());
    }
    if (call.dryRun()) {
      return next;
    }
    if (Deletion.finished(next)) {
      return store.remove(type, next);
    }
    return store.put(type, next);
  }

  /** The wanted object with everything that the client may not change here as it was. */
  private static ObjectNode merged(Target target, ObjectNode current, ObjectNode wanted) {
    if (target.subresource().equals("status")) {
      ObjectNode next = current.deepCopy();
      if (wanted.has("status")) {
        next.set("status", wanted.get("status").deepCopy());
      } else {
        next.remove("status");
      }
      return next;
    }
    ObjectNode next = wanted.deepCopy();
    if (target.type().has(Trait.STATUS)) {
      next.remove("status");
      if (current.has("status")) {
        next.set("status", current.get("status").deepCopy());
      }
    }
    ObjectNode metadata = Json.metadata(next);
    for (String field : SERVER_FIELDS) {
      metadata.remove(field);
      if (current.path("metadata").has(field)) {
        metadata.set(field, current.path("metadata").get(field).deepCopy());
      }
    }
    metadata.put("resourceVersion", Json.version(current));
    if (!Json.namespace(current).isEmpty()) {
      metadata.put("namespace", Json.namespace(current));
    }
    return next;
  }

  private static ObjectNode unmanaged(ObjectNode object) {
    ObjectNode copy = object.deepCopy();
    Json.metadata(copy).remove("managedFields");
    return copy;
  }

  /** What a generation counts the changes of. */
  private static ObjectNode counted(ResourceType type, ObjectNode object) {
    ObjectNode copy = object.deepCopy();
    copy.remove("metadata");
    if (type.has(Trait.STATUS) || !type.has(Trait.CUSTOM)) {
      copy.remove("status");
    }
    return copy;
  }

  private static boolean needsVersion(ResourceType type) {
    return type.has(Trait.CUSTOM) || type.qualified().equals("leases.coordination.k8s.io");
  }

  private ObjectNode current(Target target) {
    return Optional.<@Nullable ObjectNode>ofNullable(
            store.stored(target.type(), target.namespace(), target.name()))
        .orElseThrow(target::notFound);
  }

  private static void named(Target target, ObjectNode object) {
    String name = Json.name(object);
    if (name.isEmpty()) {
      throw ApiFailure.badRequest(
          "the name of the object ("
              + target.name()
              + " based on URL) was undeterminable: name must be provided");
    }
    if (!name.equals(target.name())) {
      throw ApiFailure.badRequest(
          "the name of the object ("
              + name
              + ") does not match the name on the URL ("
              + target.name()
              + ")");
    }
  }

  private static void placed(Target target, ObjectNode metadata) {
    String namespace = Json.text(metadata, "namespace");
    if (!target.type().namespaced()) {
      if (!namespace.isEmpty()) {
        throw ApiFailure.badRequest(
            "namespace may not be set on the cluster-wide " + target.type().qualified());
      }
      metadata.remove("namespace");
      return;
    }
    if (!namespace.isEmpty() && !namespace.equals(target.namespace())) {
      throw ApiFailure.badRequest(
          "the namespace of the provided object does not match the namespace sent on the request");
    }
    metadata.put("namespace", target.namespace());
  }

  private static String generated(String prefix) {
    // The server's own alphabet: no vowels and no look-alikes, so that no word comes out.
    String alphabet = "bcdfghjklmnpqrstvwxz2456789";
    String random = UUID.randomUUID().toString().replace("-", "");
    StringBuilder name = new StringBuilder(prefix.length() > 58 ? prefix.substring(0, 58) : prefix);
    for (int i = 0; i < 5; i++) {
      name.append(
          alphabet.charAt(
              Integer.parseInt(random.substring(2 * i, 2 * i + 2), 16) % alphabet.length()));
    }
    return name.toString();
  }
}
