// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas.wire;

import io.cloudevents.core.builder.CloudEventBuilder;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.DispatchFact;
import io.drover.schemas.Fact;
import io.drover.schemas.InventoryFact;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.PlanFact;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * Facts as CloudEvents 1.0, Kafka protocol binding, binary content mode. Event type: {@code
 * io.drover.<entity>.<pastTense>.v1}; dedupe on {@code source} + {@code id}.
 */
public final class Events {
  private static final Map<String, Class<? extends Fact>> BY_TYPE = new TreeMap<>();
  private static final Map<Class<? extends Fact>, String> TYPES = new LinkedHashMap<>();

  static {
    register(Brain.INVENTORY, InventoryFact.class);
    register(Brain.PLAN, PlanFact.class);
    register(Brain.DISPATCH, DispatchFact.class);
    register(Brain.MIGRATION, MigrationFact.class);
    register(Brain.CONVERSION, ConversionFact.class);
  }

  private Events() {}

  private static void register(Brain brain, Class<? extends Fact> family) {
    for (Class<?> member : family.getPermittedSubclasses()) {
      String name = member.getSimpleName();
      String type =
          "io.drover."
              + brain.entity()
              + "."
              + Character.toLowerCase(name.charAt(0))
              + name.substring(1)
              + ".v1";
      Class<? extends Fact> fact = member.asSubclass(Fact.class);
      BY_TYPE.put(type, fact);
      TYPES.put(fact, type);
    }
  }

  /** Every event type there is, sorted. */
  public static Collection<String> types() {
    return BY_TYPE.keySet();
  }

  /** The class of an event type; {@link IllegalArgumentException} for an unknown one. */
  public static Class<? extends Fact> classOf(String type) {
    Class<? extends Fact> found = BY_TYPE.get(type);
    if (found == null) {
      throw new IllegalArgumentException(
          "Expected an event type of Drover, but got '" + type + "'");
    }
    return found;
  }

  /** The event type of a fact class. */
  public static String typeOf(Class<? extends Fact> fact) {
    String type = TYPES.get(fact);
    if (type == null) {
      throw new IllegalArgumentException(fact + " is not a fact record");
    }
    return type;
  }

  /** Encodes a fact. */
  public static WireEvent encode(Fact fact, Envelope envelope) {
    String type = typeOf(fact.getClass());
    String sequence = "%019d".formatted(envelope.sequence());
    var builder =
        CloudEventBuilder.v1()
            .withId(sequence)
            .withSource(reference(envelope.source()))
            .withType(type)
            .withSubject(envelope.key())
            .withTime(envelope.at().atOffset(ZoneOffset.UTC))
            .withDataSchema(URI.create("urn:drover:schema:" + type))
            .withExtension("partitionkey", envelope.key())
            .withExtension("sequence", sequence)
            .withExtension("instance", envelope.instance())
            .withExtension("actor", envelope.actor().name())
            .withExtension("actorkind", envelope.actor().kind().name());
    if (envelope.correlation() != null) {
      builder.withExtension("correlationid", envelope.correlation());
    }
    if (envelope.causation() != null) {
      builder.withExtension("causationid", envelope.causation());
    }
    if (envelope.traceparent() != null) {
      builder.withExtension("traceparent", envelope.traceparent());
    }
    var event = builder.build();
    var attributes = new LinkedHashMap<String, String>();
    for (String name : event.getAttributeNames()) {
      Object value = event.getAttribute(name);
      if (value != null) {
        attributes.put(name, String.valueOf(value));
      }
    }
    // RFC 3339 wants seconds, which the date's own text leaves out at a full minute.
    attributes.put("time", envelope.at().toString());
    for (String name : event.getExtensionNames()) {
      attributes.put(name, String.valueOf(event.getExtension(name)));
    }
    return new WireEvent(attributes, Json.write(fact));
  }

  /** A path as a URI reference; a key may hold what a URI does not, a blank for example. */
  private static URI reference(String path) {
    try {
      return new URI(null, null, path, null);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("Expected a path, but got '" + path + "'", e);
    }
  }

  /** Decodes a fact by its {@code type} attribute. */
  public static Fact decode(WireEvent event) {
    return Json.read(event.data(), classOf(required(event, "type")));
  }

  /** Reads the envelope back. */
  public static Envelope envelope(WireEvent event) {
    String type = required(event, "type");
    Brain brain = null;
    for (Brain candidate : Brain.values()) {
      if (type.startsWith("io.drover." + candidate.entity() + ".")) {
        brain = candidate;
      }
    }
    if (brain == null) {
      throw new IllegalArgumentException(
          "Expected an event type of Drover, but got '" + type + "'");
    }
    Map<String, String> a = event.attributes();
    return new Envelope(
        brain,
        required(event, "partitionkey"),
        Long.parseLong(required(event, "sequence")),
        Instant.parse(required(event, "time")),
        a.getOrDefault("instance", ""),
        new Actor(
            Actor.Kind.valueOf(a.getOrDefault("actorkind", "SERVICE")),
            a.getOrDefault("actor", "")),
        a.get("correlationid"),
        a.get("causationid"),
        a.get("traceparent"));
  }

  private static String required(WireEvent event, String attribute) {
    String value = event.attributes().get(attribute);
    if (value == null) {
      throw new IllegalArgumentException(
          "Expected the CloudEvents attribute '" + attribute + "', but it is missing");
    }
    return value;
  }
}
