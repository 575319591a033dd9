// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import com.fasterxml.jackson.databind.JavaType;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.type.TypeFactory;
import io.drover.engine.Input;
import io.drover.engine.Letter;
import io.drover.engine.Outcome;
import io.drover.engine.ServiceSpec;
import io.drover.schemas.Actor;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import io.drover.schemas.Owned;
import io.drover.schemas.wire.AsyncApi;
import io.drover.schemas.wire.Envelope;
import io.drover.schemas.wire.Events;
import io.drover.schemas.wire.Json;
import io.drover.schemas.wire.WireEvent;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the inputs, states and facts of one brain look on the wire: JSON, facts as CloudEvents in
 * binary mode.
 */
public final class Codec<S, M extends Message, O, F extends Fact> {
  private static final TypeFactory TYPES = Json.mapper().getTypeFactory();
  private static final JavaType LETTER =
      TYPES.constructParametricType(Input.class, Message.class, Object.class);
  private static final JavaType STORED_TREE =
      TYPES.constructParametricType(Stored.class, JsonNode.class);

  private final JavaType input;
  private final JavaType observation;
  private final JavaType stored;
  private final JavaType state;

  public Codec(ServiceSpec.Types<S, M, O, F> types) {
    this.input = TYPES.constructParametricType(Input.class, types.message(), types.observation());
    this.observation = TYPES.constructType(types.observation());
    this.stored = TYPES.constructParametricType(Stored.class, types.state());
    this.state = TYPES.constructType(types.state());
  }

  /** Reads an input; {@link IllegalArgumentException} says what is wrong with it. */
  public Input<M, O> input(byte[] json) {
    return Json.read(json, input);
  }

  /** Writes an input. */
  public byte[] write(Input<M, O> value) {
    if (value instanceof Input.Seen<M, O>(var effect, Outcome.Done<O>(var evidence))) {
      // Jackson forgets the type argument of a nested sealed type, so evidence goes in as a tree.
      var tree = tree(Json.write(evidence, observation));
      return Json.write(new Input.Seen<>(effect, new Outcome.Done<>(tree)), LETTER);
    }
    return Json.write(value, input);
  }

  private static JsonNode tree(byte[] json) {
    try {
      return Json.mapper().readTree(json);
    } catch (java.io.IOException e) {
      throw new IllegalStateException("What was just written cannot be read", e);
    }
  }

  /** Writes a message for any brain, as the input that it becomes there. */
  public static byte[] told(Message message, Actor by) {
    return Json.write(new Input.Told<>(message, by), LETTER);
  }

  byte[] write(Stored<S> value) {
    return Json.write(value, stored);
  }

  byte[] writeTree(Stored<JsonNode> value) {
    return Json.write(value, STORED_TREE);
  }

  /** The frame of a stored state; the state itself is not looked at. */
  Stored<JsonNode> frame(byte[] json) {
    return Json.read(json, STORED_TREE);
  }

  /** The state within a frame. */
  S state(JsonNode tree) {
    try {
      S value = Json.mapper().readerFor(state).readValue(tree);
      if (value == null) {
        throw new IllegalArgumentException("Expected a state, but got JSON null");
      }
      return value;
    } catch (java.io.IOException e) {
      throw new IllegalArgumentException("Cannot read the state: " + Reasons.of(e), e);
    }
  }

  /** A part of a state that is kept in a record of its own. */
  byte[] writePart(String key, String name, Object part) {
    return Json.write(new Cabinet.Part(key, name, Json.mapper().valueToTree(part)));
  }

  /** Reads one. */
  <P> P part(JsonNode tree, Class<P> type) {
    try {
      P part = Json.mapper().treeToValue(tree, type);
      if (part == null) {
        throw new IllegalArgumentException("Expected a part of a state, but it cannot be read");
      }
      return part;
    } catch (java.io.IOException e) {
      throw new IllegalArgumentException("Cannot read a part of the state: " + Reasons.of(e), e);
    }
  }

  static Outgoing fact(Fact fact, Envelope envelope, int partition) {
    WireEvent event = Events.encode(fact, envelope);
    return new Outgoing(
        envelope.brain().facts(),
        partition,
        envelope.key(),
        headers(event.attributes()),
        event.data());
  }

  /** The headers of a CloudEvent in binary mode. */
  static Map<String, String> headers(Map<String, String> attributes) {
    var headers = new LinkedHashMap<String, String>();
    attributes.forEach((name, value) -> headers.put("ce_" + name, value));
    headers.put("content-type", "application/json");
    return headers;
  }

  /** The claim of a partition, as a CloudEvent beside the facts. */
  static Outgoing claim(Owned owned, String id) {
    String key = "~owner/" + owned.partition();
    var attributes = new LinkedHashMap<String, String>();
    attributes.put("specversion", "1.0");
    attributes.put("id", id);
    attributes.put("source", "/drover/" + owned.brain().entity() + "/" + key);
    attributes.put("type", "io.drover." + owned.brain().entity() + "." + AsyncApi.OWNER_CLAIMED);
    attributes.put("subject", key);
    attributes.put("dataschema", "urn:drover:schema:" + AsyncApi.OWNER_CLAIMED);
    attributes.put("time", owned.at().toString());
    attributes.put("partitionkey", key);
    attributes.put("instance", owned.instance());
    return new Outgoing(
        owned.brain().facts(), owned.partition(), key, headers(attributes), Json.write(owned));
  }

  static Outgoing letter(Letter letter, Actor by, int partitions, @Nullable String traceparent) {
    return new Outgoing(
        letter.to().inbox(),
        Partitions.of(letter.key(), partitions),
        letter.key(),
        traceparent == null ? Map.of() : Map.of(Inbox.TRACEPARENT, traceparent),
        told(letter.message(), by));
  }
}
