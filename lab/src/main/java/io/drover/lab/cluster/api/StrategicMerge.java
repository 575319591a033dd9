// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.FieldSchema.Type;
import java.util.List;

/**
 * Strategic merge patch of the built-in kinds: a merge patch in which lists with a key are merged
 * item by item, with the directives {@code $patch}, {@code $deleteFromPrimitiveList} and {@code
 * $setElementOrder} (which only orders, and is left out of account). A list of objects whose key is
 * not known is refused rather than guessed.
 */
final class StrategicMerge {
  private static final String DELETE_FROM = "$deleteFromPrimitiveList/";

  private StrategicMerge() {}

  static void merge(ObjectNode target, ObjectNode patch, FieldSchema schema) {
    if (Json.text(patch, "$patch").equals("replace")) {
      target.removeAll();
    }
    for (var entry : patch.properties()) {
      String name = entry.getKey();
      JsonNode value = entry.getValue();
      if (name.startsWith(DELETE_FROM)) {
        String list = name.substring(DELETE_FROM.length());
        target.withArray(list).removeIf(item -> contains(value, item));
      } else if (name.startsWith("$setElementOrder/") || name.equals("$patch")) {
        continue;
      } else if (name.startsWith("$")) {
        throw ApiFailure.badRequest(
            "the lab does not know the strategic merge directive " + name + "; send a merge patch");
      } else if (value.isNull()) {
        target.remove(name);
      } else if (value instanceof ObjectNode object) {
        if (Json.text(object, "$patch").equals("delete")) {
          target.remove(name);
        } else {
          merge(Json.child(target, name), object, schema.below(name));
        }
      } else if (value instanceof ArrayNode items) {
        list(target, name, items, schema.below(name));
      } else {
        target.set(name, value);
      }
    }
  }

  private static void list(ObjectNode target, String name, ArrayNode items, FieldSchema schema) {
    List<String> keys =
        schema.type() == Type.ANY && name.equals("conditions")
            ? List.of("type")
            : schema.listKeys();
    ArrayNode list = target.get(name) instanceof ArrayNode there ? there : target.putArray(name);
    if (schema.type() == Type.SET) {
      items.forEach(item -> {
        if (!contains(list, item)) {
          list.add(item);
        }
      });
      return;
    }
    boolean objects = !items.isEmpty() && items.get(0).isObject();
    if (!objects || (keys.isEmpty() && schema.type() != Type.ANY)) {
      list.removeAll().addAll(items);
      return;
    }
    if (keys.isEmpty()) {
      throw ApiFailure.badRequest(
          "the lab does not know how the items of the list "
              + name
              + " are told apart; send a merge patch");
    }
    for (JsonNode item : items) {
      item(list, item, keys, schema);
    }
  }

  private static void item(ArrayNode list, JsonNode item, List<String> keys, FieldSchema schema) {
    ObjectNode key = Json.object();
    keys.forEach(name -> key.set(name, item.path(name)));
    if (Json.text(item, "$patch").equals("delete")) {
      list.removeIf(there -> FieldPaths.matches(there, key));
      return;
    }
    for (JsonNode there : list) {
      if (FieldPaths.matches(there, key)
          && there instanceof ObjectNode object
          && item instanceof ObjectNode patch) {
        merge(object, patch, schema.below(""));
        return;
      }
    }
    list.add(item);
  }

  private static boolean contains(JsonNode list, JsonNode item) {
    for (JsonNode one : list) {
      if (one.equals(item)) {
        return true;
      }
    }
    return false;
  }
}
