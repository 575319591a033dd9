// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.drover.lab.cluster.api.FieldSchema.Type;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Which fields the server knows of which kinds: our own sketch of the kinds that Drover writes
 * ({@code fields.yaml}), and the structural schemas of CustomResourceDefinitions where those are
 * given.
 */
final class FieldSchemas {
  private final Map<String, FieldSchema> byResource = new ConcurrentHashMap<>();
  private final Map<String, FieldSchema> definitions = new HashMap<>();
  private final JsonNode sketch;

  FieldSchemas() {
    try (InputStream file = FieldSchemas.class.getResourceAsStream("fields.yaml")) {
      if (file == null) {
        throw new IllegalStateException(
            "fields.yaml is missing beside "
                + FieldSchemas.class
                + "; the jar was built without its resources.");
      }
      sketch = Json.YAML.readTree(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    sketch
        .path("kinds")
        .properties()
        .forEach(kind -> byResource.put(kind.getKey(), whole(sketched(kind.getValue()))));
  }

  /** The schema of a kind; ANY when nothing is known of it. */
  FieldSchema of(ResourceType type) {
    return byResource.getOrDefault(type.qualified(), FieldSchema.ANY);
  }

  /** Takes the schema of one version of a CustomResourceDefinition instead of a sketch. */
  void define(String qualified, JsonNode openApi) {
    byResource.put(qualified, whole(structural(openApi)));
  }

  /** A kind with the fields that all kinds have. */
  private static FieldSchema whole(FieldSchema kind) {
    if (kind.type() == Type.ANY) {
      return kind;
    }
    Map<String, FieldSchema> fields = new HashMap<>(kind.fields());
    fields.put("apiVersion", FieldSchema.plain(Type.STRING));
    fields.put("kind", FieldSchema.plain(Type.STRING));
    fields.put("metadata", metadata());
    return FieldSchema.object(fields, kind.required());
  }

  private static FieldSchema metadata() {
    FieldSchema text = FieldSchema.plain(Type.STRING);
    Map<String, FieldSchema> fields = new HashMap<>();
    for (String name :
        List.of(
            "name",
            "generateName",
            "namespace",
            "uid",
            "resourceVersion",
            "creationTimestamp",
            "deletionTimestamp",
            "selfLink")) {
      fields.put(name, text);
    }
    fields.put("generation", FieldSchema.plain(Type.INTEGER));
    fields.put("deletionGracePeriodSeconds", FieldSchema.plain(Type.INTEGER));
    fields.put("labels", FieldSchema.map(text));
    fields.put("annotations", FieldSchema.map(text));
    fields.put(
        "finalizers",
        new FieldSchema(Type.SET, Map.of(), Set.of(), text, Set.of(), List.of(), null, null));
    fields.put("managedFields", FieldSchema.list(FieldSchema.ANY, List.of()));
    fields.put("ownerReferences", FieldSchema.list(owner(), List.of("uid")));
    return FieldSchema.object(fields, Set.of());
  }

  private static FieldSchema owner() {
    FieldSchema text = FieldSchema.plain(Type.STRING);
    FieldSchema flag = FieldSchema.plain(Type.BOOLEAN);
    return FieldSchema.object(
        Map.of(
            "apiVersion",
            text,
            "kind",
            text,
            "name",
            text,
            "uid",
            text,
            "controller",
            flag,
            "blockOwnerDeletion",
            flag),
        Set.of("apiVersion", "kind", "name", "uid"));
  }

  private FieldSchema sketched(JsonNode node) {
    if (node.isArray()) {
      JsonNode item = node.path(0);
      FieldSchema items = sketched(item);
      String name = item.asText();
      JsonNode shape =
          name.startsWith("$") ? sketch.path("definitions").path(name.substring(1)) : item;
      String key = Json.text(shape, "@key");
      return FieldSchema.list(items, key.isEmpty() ? List.of() : List.of(key.split(" ")));
    }
    if (node.isTextual()) {
      return named(node.asText());
    }
    Map<String, FieldSchema> fields = new HashMap<>();
    Set<String> required = new HashSet<>();
    for (var entry : node.properties()) {
      String name = entry.getKey();
      if (name.startsWith("@")) {
        continue;
      }
      if (name.endsWith("!")) {
        name = name.substring(0, name.length() - 1);
        required.add(name);
      }
      fields.put(name, sketched(entry.getValue()));
    }
    return FieldSchema.object(fields, required);
  }

  private FieldSchema named(String word) {
    int without = word.indexOf(" but(");
    if (without > 0) {
      FieldSchema schema = named(word.substring(0, without));
      for (String path : word.substring(without + 5, word.length() - 1).split(" ")) {
        schema = schema.without(List.of(path.split("\\.")));
      }
      return schema;
    }
    if (word.startsWith("$")) {
      String name = word.substring(1);
      FieldSchema known = definitions.get(name);
      if (known == null) {
        JsonNode definition = sketch.path("definitions").path(name);
        if (definition.isMissingNode()) {
          throw new IllegalStateException(
              "fields.yaml refers to " + word + ", which it does not define.");
        }
        known = sketched(definition);
        definitions.put(name, known);
      }
      return known;
    }
    if (word.startsWith("one of(")) {
      return FieldSchema.plain(Type.STRING)
          .oneOf(Set.of(word.substring(7, word.length() - 1).split(" ")));
    }
    int fallback = word.indexOf(" = ");
    if (fallback > 0) {
      return named(word.substring(0, fallback))
          .orElse(TextNode.valueOf(word.substring(fallback + 3)));
    }
    return switch (word) {
      case "string" -> FieldSchema.plain(Type.STRING);
      case "int" -> FieldSchema.plain(Type.INTEGER);
      case "number" -> FieldSchema.plain(Type.NUMBER);
      case "bool" -> FieldSchema.plain(Type.BOOLEAN);
      case "intOrString" -> FieldSchema.plain(Type.INT_OR_STRING);
      case "map" -> FieldSchema.map(FieldSchema.plain(Type.STRING));
      case "quantities" -> FieldSchema.map(FieldSchema.plain(Type.INT_OR_STRING));
      case "bytes" -> FieldSchema.map(FieldSchema.plain(Type.BYTES));
      case "any" -> FieldSchema.ANY;
      default ->
          throw new IllegalStateException("fields.yaml has a type that nobody knows: " + word);
    };
  }

  /** Reads a structural schema (OpenAPI v3 as apiextensions.k8s.io/v1 restricts it). */
  static FieldSchema structural(JsonNode schema) {
    FieldSchema read = shape(schema);
    if (schema.has("enum")) {
      Set<String> texts = new HashSet<>();
      schema.path("enum").forEach(value -> texts.add(value.asText()));
      read = read.oneOf(texts);
    }
    for (String limit : FieldCheck.LIMITS) {
      if (schema.has(limit)) {
        read = read.within(schema);
      }
    }
    return schema.has("default") ? read.orElse(schema.get("default")) : read;
  }

  private static FieldSchema shape(JsonNode schema) {
    if (schema.path("x-kubernetes-int-or-string").asBoolean()) {
      return FieldSchema.plain(Type.INT_OR_STRING);
    }
    if (schema.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      return FieldSchema.ANY;
    }
    return switch (Json.text(schema, "type")) {
      case "object" -> structuralObject(schema);
      case "array" -> {
        List<String> keys = new ArrayList<>();
        schema.path("x-kubernetes-list-map-keys").forEach(key -> keys.add(key.asText()));
        FieldSchema list = FieldSchema.list(structural(schema.path("items")), keys);
        yield Json.text(schema, "x-kubernetes-list-type").equals("set")
            ? new FieldSchema(
                Type.SET, Map.of(), Set.of(), list.items(), Set.of(), List.of(), null, null)
            : list;
      }
      case "string" ->
          FieldSchema.plain(Json.text(schema, "format").equals("byte") ? Type.BYTES : Type.STRING);
      case "integer" -> FieldSchema.plain(Type.INTEGER);
      case "number" -> FieldSchema.plain(Type.NUMBER);
      case "boolean" -> FieldSchema.plain(Type.BOOLEAN);
      default -> FieldSchema.ANY;
    };
  }

  private static FieldSchema structuralObject(JsonNode schema) {
    if (schema.has("additionalProperties")) {
      JsonNode values = schema.get("additionalProperties");
      return FieldSchema.map(values.isObject() ? structural(values) : FieldSchema.ANY);
    }
    Map<String, FieldSchema> fields = new HashMap<>();
    schema
        .path("properties")
        .properties()
        .forEach(entry -> fields.put(entry.getKey(), structural(entry.getValue())));
    Set<String> required = new HashSet<>();
    schema.path("required").forEach(name -> required.add(name.asText()));
    return FieldSchema.object(fields, required);
  }
}
