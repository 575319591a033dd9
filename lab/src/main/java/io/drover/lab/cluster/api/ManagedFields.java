// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who wrote which field of an object: {@code metadata.managedFields}, kept for every write and
 * asked by server-side apply.
 */
final class ManagedFields {
  private final List<Entry> entries = new ArrayList<>();

  /** What one manager owns by one kind of writing. */
  static final class Entry {
    private final Writer writer;
    private final Set<List<String>> paths;
    private String time;

    private Entry(Writer writer, Set<List<String>> paths, String time) {
      this.writer = writer;
      this.paths = paths;
      this.time = time;
    }

    Writer writer() {
      return writer;
    }

    Set<List<String>> paths() {
      return paths;
    }
  }

  /**
   * Who writes and how.
   *
   * @param operation Apply or Update
   * @param subresource "" for the object itself
   */
  record Writer(String manager, String operation, String subresource, String apiVersion) {
    /** As a conflict names it. */
    String shown() {
      String text = "\"" + manager + "\"";
      if (!subresource.isEmpty()) {
        text += " with subresource \"" + subresource + "\"";
      }
      return operation.equals("Apply") ? text : text + " using " + apiVersion;
    }
  }

  static ManagedFields of(@Nullable ObjectNode object) {
    ManagedFields fields = new ManagedFields();
    if (object != null) {
      for (JsonNode node : object.path("metadata").path("managedFields")) {
        fields.entries.add(
            new Entry(
                new Writer(
                    Json.text(node, "manager"),
                    Json.text(node, "operation"),
                    Json.text(node, "subresource"),
                    Json.text(node, "apiVersion")),
                FieldPaths.paths(node.path("fieldsV1")),
                Json.text(node, "time")));
      }
    }
    return fields;
  }

  List<Entry> entries() {
    return entries;
  }

  /** The paths of one writer; empty when it wrote nothing yet. */
  Set<List<String>> paths(Writer writer) {
    return entries.stream()
        .filter(entry -> entry.writer().equals(writer))
        .findFirst()
        .map(Entry::paths)
        .orElse(Set.of());
  }

  /** Sets what a writer owns. */
  void own(Writer writer, Set<List<String>> paths, String at) {
    for (Entry entry : entries) {
      if (entry.writer().equals(writer)) {
        if (!entry.paths().equals(paths)) {
          entry.paths().clear();
          entry.paths().addAll(paths);
          entry.time = at;
        }
        return;
      }
    }
    entries.add(new Entry(writer, new LinkedHashSet<>(paths), at));
  }

  /** Writes the entries into an object; those that own nothing are left out. */
  void into(ObjectNode object) {
    ObjectNode metadata = Json.metadata(object);
    metadata.remove("managedFields");
    ArrayNode list = Json.MAPPER.createArrayNode();
    for (Entry entry : entries) {
      if (entry.paths().isEmpty()) {
        continue;
      }
      ObjectNode node = list.addObject();
      node.put("manager", entry.writer().manager()).put("operation", entry.writer().operation());
      node.put("apiVersion", entry.writer().apiVersion())
          .put("time", entry.time)
          .put("fieldsType", "FieldsV1");
      node.set("fieldsV1", FieldPaths.tree(entry.paths()));
      if (!entry.writer().subresource().isEmpty()) {
        node.put("subresource", entry.writer().subresource());
      }
    }
    if (!list.isEmpty()) {
      metadata.set("managedFields", list);
    }
  }

  /**
   * Notes a write that is no apply: the writer owns what it changed, and nobody owns what is gone.
   */
  static void updated(
      FieldSchema schema, @Nullable ObjectNode before, ObjectNode after, Writer writer, String at) {
    ManagedFields fields = of(before);
    Map<List<String>, JsonNode> was = before == null ? Map.of() : FieldPaths.leaves(before, schema);
    Map<List<String>, JsonNode> is = FieldPaths.leaves(after, schema);
    Set<List<String>> changed = new LinkedHashSet<>();
    is.forEach((path, value) -> {
      JsonNode old = was.get(path);
      if (old == null || !Json.same(old, value)) {
        changed.add(path);
      }
    });
    for (Entry entry : fields.entries) {
      entry.paths().removeIf(path -> changed.contains(path) || !is.containsKey(path));
    }
    Set<List<String>> mine = new LinkedHashSet<>(fields.paths(writer));
    mine.addAll(changed);
    fields.own(writer, mine, at);
    fields.into(after);
  }
}
