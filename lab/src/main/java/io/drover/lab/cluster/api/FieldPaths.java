// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.FieldSchema.Type;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fields of an object as paths, in the notation of {@code FieldsV1}: {@code f:NAME} for a
 * field, {@code k:{"KEY":VALUE}} for an item of a keyed list, {@code v:VALUE} for an item of a set,
 * and {@code .} for the item itself.
 */
final class FieldPaths {
  private static final Set<String> OWNABLE_METADATA =
      Set.of("labels", "annotations", "finalizers", "ownerReferences");

  private FieldPaths() {}

  /** All leaves of an object that somebody can own, with their values. */
  static Map<List<String>, JsonNode> leaves(JsonNode object, FieldSchema schema) {
    Map<List<String>, JsonNode> leaves = new LinkedHashMap<>();
    for (var entry : object.properties()) {
      String name = entry.getKey();
      switch (name) {
        case "apiVersion", "kind" -> {}
        case "metadata" -> {
          for (var field : entry.getValue().properties()) {
            if (OWNABLE_METADATA.contains(field.getKey())) {
              collect(
                  List.of("f:metadata", "f:" + field.getKey()),
                  field.getValue(),
                  schema.below("metadata").below(field.getKey()),
                  leaves);
            }
          }
        }
        default -> collect(List.of("f:" + name), entry.getValue(), schema.below(name), leaves);
      }
    }
    return leaves;
  }

  private static void collect(
      List<String> path, JsonNode value, FieldSchema schema, Map<List<String>, JsonNode> leaves) {
    if (value.isObject() && !value.isEmpty()) {
      value
          .properties()
          .forEach(entry ->
              collect(
                  plus(path, "f:" + entry.getKey()),
                  entry.getValue(),
                  schema.below(entry.getKey()),
                  leaves));
    } else if (value.isArray() && !value.isEmpty() && schema.type() == Type.SET) {
      value.forEach(item -> leaves.put(plus(path, "v:" + item), item));
    } else if (value.isArray() && !value.isEmpty() && !schema.listKeys().isEmpty()) {
      for (JsonNode item : value) {
        List<String> own = plus(path, "k:" + key(item, schema.listKeys()));
        leaves.put(plus(own, "."), Json.object());
        item.properties()
            .forEach(entry ->
                collect(
                    plus(own, "f:" + entry.getKey()),
                    entry.getValue(),
                    schema.below("").below(entry.getKey()),
                    leaves));
      }
    } else {
      leaves.put(path, value);
    }
  }

  private static ObjectNode key(JsonNode item, List<String> keys) {
    ObjectNode key = Json.object();
    for (String name : keys) {
      if (item.has(name)) {
        key.set(name, item.get(name));
      }
    }
    return key;
  }

  private static List<String> plus(List<String> path, String part) {
    List<String> longer = new ArrayList<>(path);
    longer.add(part);
    return List.copyOf(longer);
  }

  /** Paths as a {@code fieldsV1} tree. */
  static ObjectNode tree(Collection<List<String>> paths) {
    ObjectNode root = Json.object();
    for (List<String> path : paths) {
      ObjectNode at = root;
      for (String part : path) {
        at = Json.child(at, part);
      }
    }
    return root;
  }

  /** The paths of a {@code fieldsV1} tree. */
  static Set<List<String>> paths(JsonNode tree) {
    Set<List<String>> paths = new LinkedHashSet<>();
    walk(List.of(), tree, paths);
    return paths;
  }

  private static void walk(List<String> path, JsonNode tree, Set<List<String>> paths) {
    if (tree.isEmpty()) {
      if (!path.isEmpty()) {
        paths.add(path);
      }
      return;
    }
    tree.properties().forEach(entry -> walk(plus(path, entry.getKey()), entry.getValue(), paths));
  }

