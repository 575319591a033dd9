// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.fabric8.kubernetes.api.model.Quantity;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * One Kubernetes object as JSON with the few accessors that every controller needs. Objects handed
 * out by {@link World} are shared: take {@link #copy()} before changing one.
 *
 * @param json the whole object
 */
public record Doc(ObjectNode json) {

  private static final ObjectMapper MAPPER = new ObjectMapper();

  /** A new object of a kind with name and namespace (empty for cluster-wide kinds). */
  public static Doc of(Kind kind, String namespace, String name) {
    ObjectNode json = MAPPER.createObjectNode();
    json.put("apiVersion", kind.apiVersion());
    json.put("kind", kind.kindName());
    ObjectNode meta = json.putObject("metadata");
    meta.put("name", name);
    if (kind.namespaced()) {
      meta.put("namespace", namespace);
    }
    return new Doc(json);
  }

  /** Reads an object from its JSON text. */
  public static Doc parse(String text) {
    try {
      return new Doc((ObjectNode) MAPPER.readTree(text));
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not a JSON object: " + e.getOriginalMessage(), e);
    }
  }

  /** Any value (map, list, bean) as JSON. */
  public static ObjectNode tree(Object value) {
    return MAPPER.valueToTree(value);
  }

  /** An empty JSON object. */
  public static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  /** Now, as Kubernetes writes times: RFC 3339, UTC, whole seconds. */
  public static String now() {
    return Instant.now().truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** Bytes of a Kubernetes quantity such as {@code 10Gi}; 0 when empty. */
  public static long bytes(String quantity) {
    return quantity.isEmpty() ? 0 : Quantity.getAmountInBytes(Quantity.parse(quantity)).longValue();
  }

  /** A deep copy to change. */
  public Doc copy() {
    return new Doc(json.deepCopy());
  }

  /** The node at a JSON pointer (missing node when absent). */
  public JsonNode at(String pointer) {
    return json.at(pointer);
  }

  /** The text at a JSON pointer, empty when absent. */
  public String text(String pointer) {
    return json.at(pointer).asText("");
  }

  /** The object at a path of keys, created when absent. */
  public ObjectNode obj(String... path) {
    ObjectNode node = json;
    for (String key : path) {
      node = node.get(key) instanceof ObjectNode child ? child : node.putObject(key);
    }
    return node;
  }

  /** {@code status}, created when absent. */
  public ObjectNode status() {
    return obj("status");
  }

  /** {@code spec}, created when absent. */
  public ObjectNode spec() {
    return obj("spec");
  }

  /** {@code metadata.name}. */
  public String name() {
    return text("/metadata/name");
  }

  /** {@code metadata.namespace}, empty for cluster-wide kinds. */
  public String namespace() {
    return text("/metadata/namespace");
  }

  /** Namespace and name. */
  public Key key() {
    return new Key(namespace(), name());
  }

  /** {@code metadata.uid}. */
  public String uid() {
    return text("/metadata/uid");
  }

  /** {@code metadata.resourceVersion}. */
  public String resourceVersion() {
    return text("/metadata/resourceVersion");
  }

  /** Whether the object waits for its finalizers. */
  public boolean deleting() {
    return json.at("/metadata/deletionTimestamp").isTextual();
  }

  /** One annotation, empty when absent. */
  public String annotation(String key) {
    return json.path("metadata").path("annotations").path(key).asText("");
  }

  /** Whether the annotation is there, whatever its value. */
  public boolean hasAnnotation(String key) {
    return json.path("metadata").path("annotations").has(key);
  }

  /** Sets an annotation on this (copied) object; says whether that changed it. */
  public boolean annotate(String key, String value) {
    if (value.equals(json.path("metadata").path("annotations").path(key).asText(null))) {
      return false;
    }
    obj("metadata", "annotations").put(key, value);
    return true;
  }

  /** One label, empty when absent. */
  public String label(String key) {
    return json.path("metadata").path("labels").path(key).asText("");
  }

  /** All labels. */
  public Map<String, String> labels() {
    Map<String, String> all = new LinkedHashMap<>();
    json.path("metadata")
        .path("labels")
        .properties()
        .forEach(e -> all.put(e.getKey(), e.getValue().asText()));
    return all;
  }

  /** Whether the finalizer is on the object. */
  public boolean hasFinalizer(String finalizer) {
    for (JsonNode f : json.at("/metadata/finalizers")) {
      if (f.asText().equals(finalizer)) {
        return true;
      }
    }
    return false;
  }

  /** Adds a finalizer to this (copied) object; says whether that changed it. */
  public boolean addFinalizer(String finalizer) {
    if (hasFinalizer(finalizer)) {
      return false;
    }
    ObjectNode meta = obj("metadata");
    ArrayNode all = meta.get("finalizers") instanceof ArrayNode a ? a : meta.putArray("finalizers");
    all.add(finalizer);
    return true;
  }

  /** Takes a finalizer off this (copied) object; says whether that changed it. */
  public boolean removeFinalizer(String finalizer) {
    if (!(json.at("/metadata/finalizers") instanceof ArrayNode all)) {
      return false;
    }
    for (int i = 0; i < all.size(); i++) {
      if (all.get(i).asText().equals(finalizer)) {
        all.remove(i);
        return true;
      }
    }
    return false;
  }

  /** Makes this (copied) object a dependent of its controller. */
  public void ownedBy(Doc owner) {
    ObjectNode ref = object();
    ref.put("apiVersion", owner.text("/apiVersion"));
    ref.put("kind", owner.text("/kind"));
    ref.put("name", owner.name());
    ref.put("uid", owner.uid());
    ref.put("controller", true);
    ref.put("blockOwnerDeletion", true);
    obj("metadata").putArray("ownerReferences").add(ref);
  }

  /** The uids of all owners. */
  public List<String> ownerUids() {
    List<String> uids = new ArrayList<>();
    json.at("/metadata/ownerReferences").forEach(o -> uids.add(o.path("uid").asText()));
    return uids;
  }

  /** The status of one condition: {@code True}, {@code False}, {@code Unknown} or empty. */
  public String condition(String type) {
    for (JsonNode c : json.at("/status/conditions")) {
      if (c.path("type").asText().equals(type)) {
        return c.path("status").asText();
      }
    }
    return "";
  }

  /**
   * Sets a condition of this (copied) object; the transition time moves only with the status, as
   * Kubernetes has it. Says whether anything changed.
   *
   * @param timeField the second time that the kind's schema knows ({@code lastHeartbeatTime},
   *     {@code lastProbeTime}), or empty
   */
  public boolean setCondition(
      String type, String value, String reason, String message, String timeField) {
    ArrayNode all =
        status().get("conditions") instanceof ArrayNode a ? a : status().putArray("conditions");
    ObjectNode condition = null;
    for (JsonNode c : all) {
      if (c.path("type").asText().equals(type)) {
        condition = (ObjectNode) c;
      }
    }
    if (condition == null) {
      condition = all.addObject();
      condition.put("type", type);
    } else if (condition.path("status").asText().equals(value)
        && condition.path("reason").asText("").equals(reason)
        && condition.path("message").asText("").equals(message)) {
      return false;
    }
    String now = now();
    if (!condition.path("status").asText("").equals(value)) {
      condition.put("lastTransitionTime", now);
    }
    condition.put("status", value);
    if (!timeField.isEmpty()) {
      condition.put(timeField, now);
    }
    putOrDrop(condition, "reason", reason);
    putOrDrop(condition, "message", message);
    return true;
  }

  /** Removes a condition of this (copied) object. */
  public void dropCondition(String type) {
    if (json.at("/status/conditions") instanceof ArrayNode all) {
      all.removeIf(c -> c.path("type").asText().equals(type));
    }
  }

  /** Whether both hold the same content, the server's bookkeeping included. */
  public boolean same(Doc other) {
    return Objects.equals(json, other.json);
  }

  private static void putOrDrop(ObjectNode node, String field, String value) {
    if (value.isEmpty()) {
      node.remove(field);
    } else {
      node.put(field, value);
    }
  }
}
