// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.NullNode;
import io.drover.engine.Parts;
import io.drover.engine.ServiceSpec;
import io.drover.runtime.PartitionLog.Saved;
import io.drover.runtime.Stored.Quarantine;
import io.drover.schemas.wire.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Puts the states of a brain into the records of its state topic, and takes them out again: one
 * record a key, and one more for each part that the brain wants kept apart.
 */
final class Cabinet<S, P> {
  private static final Logger LOG = LoggerFactory.getLogger(Cabinet.class);

  /** How keys of records of the body begin; readers of state topics pass over them. */
  static final String RESERVED = "~";

  /** Keys of records that hold a part. */
  static final String PREFIX = RESERVED + "part/";

  /** A key of those: how long the key of the state is, it, and the name of the part. */
  private static final Pattern PART =
      Pattern.compile(Pattern.quote(PREFIX) + "([0-9]{1,5})/(.*)", Pattern.DOTALL);

  /** Keys of records that say of a key that it waits, where its own record stays as it is. */
  private static final String WAITS = RESERVED + "waits/";

  private final ServiceSpec<S, ?, ?, ?, ?> spec;
  private final Parts<S, P> parts;
  private final int partition;
  private final Codec<S, ?, ?, ?> codec;
  private final int maxBytes;

  /** A part of the state of a key. */
  record Part(String key, String name, @Nullable JsonNode part) {}

  private Cabinet(
      ServiceSpec<S, ?, ?, ?, ?> spec,
      Parts<S, P> parts,
      int partition,
      Codec<S, ?, ?, ?> codec,
      int maxBytes) {
    this.spec = spec;
    this.maxBytes = maxBytes;
    this.parts = parts;
    this.partition = partition;
    this.codec = codec;
  }

  /** The cabinet of a partition whose log takes records of at most {@code maxBytes}. */
  static <S> Cabinet<S, ?> of(
      ServiceSpec<S, ?, ?, ?, ?> spec, int partition, Codec<S, ?, ?, ?> codec, int maxBytes) {
    return of(spec, spec.decider().parts(), partition, codec, maxBytes);
  }

  private static <S, P> Cabinet<S, P> of(
      ServiceSpec<S, ?, ?, ?, ?> spec,
      Parts<S, P> parts,
      int partition,
      Codec<S, ?, ?, ?> codec,
      int maxBytes) {
    return new Cabinet<>(spec, parts, partition, codec, maxBytes);
  }

  /** The keys among the records of a state topic that wait beside their own record. */
  Map<String, Quarantine> waitsIn(List<Saved> state) {
    var found = new TreeMap<String, Quarantine>();
    for (Saved saved : state) {
      if (saved.key().startsWith(WAITS)) {
        try {
          Quarantine waits = codec.frame(saved.value()).quarantine();
          if (waits != null) {
            found.put(saved.key().substring(WAITS.length()), waits);
          }
        } catch (RuntimeException e) {
          LOG.error("What waits cannot be read: its key waits anew key={}", saved.key());
        }
      }
    }
    return found;
  }

  /**
   * The parts among the records of a state topic, by key and name. One that cannot be read makes
   * its key's state unreadable, and nobody else's; one that is of no key is left alone.
   */
  static Map<String, Map<String, JsonNode>> partsIn(List<Saved> state) {
    var found = new TreeMap<String, Map<String, JsonNode>>();
    for (Saved saved : state) {
      Matcher of = PART.matcher(saved.key());
      if (of.matches()) {
        String names = of.group(2);
        int end = Integer.parseInt(of.group(1));
        if (end < names.length() && names.charAt(end) == '/') {
          found
              .computeIfAbsent(names.substring(0, end), key -> new TreeMap<>())
              .put(names.substring(end + 1), read(saved));
          continue;
        }
      }
      if (saved.key().startsWith(PREFIX)) {
        LOG.error("A part of a state is of no key: passing over it key={}", saved.key());
      }
    }
    return found;
  }

  private static JsonNode read(Saved saved) {
    try {
      JsonNode part = Json.read(saved.value(), Part.class).part();
      return part == null ? NullNode.getInstance() : part;
    } catch (RuntimeException e) {
      return NullNode.getInstance();
    }
  }

  /** The state of a key; null as its rest stands for the initial one. */
  S state(String key, @Nullable JsonNode rest, Map<String, JsonNode> apart) {
    S bare = rest == null ? spec.decider().initial(key) : codec.state(rest);
    var read = new LinkedHashMap<String, P>();
    apart.forEach((name, tree) -> read.put(name, codec.part(tree, parts.type())));
    return read.isEmpty() ? bare : parts.whole().apply(bare, read);
  }

  /** Whether the record of a key holds parts that an older version did not keep apart. */
  boolean outgrown(S state, Map<String, JsonNode> apart) {
    return !apart.keySet().containsAll(parts.of().apply(state).keySet());
  }

  /**
   * The records that bring the state topic from {@code before} to {@code cell}.
   *
   * @param before what the topic has of the key; null = nothing, or nothing that can be trusted
   */
  List<Outgoing> records(String key, @Nullable Cell<S, ?> before, Cell<S, ?> cell) {
    var records = new ArrayList<Outgoing>();
    S state = cell.state();
    if (state == null) {
      Outgoing whole =
          record(
              key,
              codec.writeTree(
                  new Stored<>(
                      cell.tree(), cell.offset(), cell.sequence(), cell.quarantine(), cell.raw())));
      // Written anew, bytes that are no state take a third more. A record that the log refuses
      // would keep the partition from being taken over: what was found stays where it is.
      records.add(
          whole.size() <= maxBytes
              ? whole
              : record(
                  WAITS + key,
                  codec.writeTree(
                      new Stored<>(
                          null, cell.offset(), cell.sequence(), cell.quarantine(), null))));
      return records;
    }
    S old = before == null ? null : before.state();
    Map<String, P> was = old == null ? Map.of() : parts.of().apply(old);
    Map<String, P> is = parts.of().apply(state);
    is.forEach((name, part) -> {
      P same = was.get(name);
      if (same != part && !part.equals(same)) {
        records.add(record(partKey(key, name), codec.writePart(key, name, part)));
      }
    });
    var gone = new ArrayList<>(was.keySet());
    if (before != null) {
      gone.addAll(before.parts().keySet());
    }
    gone.removeAll(is.keySet());
    gone.forEach(name -> records.add(record(partKey(key, name), null)));
    if (before != null && before.quarantine() != null && cell.quarantine() == null) {
      records.add(record(WAITS + key, null));
    }
    boolean initial = spec.decider().initial(key).equals(state);
    records.add(
        record(
            key,
            initial && cell.sequence() == 0 && cell.quarantine() == null
                ? null
                : codec.write(
                    new Stored<>(
                        initial ? null : parts.rest().apply(state),
                        cell.offset(),
                        cell.sequence(),
                        cell.quarantine(),
                        null))));
    return records;
  }

  /** Of the key's length first, so that no name of a part makes it the part of another key. */
  private static String partKey(String key, String name) {
    return PREFIX + key.length() + "/" + key + "/" + name;
  }

  private Outgoing record(String key, byte @Nullable [] value) {
    return new Outgoing(spec.brain().state(), partition, key, Map.of(), value);
  }
}