  /** A path as an error shows it: {@code .spec.containers[name="c"].image}. */
  static String show(List<String> path) {
    StringBuilder text = new StringBuilder();
    for (String part : path) {
      String rest = part.length() > 2 ? part.substring(2) : "";
      if (part.startsWith("f:")) {
        text.append('.').append(rest);
      } else if (part.startsWith("k:")) {
        List<String> keys = new ArrayList<>();
        parsed(rest)
            .properties()
            .forEach(entry -> keys.add(entry.getKey() + "=" + entry.getValue()));
        text.append('[').append(String.join(",", keys)).append(']');
      } else if (part.startsWith("v:")) {
        text.append("[=").append(rest).append(']');
      }
    }
    return text.toString();
  }

  private static JsonNode parsed(String json) {
    try {
      return Json.MAPPER.readTree(json);
    } catch (JsonProcessingException e) {
      return Json.object();
    }
  }

  /**
   * Takes the value at a path out of an object, and then what was left empty above it, but for the
   * paths that are to stay.
   */
  static void remove(ObjectNode object, List<String> path, Set<List<String>> keep) {
    boolean item = path.getLast().equals(".");
    List<String> at = item ? path.subList(0, path.size() - 1) : path;
    take(object, at);
    for (int end = at.size() - 1; end > 1; end--) {
      List<String> above = at.subList(0, end);
      JsonNode parent = find(object, above);
      boolean kept =
          keep.stream()
              .anyMatch(
                  one -> one.size() >= above.size() && one.subList(0, above.size()).equals(above));
      if (parent == null || !parent.isEmpty() || kept) {
        return;
      }
      take(object, above);
    }
  }

  private static void take(ObjectNode object, List<String> path) {
    JsonNode parent = find(object, path.subList(0, path.size() - 1));
    String last = path.getLast();
    if (parent instanceof ObjectNode fields && last.startsWith("f:")) {
      fields.remove(last.substring(2));
    } else if (parent instanceof ArrayNode items) {
      JsonNode value = parsed(last.substring(2));
      items.removeIf(
          candidate -> last.startsWith("k:") ? matches(candidate, value) : candidate.equals(value));
    }
  }

  private static @Nullable JsonNode find(JsonNode object, List<String> path) {
    JsonNode at = object;
    for (String part : path) {
      if (part.startsWith("f:")) {
        at = at.get(part.substring(2));
      } else if (part.startsWith("k:")) {
        at = item(at, parsed(part.substring(2)));
      }
      if (at == null) {
        return null;
      }
    }
    return at;
  }

  private static @Nullable JsonNode item(JsonNode list, JsonNode key) {
    for (JsonNode candidate : list) {
      if (matches(candidate, key)) {
        return candidate;
      }
    }
    return null;
  }

  static boolean matches(JsonNode item, JsonNode key) {
    return key.properties().stream()
        .allMatch(entry -> Json.same(item.path(entry.getKey()), entry.getValue()));
  }

  /**
   * Lays {@code from} over {@code onto}: objects field by field, keyed lists item by item, sets
   * joined, all else replaced.
   */
  static void lay(ObjectNode onto, JsonNode from, FieldSchema schema) {
    for (var entry : from.properties()) {
      String name = entry.getKey();
      JsonNode value = entry.getValue();
      FieldSchema below = schema.below(name);
      if (value.isObject() && onto.get(name) instanceof ObjectNode there) {
        lay(there, value, below);
      } else if (value.isArray()
          && onto.get(name) instanceof ArrayNode there
          && (!below.listKeys().isEmpty() || below.type() == Type.SET)) {
        value.forEach(item -> layItem(there, item, below));
      } else {
        onto.set(name, value.deepCopy());
      }
    }
  }

  private static void layItem(ArrayNode list, JsonNode item, FieldSchema schema) {
    if (schema.type() == Type.SET) {
      for (JsonNode there : list) {
        if (there.equals(item)) {
          return;
        }
      }
      list.add(item.deepCopy());
      return;
    }
    if (item(list, key(item, schema.listKeys())) instanceof ObjectNode there) {
      lay(there, item, schema.below(""));
    } else {
      list.add(item.deepCopy());
    }
  }
}
