// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.ApiFailure.Cause;
import io.drover.lab.cluster.api.FieldSchema.Type;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Goes through an object with its schema: drops what is unknown, notes what is wrong, and fills in
 * defaults.
 */
final class FieldCheck {
  static final List<String> LIMITS =
      List.of("pattern", "minimum", "maximum", "minLength", "maxLength", "minItems", "maxItems");

  private final List<String> unknown = new ArrayList<>();
  private final List<Cause> wrong = new ArrayList<>();
  private final boolean nullsAreAbsent;

  private FieldCheck(boolean nullsAreAbsent) {
    this.nullsAreAbsent = nullsAreAbsent;
  }

  /** Looks at the object and changes it: unknown fields go, defaults come. */
  static FieldCheck of(ObjectNode object, FieldSchema schema, boolean custom) {
    FieldCheck check = new FieldCheck(!custom);
    check.value("", object, schema);
    return check;
  }

  /** The paths of unknown fields, as they were. */
  List<String> unknown() {
    return unknown;
  }

  /** What is of the wrong type, missing or not allowed. */
  List<Cause> wrong() {
    return wrong;
  }

  private void value(String path, JsonNode value, FieldSchema schema) {
    Type type = schema.type();
    boolean fits =
        switch (type) {
          case OBJECT, MAP -> value.isObject();
          case LIST, SET -> value.isArray();
          case STRING, BYTES -> value.isTextual();
          case INTEGER -> value.isIntegralNumber();
          case NUMBER -> value.isNumber();
          case BOOLEAN -> value.isBoolean();
          case INT_OR_STRING -> value.isIntegralNumber() || value.isTextual();
          case ANY -> true;
        };
    if (!fits) {
      wrong.add(
          new Cause(
              "FieldValueTypeInvalid",
              path,
              "Invalid value: \""
                  + word(value)
                  + "\": "
                  + path
                  + " in body must be of type "
                  + type.word()
                  + ": \""
                  + word(value)
                  + "\""));
      return;
    }
    limits(path, value, schema.limits());
    switch (value) {
      case ObjectNode object when type == Type.OBJECT -> object(path, object, schema);
      case ObjectNode object when type == Type.MAP ->
          object
              .properties()
              .forEach(
                  entry -> value(join(path, entry.getKey()), entry.getValue(), schema.below("")));
      case ArrayNode list when type == Type.LIST -> {
        for (int i = 0; i < list.size(); i++) {
          value(path + "[" + i + "]", list.get(i), schema.below(""));
        }
      }
      default -> plain(path, value, schema);
    }
  }

  private void limits(String path, JsonNode value, @Nullable JsonNode limits) {
    if (limits == null) {
      return;
    }
    String problem = "";
    if (value.isNumber()
        && limits.has("minimum")
        && value.asDouble() < limits.get("minimum").asDouble()) {
      problem = "should be greater than or equal to " + limits.get("minimum");
    } else if (value.isNumber()
        && limits.has("maximum")
        && value.asDouble() > limits.get("maximum").asDouble()) {
      problem = "should be less than or equal to " + limits.get("maximum");
    } else if (value.isTextual()
        && limits.has("pattern")
        && !Pattern.compile(Json.text(limits, "pattern")).matcher(value.asText()).find()) {
      problem = "should match '" + Json.text(limits, "pattern") + "'";
    } else if (outside(
        value.isTextual(), value.asText().length(), limits, "minLength", "maxLength")) {
      problem = "should be at least minLength and at most maxLength chars long";
    } else if (outside(value.isArray(), value.size(), limits, "minItems", "maxItems")) {
      problem = "should have at least minItems and at most maxItems items";
    }
    if (!problem.isEmpty()) {
      wrong.add(Cause.invalid(path, value.toString(), path + " in body " + problem));
    }
  }

  private static boolean outside(
      boolean applies, int size, JsonNode limits, String least, String most) {
    return applies
        && ((limits.has(least) && size < limits.get(least).asInt())
            || (limits.has(most) && size > limits.get(most).asInt()));
  }

  private void plain(String path, JsonNode value, FieldSchema schema) {
    if (!schema.choices().isEmpty() && !schema.choices().contains(value.asText())) {
      String known =
          String.join(", ", schema.choices().stream().sorted().map(c -> "\"" + c + "\"").toList());
      wrong.add(
          new Cause(
              "FieldValueNotSupported",
              path,
              "Unsupported value: \"" + value.asText() + "\": supported values: " + known));
    }
    if (schema.type() == Type.BYTES) {
      try {
        Base64.getDecoder().decode(value.asText());
      } catch (IllegalArgumentException e) {
        wrong.add(new Cause("FieldValueTypeInvalid", path, "illegal base64 data"));
      }
    }
  }

  private void object(String path, ObjectNode object, FieldSchema schema) {
    // In the order of names, as the server reports them.
    for (String name : names(object)) {
      if (!schema.fields().containsKey(name)) {
        unknown.add(join(path, name));
        object.remove(name);
      }
    }
    boolean metadata = path.equals("metadata");
    for (Iterator<Map.Entry<String, JsonNode>> entries = object.fields(); entries.hasNext(); ) {
      Map.Entry<String, JsonNode> entry = entries.next();
      if (entry.getValue().isNull()
          && (nullsAreAbsent || metadata || schema.below(entry.getKey()).fallback() != null)) {
        entries.remove();
      }
    }
    schema
        .fields()
        .forEach((name, below) -> {
          JsonNode fallback = below.fallback();
          if (fallback != null && !object.has(name)) {
            object.set(name, fallback.deepCopy());
          }
        });
    for (String name : schema.required().stream().sorted().toList()) {
      if (!object.has(name)) {
        wrong.add(Cause.required(join(path, name), ""));
      }
    }
    object
        .properties()
        .forEach(entry ->
            value(join(path, entry.getKey()), entry.getValue(), schema.below(entry.getKey())));
  }

  private static SortedSet<String> names(ObjectNode object) {
    SortedSet<String> names = new TreeSet<>();
    object.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }

  private static String word(JsonNode value) {
    return switch (value.getNodeType()) {
      case OBJECT, POJO -> "object";
      case ARRAY -> "array";
      case STRING, BINARY -> "string";
      case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
      case BOOLEAN -> "boolean";
      case NULL, MISSING -> "null";
    };
  }
}
