// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas.wire;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.schemas.Added;
import java.lang.reflect.AnnotatedType;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.RecordComponent;
import java.lang.reflect.Type;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * JSON Schema (draft 2020-12) of the words, read off the records themselves: what is not {@code
 * Nullable} or {@link Added} is required, additional properties are allowed, because facts change
 * by addition.
 */
public final class JsonSchemas {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private final Map<String, ObjectNode> definitions = new TreeMap<>();

  private JsonSchemas() {}

  /** The schema of a record class, self-contained. */
  public static ObjectNode of(Class<?> type, String id) {
    var schemas = new JsonSchemas();
    ObjectNode root = NODES.objectNode();
    root.put("$schema", "https://json-schema.org/draft/2020-12/schema");
    root.put("$id", id);
    root.setAll(schemas.record(type));
    if (!schemas.definitions.isEmpty()) {
      ObjectNode definitions = root.putObject("$defs");
      schemas.definitions.forEach(definitions::set);
    }
    return root;
  }

  private ObjectNode record(Class<?> type) {
    ObjectNode schema = NODES.objectNode();
    schema.put("type", "object");
    schema.put("title", type.getSimpleName());
    ObjectNode properties = schema.putObject("properties");
    ArrayNode required = NODES.arrayNode();
    for (RecordComponent component : type.getRecordComponents()) {
      properties.set(component.getName(), schema(component.getAnnotatedType().getType()));
      if (!nullable(component.getAnnotatedType()) && !component.isAnnotationPresent(Added.class)) {
        required.add(component.getName());
      }
    }
    if (!required.isEmpty()) {
      schema.set("required", required);
    }
    return schema;
  }

  private static boolean nullable(AnnotatedType type) {
    return type.isAnnotationPresent(Nullable.class);
  }

  private ObjectNode schema(Type type) {
    if (type instanceof ParameterizedType generic && generic.getRawType() instanceof Class<?> raw) {
      Type[] arguments = generic.getActualTypeArguments();
      ObjectNode schema = NODES.objectNode();
      if (Collection.class.isAssignableFrom(raw)) {
        schema.put("type", "array");
        schema.set("items", schema(arguments[0]));
      } else if (Map.class.isAssignableFrom(raw)) {
        schema.put("type", "object");
        schema.set("additionalProperties", schema(arguments[1]));
      } else {
        throw new IllegalArgumentException("No JSON Schema for " + type);
      }
      return schema;
    }
    return named((Class<?>) type);
  }

  private ObjectNode named(Class<?> type) {
    if (type == String.class) {
      return simple("string");
    }
    if (type == int.class || type == long.class || type == Integer.class || type == Long.class) {
      return simple("integer");
    }
    if (type == double.class || type == Double.class) {
      return simple("number");
    }
    if (type == boolean.class || type == Boolean.class) {
      return simple("boolean");
    }
    if (type == Instant.class) {
      return simple("string").put("format", "date-time");
    }
    if (type == LocalTime.class) {
      return simple("string").put("format", "time");
    }
    if (type == ZoneId.class) {
      return simple("string");
    }
    if (type == Duration.class) {
      return simple("string").put("format", "duration");
    }
    if (type.isEnum()) {
      ObjectNode schema = simple("string");
      ArrayNode names = schema.putArray("enum");
      for (Object constant : type.getEnumConstants()) {
        names.add(((Enum<?>) constant).name());
      }
      return schema;
    }
    if (type.isRecord()) {
      RecordComponent[] components = type.getRecordComponents();
      return components.length == 1 && components[0].getName().equals("value")
          ? schema(components[0].getGenericType())
          : defined(type, () -> record(type));
    }
    if (type.isSealed()) {
      return defined(type, () -> oneOf(type));
    }
    throw new IllegalArgumentException("No JSON Schema for " + type);
  }

  private ObjectNode oneOf(Class<?> sealed) {
    ObjectNode schema = NODES.objectNode();
    ArrayNode members = schema.putArray("oneOf");
    for (Class<?> member : sealed.getPermittedSubclasses()) {
      ObjectNode one = record(member);
      if (one.path("properties").has("type")) {
        throw new IllegalArgumentException(
            member + " has a component named 'type', which is what its JSON says it is: rename it");
      }
      ((ObjectNode) one.path("properties")).putObject("type").put("const", Json.typeName(member));
      ArrayNode required =
          one.has("required") ? (ArrayNode) one.get("required") : one.putArray("required");
      required.add("type");
      members.add(one);
    }
    return schema;
  }

  private ObjectNode defined(Class<?> type, java.util.function.Supplier<ObjectNode> body) {
    String name = type.getName().substring(type.getPackageName().length() + 1).replace('$', '.');
    if (!definitions.containsKey(name)) {
      definitions.put(name, NODES.objectNode());
      definitions.put(name, body.get());
    }
    return NODES.objectNode().put("$ref", "#/$defs/" + name);
  }

  private static ObjectNode simple(String type) {
    return NODES.objectNode().put("type", type);
  }
}
