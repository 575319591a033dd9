// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NumericNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Comparator;

/**
 * Reading and writing of API objects as JSON trees, so that no generated model decides what a
 * client may send.
 */
final class Json {
  static final ObjectMapper MAPPER = new ObjectMapper();
  static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  // 1 and 1L are one number to an API, two to Jackson.
  private static final Comparator<JsonNode> NUMBERS_BY_VALUE =
      (a, b) -> {
        if (a.equals(b)) {
          return 0;
        }
        return a instanceof NumericNode && b instanceof NumericNode
            ? a.decimalValue().compareTo(b.decimalValue())
            : 1;
      };

  private Json() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  /** The object in {@code body}; a body that is empty, unreadable or no object is a BadRequest. */
  static ObjectNode parse(byte[] body, boolean yaml) {
    try {
      JsonNode node = (yaml ? YAML : MAPPER).readTree(body);
      if (node instanceof ObjectNode object) {
        return object;
      }
      throw ApiFailure.badRequest("the body of the request must be one object");
    } catch (JsonProcessingException e) {
      throw ApiFailure.badRequest("the object provided is unreadable: " + e.getOriginalMessage());
    } catch (IOException e) {
      throw ApiFailure.badRequest("the object provided is unreadable: " + e.getMessage());
    }
  }

  static byte[] bytes(JsonNode node) {
    return node.toString().getBytes(StandardCharsets.UTF_8);
  }

  static boolean same(JsonNode a, JsonNode b) {
    return a.equals(NUMBERS_BY_VALUE, b);
  }

  /** The text at a path of fields, or "" where there is none. */
  static String text(JsonNode node, String... path) {
    JsonNode at = node;
    for (String field : path) {
      at = at.path(field);
    }
    return at.asText("");
  }

  /** The object under a field, made when it is missing or null. */
  static ObjectNode child(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode object ? object : parent.putObject(field);
  }

  static ObjectNode metadata(ObjectNode object) {
    return child(object, "metadata");
  }

  static String name(JsonNode object) {
    return text(object, "metadata", "name");
  }

  static String namespace(JsonNode object) {
    return text(object, "metadata", "namespace");
  }

  static String uid(JsonNode object) {
    return text(object, "metadata", "uid");
  }

  static String version(JsonNode object) {
    return text(object, "metadata", "resourceVersion");
  }
}
