// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is known of one field: its type and, below it, its own fields or items.
 *
 * @param type what a value may be
 * @param fields the known fields of an object
 * @param required those that must be there
 * @param items of a list, or the values of a map
 * @param choices the texts that are allowed; empty for any
 * @param listKeys the fields that tell the items of a list apart; empty when a list is replaced as
 *     a whole
 * @param fallback the default value, or null
 * @param limits further conditions of a definition (pattern, minimum, maximum, lengths), or null
 */
record FieldSchema(
    Type type,
    Map<String, FieldSchema> fields,
    Set<String> required,
    @Nullable FieldSchema items,
    Set<String> choices,
    List<String> listKeys,
    @Nullable JsonNode fallback,
    @Nullable JsonNode limits) {

  static final FieldSchema ANY =
      new FieldSchema(Type.ANY, Map.of(), Set.of(), null, Set.of(), List.of(), null, null);

  /** The kinds of values. */
  enum Type {
    OBJECT,
    /** An object with any names, whose values are of one type. */
    MAP,
    LIST,
    /** A list of plain values in which each occurs once. */
    SET,
    STRING,
    /** A text in base64. */
    BYTES,
    INTEGER,
    NUMBER,
    BOOLEAN,
    INT_OR_STRING,
    /** Not looked into; an object is merged field by field. */
    ANY;

    String word() {
      return switch (this) {
        case OBJECT, MAP -> "object";
        case LIST, SET -> "array";
        case STRING, BYTES -> "string";
        case INTEGER -> "integer";
        case NUMBER -> "number";
        case BOOLEAN -> "boolean";
        case INT_OR_STRING -> "integer,string";
        case ANY -> "any";
      };
    }
  }

  static FieldSchema plain(Type type) {
    return new FieldSchema(type, Map.of(), Set.of(), null, Set.of(), List.of(), null, null);
  }

  static FieldSchema object(Map<String, FieldSchema> fields, Set<String> required) {
    return new FieldSchema(
        Type.OBJECT,
        Map.copyOf(fields),
        Set.copyOf(required),
        null,
        Set.of(),
        List.of(),
        null,
        null);
  }

  static FieldSchema map(FieldSchema values) {
    return new FieldSchema(Type.MAP, Map.of(), Set.of(), values, Set.of(), List.of(), null, null);
  }

  static FieldSchema list(FieldSchema items, List<String> keys) {
    return new FieldSchema(Type.LIST, Map.of(), Set.of(), items, Set.of(), keys, null, null);
  }

  FieldSchema oneOf(Set<String> texts) {
    return new FieldSchema(
        type, fields, required, items, Set.copyOf(texts), listKeys, fallback, limits);
  }

  FieldSchema orElse(JsonNode value) {
    return new FieldSchema(type, fields, required, items, choices, listKeys, value, limits);
  }

  FieldSchema within(JsonNode conditions) {
    return new FieldSchema(type, fields, required, items, choices, listKeys, fallback, conditions);
  }

  /** The same without the field at a path. */
  FieldSchema without(List<String> path) {
    Map<String, FieldSchema> fewer = new HashMap<>(fields);
    if (path.size() == 1) {
      fewer.remove(path.getFirst());
    } else {
      fewer.computeIfPresent(
          path.getFirst(), (name, below) -> below.without(path.subList(1, path.size())));
    }
    return new FieldSchema(
        type, Map.copyOf(fewer), required, items, choices, listKeys, fallback, limits);
  }

  /** The schema of a field of an object or of a value of a map; ANY where nothing is known. */
  FieldSchema below(String field) {
    return switch (type) {
      case OBJECT -> fields.getOrDefault(field, ANY);
      case MAP, LIST, SET -> items == null ? ANY : items;
      default -> ANY;
    };
  }
}
