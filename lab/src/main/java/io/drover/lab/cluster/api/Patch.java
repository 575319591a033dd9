// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;

/**
 * Applies what a PATCH sent to an object: JSON merge patch (RFC 7396) and JSON patch (RFC 6902).
 */
final class Patch {
  static final String MERGE = "application/merge-patch+json";
  static final String JSON = "application/json-patch+json";
  static final String STRATEGIC = "application/strategic-merge-patch+json";
  static final String APPLY = "application/apply-patch+yaml";

  private Patch() {}

  /** RFC 7396: objects are merged, null removes, everything else replaces. */
  static void merge(ObjectNode target, JsonNode patch) {
    for (var entry : patch.properties()) {
      JsonNode value = entry.getValue();
      if (value.isNull()) {
        target.remove(entry.getKey());
      } else if (value.isObject()) {
        merge(Json.child(target, entry.getKey()), value);
      } else {
        target.set(entry.getKey(), value.deepCopy());
      }
    }
  }

  /** RFC 6902; the result is a new tree. */
  static ObjectNode json(ObjectNode target, byte[] body) {
    JsonNode operations;
    try {
      operations = Json.MAPPER.readTree(body);
    } catch (IOException e) {
      throw ApiFailure.badRequest("error decoding patch: " + e.getMessage());
    }
    if (!(operations instanceof ArrayNode list)) {
      throw ApiFailure.badRequest("error decoding patch: a JSON patch is an array of operations");
    }
    ObjectNode root = Json.object();
    root.set("doc", target.deepCopy());
    for (JsonNode operation : list) {
      apply(root, operation);
    }
    if (root.get("doc") instanceof ObjectNode result) {
      return result;
    }
    throw unprocessable("the patch left no object");
  }

  private static void apply(ObjectNode root, JsonNode operation) {
    String op = operation.path("op").asText();
    Place place = Place.find(root, operation.path("path").asText());
    JsonNode value = operation.path("value");
    switch (op) {
      case "add" -> place.add(value);
      // kube-apiserver's library lets a replace add a field that is missing.
      case "replace" -> place.set(value);
      case "remove" -> {
        place.require(op);
        place.remove();
      }
      case "test" -> {
        if (!Json.same(place.value(), value)
            && !(value.isNull() && place.value().isMissingNode())) {
          throw unprocessable(
              "testing value " + operation.path("path").asText() + " failed: test failed");
        }
      }
      case "move", "copy" -> {
        Place from = Place.find(root, operation.path("from").asText());
        from.require(op);
        JsonNode moved = from.value().deepCopy();
        if (op.equals("move")) {
          from.remove();
        }
        Place.find(root, operation.path("path").asText()).add(moved);
      }
      default -> throw unprocessable("Unexpected kind: " + op);
    }
  }

  /** The code and reason with which kube-apiserver answers a JSON patch that cannot be applied. */
  private static ApiFailure unprocessable(String why) {
    return ApiFailure.of(
        422, "Invalid", "the server rejected our request due to an error in our request: " + why);
  }

  /** Where a JSON pointer leads: a container and the last part of the pointer. */
  private record Place(JsonNode container, String last, String pointer) {
    static Place find(ObjectNode root, String pointer) {
      if (!pointer.isEmpty() && !pointer.startsWith("/")) {
        throw unprocessable("the path \"" + pointer + "\" must begin with /");
      }
      JsonNode at = root;
      String[] parts = ("/doc" + pointer).substring(1).split("/", -1);
      for (int i = 0; i < parts.length - 1; i++) {
        at = step(at, unescape(parts[i]));
      }
      return new Place(at, unescape(parts[parts.length - 1]), pointer);
    }

    private static String unescape(String part) {
      return part.replace("~1", "/").replace("~0", "~");
    }

    private static JsonNode step(JsonNode at, String part) {
      return at.isArray() && part.matches("\\d{1,6}")
          ? at.path(Integer.parseInt(part))
          : at.path(part);
    }

    JsonNode value() {
      return step(container, last);
    }

    void require(String op) {
      if (value().isMissingNode()) {
        throw unprocessable(
            op + " operation does not apply: doc is missing path: " + pointer + ": missing value");
      }
    }

    void add(JsonNode value) {
      if (container instanceof ArrayNode array) {
        int index = last.equals("-") ? array.size() : index(array.size());
        array.insert(index, value.deepCopy());
      } else {
        set(value);
      }
    }

    void set(JsonNode value) {
      switch (container) {
        case ObjectNode object -> object.set(last, value.deepCopy());
        case ArrayNode array -> array.set(index(array.size() - 1), value.deepCopy());
        default ->
            throw unprocessable(
                "add operation does not apply: doc is missing path: \""
                    + pointer
                    + "\": missing value");
      }
    }

    void remove() {
      switch (container) {
        case ObjectNode object -> object.remove(last);
        case ArrayNode array -> array.remove(index(array.size() - 1));
        default ->
            throw unprocessable(
                "remove operation does not apply: doc is missing path: \""
                    + pointer
                    + "\": missing value");
      }
    }

    private int index(int highest) {
      if (!last.matches("\\d{1,6}") || Integer.parseInt(last) > highest) {
        throw unprocessable(
            "Unable to access invalid index: " + last + ": invalid index referenced");
      }
      return Integer.parseInt(last);
    }
  }
}
