// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.ApiFailure.Cause;
import io.drover.lab.cluster.api.ManagedFields.Entry;
import io.drover.lab.cluster.api.ManagedFields.Writer;
import io.drover.lab.cluster.api.ResourceType.Trait;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Server-side apply: a client sends the fields that it wants to own; a field of another owner with
 * another value is a conflict unless forced; fields that the client owned and no longer sends are
 * removed unless somebody else owns them too.
 */
final class ServerSideApply {
  private final FieldSchema schema;
  private final Target target;
  private final Writer writer;
  private final boolean force;
  private final ObjectNode applied;

  ServerSideApply(ApiCall call, Target target, FieldSchema schema) {
    this.schema = schema;
    this.target = target;
    String manager = call.parameter("fieldManager");
    if (manager.isEmpty()) {
      throw ApiFailure.of(
          422,
          "Invalid",
          "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for apply patch");
    }
    this.writer = new Writer(manager, "Apply", target.subresource(), target.type().apiVersion());
    this.force = call.flag("force");
    this.applied = Json.parse(call.body(), true);
    check();
  }

  private void check() {
    if (!applied.path("metadata").path("managedFields").isEmpty()) {
      throw ApiFailure.badRequest("metadata.managedFields must be nil");
    }
    if (!Json.text(applied, "kind").equals(target.type().kind())
        || !Json.text(applied, "apiVersion").equals(target.type().apiVersion())) {
      throw ApiFailure.badRequest(
          "invalid object type: "
              + Json.text(applied, "apiVersion")
              + ", Kind="
              + Json.text(applied, "kind"));
    }
    FieldCheck check = FieldCheck.of(applied.deepCopy(), schema, target.type().has(Trait.CUSTOM));
    List<String> wrong = new ArrayList<>();
    check.unknown().forEach(path -> wrong.add("." + path + ": field not declared in schema"));
    // What is missing here may be there already.
    check.wrong().stream()
        .filter(cause -> !cause.reason().equals("FieldValueRequired"))
        .forEach(cause -> wrong.add("." + cause.sentence()));
    if (!wrong.isEmpty()) {
      String what =
          target.namespace()
              + "/"
              + target.name()
              + "; "
              + target.type().apiVersion()
              + ", Kind="
              + target.type().kind();
      throw ApiFailure.of(
          500,
          "",
          "failed to create typed patch object (" + what + "): " + String.join("\n", wrong));
    }
    Json.metadata(applied)
        .put("name", Json.name(applied).isEmpty() ? target.name() : Json.name(applied));
  }

  /** What was sent, for an object that is not there yet. */
  ObjectNode applied() {
    return applied;
  }

  Writer writer() {
    return writer;
  }

  /** The paths that the client wants to own. */
  Set<List<String>> wanted() {
    return FieldPaths.leaves(own(applied), schema).keySet();
  }

  /** The object as it becomes, with its managedFields; 409 on a conflict. */
  ObjectNode onto(ObjectNode current, String at) {
    ManagedFields fields = ManagedFields.of(current);
    Map<List<String>, JsonNode> wanted = FieldPaths.leaves(own(applied), schema);
    Map<List<String>, JsonNode> is = FieldPaths.leaves(current, schema);
    Map<Writer, List<List<String>>> conflicts = new LinkedHashMap<>();
    for (Entry entry : fields.entries()) {
      if (entry.writer().equals(writer)) {
        continue;
      }
      for (List<String> path : entry.paths()) {
        if (differs(wanted.get(path), is.get(path))) {
          conflicts.computeIfAbsent(entry.writer(), w -> new ArrayList<>()).add(path);
        }
      }
    }
    if (!conflicts.isEmpty() && !force) {
      throw conflict(conflicts);
    }
    fields
        .entries()
        .forEach(
            entry -> entry.paths().removeAll(conflicts.getOrDefault(entry.writer(), List.of())));

    ObjectNode next = current.deepCopy();
    FieldPaths.lay(next, own(applied), schema);
    Set<List<String>> stays = new HashSet<>(wanted.keySet());
    fields.entries().stream()
        .filter(entry -> !entry.writer().equals(writer))
        .forEach(entry -> stays.addAll(entry.paths()));
    for (List<String> path : fields.paths(writer)) {
      if (!stays.contains(path)) {
        FieldPaths.remove(next, path, stays);
      }
    }
    fields.own(writer, wanted.keySet(), at);
    fields.into(next);
    guard(next);
    return next;
  }

  /** A sent resourceVersion or uid is a condition. */
  private void guard(ObjectNode next) {
    for (String field : List.of("resourceVersion", "uid")) {
      if (applied.path("metadata").has(field)) {
        Json.metadata(next).put(field, Json.text(applied, "metadata", field));
      }
    }
  }

  /** The part of what was sent that this resource takes: status has a subresource of its own. */
  private ObjectNode own(ObjectNode object) {
    ObjectNode part = object.deepCopy();
    if (target.subresource().equals("status")) {
      part.retain(List.of("apiVersion", "kind", "status"));
    } else if (target.type().has(Trait.STATUS)) {
      part.remove("status");
    }
    return part;
  }

  private static boolean differs(@Nullable JsonNode wanted, @Nullable JsonNode is) {
    return wanted != null && is != null && !Json.same(wanted, is);
  }

  private static ApiFailure conflict(Map<Writer, List<List<String>>> conflicts) {
    List<Cause> causes = new ArrayList<>();
    conflicts.forEach((writer, paths) ->
        paths.forEach(path ->
            causes.add(
                new Cause(
                    "FieldManagerConflict",
                    FieldPaths.show(path),
                    "conflict with " + writer.shown()))));
    StringBuilder text =
        new StringBuilder(
            "Apply failed with "
                + causes.size()
                + (causes.size() == 1 ? " conflict: " : " conflicts: "));
    List<String> groups = new ArrayList<>();
    conflicts.forEach((writer, paths) ->
        groups.add(
            paths.size() == 1
                ? "conflict with " + writer.shown() + ": " + FieldPaths.show(paths.getFirst())
                : "conflicts with "
                    + writer.shown()
                    + ":\n- "
                    + String.join("\n- ", paths.stream().map(FieldPaths::show).toList())));
    return ApiFailure.of(409, "Conflict", text.append(String.join("\n", groups)).toString())
        .causes(causes);
  }
}
