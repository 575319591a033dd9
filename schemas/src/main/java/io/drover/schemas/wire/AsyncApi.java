// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas.wire;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.Brain;
import io.drover.schemas.DiskProgress;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.Topics;
import io.drover.schemas.WaveStatus;
import java.util.LinkedHashMap;
import java.util.Map;

/** The AsyncAPI 3 document of the public topics: what a consumer reads who writes no Java. */
public final class AsyncApi {
  /** Documents of the public topics that carry no CloudEvents. */
  public static final Map<String, Class<?>> DOCUMENTS =
      new LinkedHashMap<>(
          Map.of(
              Topics.MIGRATION_STATUS, MigrationStatus.class,
              Topics.WAVE_STATUS, WaveStatus.class,
              Topics.PROGRESS, DiskProgress.class,
              Topics.AUDIT, AuditEntry.class));

  /** The schema of what a new owner of a partition leaves among the facts: not a fact of a key. */
  public static final String OWNER_CLAIMED = "ownerClaimed.v1";

  private AsyncApi() {}

  /** The file name of the schema of a type or topic, beside the document. */
  public static String schemaFile(String name) {
    return name + ".schema.json";
  }

  /** The document; schemas are referred to as files beside it. */
  public static ObjectNode document() {
    ObjectNode root = JsonNodeFactory.instance.objectNode();
    root.put("asyncapi", "3.0.0");
    root.putObject("info")
        .put("title", "Drover")
        .put("version", "1")
        .put(
            "description",
            "Public topics. Facts are CloudEvents 1.0 in Kafka's binary content mode: attributes as ce_"
                + " headers, JSON value. Read with isolation.level=read_committed. Dedupe on source + id;"
                + " order holds per key.");
    root.put("defaultContentType", "application/json");
    ObjectNode channels = root.putObject("channels");
    ObjectNode operations = root.putObject("operations");
    ObjectNode messages = JsonNodeFactory.instance.objectNode();
    for (Brain brain : Brain.values()) {
      ObjectNode channel = channel(channels, operations, brain.facts(), brain.compactedFacts());
      for (String type : Events.types()) {
        if (type.startsWith("io.drover." + brain.entity() + ".")) {
          channel
              .withObject("/messages")
              .putObject(type)
              .put("$ref", "#/components/messages/" + type);
          ObjectNode message = messages.putObject(type);
          message.put("name", type).put("contentType", "application/json");
          message.putObject("headers").put("$ref", "#/components/schemas/cloudEventHeaders");
          message.putObject("payload").put("$ref", "./" + schemaFile(type));
        }
      }
    }
    for (Brain brain : Brain.values()) {
      String type = "io.drover." + brain.entity() + "." + OWNER_CLAIMED;
      channels
          .withObject("/" + brain.facts() + "/messages")
          .putObject(type)
          .put("$ref", "#/components/messages/" + type);
      ObjectNode message = messages.putObject(type);
      message.put("name", type).put("contentType", "application/json");
      message.putObject("payload").put("$ref", "./" + schemaFile(OWNER_CLAIMED));
    }
    DOCUMENTS.keySet().stream()
        .sorted()
        .forEach(topic -> {
          boolean log = topic.equals(Topics.PROGRESS) || topic.equals(Topics.AUDIT);
          ObjectNode channel = channel(channels, operations, topic, !log);
          channel
              .withObject("/messages")
              .putObject(topic)
              .put("$ref", "#/components/messages/" + topic);
          ObjectNode message = messages.putObject(topic);
          message.put("name", topic).put("contentType", "application/json");
          message.putObject("payload").put("$ref", "./" + schemaFile(topic));
        });
    ObjectNode components = root.putObject("components");
    components.set("messages", messages);
    headers(components.putObject("schemas").putObject("cloudEventHeaders"));
    return root;
  }

  private static ObjectNode channel(
      ObjectNode channels, ObjectNode operations, String topic, boolean compacted) {
    ObjectNode channel = channels.putObject(topic);
    channel.put("address", topic);
    channel
        .putObject("bindings")
        .putObject("kafka")
        .put("topic", topic)
        .putObject("topicConfiguration")
        .putArray("cleanup.policy")
        .add(compacted ? "compact" : "delete");
    ObjectNode operation = operations.putObject("read " + topic);
    operation.put("action", "send").putObject("channel").put("$ref", "#/channels/" + topic);
    return channel;
  }

  private static void headers(ObjectNode schema) {
    schema.put("type", "object");
    ObjectNode properties = schema.putObject("properties");
    for (String name :
        new String[] {
          "specversion",
          "id",
          "source",
          "type",
          "subject",
          "time",
          "dataschema",
          "partitionkey",
          "sequence",
          "instance",
          "actor",
          "actorkind",
          "correlationid",
          "causationid",
          "traceparent"
        }) {
      properties.putObject(WireEvent.HEADER_PREFIX + name).put("type", "string");
    }
    schema
        .putArray("required")
        .add("ce_specversion")
        .add("ce_id")
        .add("ce_source")
        .add("ce_type")
        .add("ce_time")
        .add("ce_sequence");
  }
}
