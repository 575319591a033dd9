// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.ResourceType.Trait;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Deletes objects the way the API does: at once when nothing holds them, else by marking them and
 * waiting until the finalizers (and, for a pod on a node, its kubelet) let go.
 */
final class Deletion {
  static final String ORPHAN = "orphan";
  static final String FOREGROUND = "foregroundDeletion";

  private final LabStore store;
  private final Timestamps now;

  Deletion(LabStore store, Timestamps now) {
    this.store = store;
    this.now = now;
  }

  /**
   * What a DELETE may say, in its body or its query.
   *
   * @param graceSeconds null when not said
   * @param policy Background, Foreground, Orphan, or "" when not said
   */
  record Wish(@Nullable Integer graceSeconds, String policy, String uid, String version) {
    static Wish of(ApiCall call) {
      ObjectNode body =
          call.body().length == 0
              ? Json.object()
              : Json.parse(call.body(), call.mediaType().endsWith("yaml"));
      String grace =
          body.has("gracePeriodSeconds")
              ? body.path("gracePeriodSeconds").asText()
              : call.parameter("gracePeriodSeconds");
      String policy =
          Json.text(body, "propagationPolicy").isEmpty()
              ? call.parameter("propagationPolicy")
              : Json.text(body, "propagationPolicy");
      String orphan =
          body.has("orphanDependents")
              ? body.path("orphanDependents").asText()
              : call.parameter("orphanDependents");
      if (policy.isEmpty() && !orphan.isEmpty()) {
        policy = orphan.equals("true") ? "Orphan" : "Background";
      }
      return switch (policy) {
        case "", "Background", "Foreground", "Orphan" ->
            new Wish(
                grace.matches("-?\\d{1,9}") ? Integer.valueOf(grace) : null,
                policy,
                Json.text(body, "preconditions", "uid"),
                Json.text(body, "preconditions", "resourceVersion"));
        default ->
            throw ApiFailure.of(
                422,
                "Invalid",
                "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: \""
                    + policy
                    + "\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"");
      };
    }
  }

  /**
   * Deletes one object and returns what a DELETE answers with: the object while it is held, else a
   * Status.
   */
  ObjectNode delete(Target target, Wish wish, boolean dryRun) {
    return store.alone(() -> {
      ObjectNode current =
          Optional.<@Nullable ObjectNode>ofNullable(
                  store.stored(target.type(), target.namespace(), target.name()))
              .orElseThrow(target::notFound);
      guard(target, wish, current);
      ObjectNode next = marked(target.type(), current, wish);
      if (finished(next)) {
        ObjectNode last = dryRun ? current : store.remove(target.type(), next);
        return target.type().has(Trait.RETURNS_DELETED) ? last : success(target, current);
      }
      return dryRun || Json.same(current, next) ? next : store.put(target.type(), next);
    });
  }

  private static void guard(Target target, Wish wish, ObjectNode current) {
    if (!wish.uid().isEmpty() && !wish.uid().equals(Json.uid(current))) {
      throw ApiFailure.precondition(
          target.type(),
          target.name(),
          "the UID in the precondition ("
              + wish.uid()
              + ") does not match the UID in record ("
              + Json.uid(current)
              + "). The object might have been deleted and then recreated");
    }
    if (!wish.version().isEmpty() && !wish.version().equals(Json.version(current))) {
      throw ApiFailure.precondition(
          target.type(),
          target.name(),
          "the ResourceVersion in the precondition ("
              + wish.version()
              + ") does not match the ResourceVersion in record ("
              + Json.version(current)
              + "). The object might have been modified");
    }
  }

  private ObjectNode marked(ResourceType type, ObjectNode current, Wish wish) {
    ObjectNode next = current.deepCopy();
    ObjectNode metadata = Json.metadata(next);
    ArrayNode finalizers =
        metadata.get("finalizers") instanceof ArrayNode list
            ? list
            : metadata.putArray("finalizers");
    String policy = wish.policy().isEmpty() ? defaultPolicy(type, finalizers) : wish.policy();
    finalizers.removeIf(f -> f.asText().equals(ORPHAN) || f.asText().equals(FOREGROUND));
    if (policy.equals("Orphan")) {
      finalizers.add(ORPHAN);
    } else if (policy.equals("Foreground")) {
      finalizers.add(FOREGROUND);
    }
    if (finalizers.isEmpty()) {
      metadata.remove("finalizers");
    }
    int grace = grace(type, current, wish);
    if (!metadata.has("deletionTimestamp")) {
      metadata.put(
          "deletionTimestamp",
          new Timestamps(java.time.Clock.offset(now.clock(), java.time.Duration.ofSeconds(grace)))
              .now());
      metadata.put("deletionGracePeriodSeconds", grace);
      if (type.has(Trait.GENERATION)) {
        metadata.put("generation", metadata.path("generation").asInt() + 1);
      }
    } else if (grace < metadata.path("deletionGracePeriodSeconds").asInt()) {
      metadata.put("deletionGracePeriodSeconds", grace);
    }
    if (type.qualified().equals("namespaces")) {
      Json.child(next, "status").put("phase", "Terminating");
    }
    return next;
  }

  private static String defaultPolicy(ResourceType type, ArrayNode finalizers) {
    for (JsonNode finalizer : finalizers) {
      if (finalizer.asText().equals(ORPHAN)) {
        return "Orphan";
      }
      if (finalizer.asText().equals(FOREGROUND)) {
        return "Foreground";
      }
    }
    // For clients older than garbage collection, a Job leaves its pods behind unless the client
    // says otherwise.
    return type.qualified().equals("jobs.batch") ? "Orphan" : "Background";
  }

  /**
   * Only a pod on a node is given time to end: its kubelet removes it by a DELETE with no grace.
   */
  private static int grace(ResourceType type, ObjectNode current, Wish wish) {
    String phase = Json.text(current, "status", "phase");
    if (!type.qualified().equals("pods")
        || Json.text(current, "spec", "nodeName").isEmpty()
        || phase.equals("Succeeded")
        || phase.equals("Failed")) {
      return 0;
    }
    return wish.graceSeconds() == null
        ? current.path("spec").path("terminationGracePeriodSeconds").asInt(30)
        : Math.max(0, wish.graceSeconds());
  }

  /** Whether a marked object has nothing left that holds it. */
  static boolean finished(ObjectNode object) {
    JsonNode metadata = object.path("metadata");
    return metadata.has("deletionTimestamp")
        && metadata.path("deletionGracePeriodSeconds").asInt() == 0
        && metadata.path("finalizers").isEmpty()
        && object.path("spec").path("finalizers").isEmpty();
  }

  private static ObjectNode success(Target target, ObjectNode object) {
    ObjectNode status = Json.object();
    status.put("kind", "Status").put("apiVersion", "v1");
    status.putObject("metadata");
    status.put("status", "Success");
    ObjectNode details = status.putObject("details").put("name", target.name());
    if (!target.type().group().isEmpty()) {
      details.put("group", target.type().group());
    }
    details.put("kind", target.type().plural()).put("uid", Json.uid(object));
    return status;
  }
}
