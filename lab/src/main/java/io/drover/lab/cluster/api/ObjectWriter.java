// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.ApiFailure.Cause;
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
    ResourceType type = target.type();
    ObjectNode object = rules.decoded(call, type, sent);
    ObjectNode metadata = Json.metadata(object);
    placed(target, metadata);
    if (!Json.version(object).isEmpty()) {
      throw ApiFailure.badRequest("resourceVersion should not be set on objects to be created");
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
      rules.completed(type, object);
      ManagedFields.wrote(object, null, call.manager(), target.subresource(), now.now());
      rules.createAllowed(call, type, object);
      if (store.stored(type, target.namespace(), Json.name(object)) != null) {
        throw ApiFailure.alreadyExists(type, Json.name(object));
      }
      return call.dryRun() ? object : store.put(type, object);
    });
  }

  /** PUT of an object or of its status. */
  ObjectNode update(ApiCall call, Target target, ObjectNode sent) {
    ResourceType type = target.type();
    ObjectNode object = rules.decoded(call, type, sent);
    String name = Json.name(object);
    if (!name.equals(target.name())) {
      throw ApiFailure.badRequest(
          name.isEmpty()
              ? "the name of the object ("
                  + name
                  + " based on URL) was undeterminable: name must be provided"
              : "the name of the object ("
                  + name
                  + ") does not match the name on the URL ("
                  + target.name()
                  + ")");
    }
    placed(target, Json.metadata(object));
    return store.alone(() -> {
      ObjectNode current = current(target);
      if (Json.version(object).isEmpty() && needsVersion(type)) {
        throw ApiFailure.invalid(
            type,
            name,
            List.of(
                Cause.invalid(
                    "metadata.resourceVersion", "0x0", "must be specified for an update")));
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
      return changed(call, target, current, object);
    });
  }

  /**
   * PATCH: {@code change} makes the wanted object out of a copy of the current one.
   *
   * @param decode whether the result is to be looked through for unknown fields (an applied
   *     configuration was already)
   */
  ObjectNode patch(ApiCall call, Target target, UnaryOperator<ObjectNode> change, boolean decode) {
    return store.alone(() -> {
      ObjectNode current = current(target);
      ObjectNode patched = change.apply(current.deepCopy());
      ObjectNode object = decode ? rules.decoded(call, target.type(), patched) : patched;
      if (!Json.name(object).equals(target.name())) {
        throw ApiFailure.invalid(
            target.type(),
            target.name(),
            List.of(
                Cause.invalid(
                    "metadata.name", "\"" + Json.name(object) + "\"", "field is immutable")));
      }
      return changed(call, target, current, object);
    });
  }

  /** The shared end of PUT and PATCH, under the store's lock. */
  private ObjectNode changed(ApiCall call, Target target, ObjectNode current, ObjectNode wanted) {
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
    rules.updateAllowed(call, target, current, next);
    if (unchanged(current, next) && ManagedFields.same(current, wanted)) {
      return current;
    }
    ManagedFields.carried(next, wanted, current, call.manager(), target.subresource(), now.now());
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

  private static boolean unchanged(ObjectNode current, ObjectNode next) {
    return Json.same(unmanaged(current), unmanaged(next));
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
