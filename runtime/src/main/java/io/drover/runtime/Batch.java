// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.engine.Decision;
import io.drover.engine.Input;
import io.drover.engine.ServiceSpec;
import io.drover.engine.Timer;
import io.drover.runtime.PartitionLoop.Place;
import io.drover.runtime.Stored.Quarantine;
import io.drover.runtime.Vitals.Verdict;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import io.drover.schemas.Topics;
import io.drover.schemas.wire.Envelope;
import io.drover.schemas.wire.Json;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The inputs of one poll on their way into one transaction: what they make of the touched keys, and
 * what is to be written. Nothing outside is changed until the transaction is committed.
 */
final class Batch<S, M extends Message, O, F extends Fact, E> {
  private static final Logger LOG = LoggerFactory.getLogger(Batch.class);

  /** So many parked inputs of a key are copied to the quarantine topic; the inbox has them all. */
  private static final int PARKED_COPIES = 1000;

  /** Ours take some hundred characters; a key is in every record about it, whatever its size. */
  private static final int LONGEST_KEY = 4096;

  private final ServiceSpec<S, M, O, F, E> spec;
  private final Place place;
  private final Codec<S, M, O, F> codec;
  private final PartitionLog log;
  private final Cabinet<S, ?> cabinet;
  private final Map<String, Cell<S, E>> committed;
  private final Reigns reigns;

  private final Map<String, Cell<S, E>> touched = new LinkedHashMap<>();
  private final List<Outgoing> written = new ArrayList<>();
  private final Map<String, Outgoing> statuses = new LinkedHashMap<>();
  private final List<Early> early = new ArrayList<>();
  private final List<Verdict> verdicts = new ArrayList<>();
  private int facts;
  private boolean replaying;

  /** A timer that rang before its time by the broker's clock. */
  record Early(String key, Timer timer, Instant at) {}

  Batch(
      ServiceSpec<S, M, O, F, E> spec,
      Place place,
      Codec<S, M, O, F> codec,
      PartitionLog log,
      Cabinet<S, ?> cabinet,
      Map<String, Cell<S, E>> committed,
      Reigns reigns) {
    this.spec = spec;
    this.place = place;
    this.codec = codec;
    this.log = log;
    this.cabinet = cabinet;
    this.committed = committed;
    this.reigns = reigns;
  }

  /** Deals with one input; what it throws is the log's trouble, never the input's. */
  void take(Entry entry) {
    String key = entry.key();
    String wrong = wrong(key);
    if (key == null || wrong != null) {
      String shown = key == null ? "" : key.substring(0, Math.min(key.length(), LONGEST_KEY));
      written.add(copy(shown, entry, String.valueOf(wrong)));
      verdicts.add(Verdict.POISON);
      return;
    }
    String control = entry.headers().get(Inbox.CONTROL);
    Cell<S, E> cell = touched.getOrDefault(key, committed.get(key));
    Quarantine quarantine = cell == null ? null : cell.quarantine();
    if (control != null) {
      control(control, entry, key, cell);
    } else if (cell != null && quarantine != null) {
      if (!replaying && quarantine.parked() < PARKED_COPIES) {
        written.add(copy(key, entry, "parked"));
      }
      touched.put(key, cell.quarantined(quarantine.another()));
      verdicts.add(Verdict.PARKED);
    } else {
      try {
        decide(key, cell, entry);
      } catch (RuntimeException | StackOverflowError | AssertionError e) {
        quarantine(key, cell, entry, e);
      }
    }
  }

  /** Why a key is nobody's; null where it may be somebody's. */
  private @Nullable String wrong(@Nullable String key) {
    if (key == null) {
      return "Expected a key, but got none";
    }
    if (key.length() > LONGEST_KEY) {
      return "Expected a key of at most " + LONGEST_KEY + " characters, but got " + key.length();
    }
    if (key.startsWith(Cabinet.RESERVED)) {
      return "Expected the key of somebody, but those that begin with ~ are of the body's records";
    }
    return Partitions.of(key, place.partitions()) == place.partition()
        ? null
        : "Expected the partition that murmur2 gives for the key, but it is in another";
  }

  private void decide(String key, @Nullable Cell<S, E> known, Entry entry) {
    var decider = spec.decider();
    Cell<S, E> cell = known == null ? Cell.of(decider.initial(key), entry.offset(), 0) : known;
    S before = Objects.requireNonNull(cell.state(), "state");
    S state = before;
    byte[] value = entry.value();
    if (value == null) {
      throw new IllegalArgumentException("Expected an input, but the record has no value");
    }
    Input<M, O> input = codec.input(value);
    if (stale(key, cell, input, entry)) {
      verdicts.add(Verdict.STALE);
      return;
    }
    Decision<F> decision = decider.decide(state, input, entry.at());
    Actor by =
        input instanceof Input.Told<M, O> told ? told.by() : Actor.service(spec.brain().service());
    String traceparent = entry.headers().get(Inbox.TRACEPARENT);
    String causation = spec.brain().inbox() + "-" + place.partition() + "-" + entry.offset();
    var records = new ArrayList<Outgoing>();
    long sequence = cell.sequence();
    for (F fact : decision.facts()) {
      state = decider.evolve(state, fact);
      sequence++;
      var envelope =
          new Envelope(
              spec.brain(),
              key,
              sequence,
              entry.at(),
              place.instance(),
              by,
              decider.correlation(state),
              causation,
              traceparent);
      records.add(Codec.fact(fact, envelope, place.partition()));
      if (spec.brain().compactedFacts() && fact.farewell()) {
        records.add(new Outgoing(spec.brain().facts(), place.partition(), key, Map.of(), null));
      }
    }
    Actor self = Actor.service(spec.brain().service());
    for (var letter : decision.letters()) {
      records.add(Codec.letter(letter, self, place.partitions(), traceparent));
    }
    var documents = new LinkedHashMap<String, Outgoing>();
    Cell<S, E> after =
        Cell.<S, E>of(state, entry.offset(), sequence)
            .agreed(decider.resume(state), decider.timers(state));
    if (!decision.facts().isEmpty()) {
      for (var status : decider.statuses(before, state, entry.at(), sequence)) {
        Object document = status.document();
        documents.put(
            status.topic() + " " + status.key(),
            new Outgoing(
                status.topic(),
                Partitions.of(status.key(), place.partitions()),
                status.key(),
                document == null ? Map.of() : Map.of("content-type", "application/json"),
                document == null ? null : Json.write(document)));
      }
    }
    records.forEach(this::check);
    documents.values().forEach(this::check);
    cabinet.records(key, committed.get(key), after).forEach(this::check);
    // From here on nothing of this input can fail.
    written.addAll(records);
    statuses.putAll(documents);
    facts += decision.facts().size();
    if (!decision.facts().isEmpty()) {
      touched.put(key, after);
    }
    verdicts.add(Verdict.DECIDED);
  }

  /**
   * Outcomes of effects that are not in flight, or not in that run, and timers that are not set are
   * duplicates, or too late: the brain never sees them.
   */
  private boolean stale(String key, Cell<S, E> cell, Input<M, O> input, Entry entry) {
    return switch (input) {
      case Input.Told<M, O> _ -> false;
      case Input.Seen<M, O> seen ->
          cell.intents().stream().noneMatch(intent -> intent.id().equals(seen.effect()))
              || former(entry);
      case Input.Rang<M, O> rang -> {
        var timer = new Timer(rang.timer(), rang.due());
        boolean set = cell.timers().contains(timer);
        if (set && entry.at().isBefore(rang.due())) {
          early.add(new Early(key, timer, entry.at()));
          yield true;
        }
        yield !set;
      }
    };
  }

  /** Whether a former owner told it too late: the effect was begun anew since. */
  private boolean former(Entry entry) {
    String token = entry.headers().get(Inbox.TOKEN);
    // Older versions told outcomes without one.
    return token != null && !reigns.count(entry.offset(), Long.parseLong(token));
  }

  /** The copy of an input for the quarantine topic, cut down to what the log takes. */
  private Outgoing copy(String key, Entry entry, String reason) {
    return poison(spec.brain(), place, key, entry.offset(), reason, entry).cut(log.maxBytes());
  }

  private void check(Outgoing record) {
    if (record.size() > log.maxBytes()) {
      throw new IllegalStateException(
          "A record for %s has %d bytes, but the log takes %d"
              .formatted(record.topic(), record.size(), log.maxBytes()));
    }
  }

  private void quarantine(String key, @Nullable Cell<S, E> cell, Entry entry, Throwable thrown) {
    String reason = Reasons.of(thrown);
    LOG.error(
        "An input cannot be decided: its key is quarantined, others go on topic={} partition={}"
            + " offset={} key={} reason={}",
        spec.brain().inbox(),
        place.partition(),
        entry.offset(),
        key,
        reason,
        thrown);
    Cell<S, E> base =
        cell != null ? cell : Cell.unreadable(null, null, Map.of(), entry.offset(), 0);
    touched.put(key, base.quarantined(new Quarantine(entry.offset(), reason, 0)));
    written.add(copy(key, entry, reason));
    verdicts.add(Verdict.POISON);
  }

  private void control(String control, Entry entry, String key, @Nullable Cell<S, E> cell) {
    Quarantine quarantine = cell == null ? null : cell.quarantine();
    boolean skip = control.equals(Inbox.SKIP_QUARANTINED);
    if (cell == null || quarantine == null || !(skip || control.equals(Inbox.RETRY_QUARANTINED))) {
      LOG.warn(
          "A control input has nothing to do control={} topic={} partition={} offset={} key={}",
          control,
          spec.brain().inbox(),
          place.partition(),
          entry.offset(),
          key);
      verdicts.add(Verdict.STALE);
      return;
    }
    Cell<S, E> ready;
    try {
      ready = readable(key, cell);
    } catch (RuntimeException | StackOverflowError | AssertionError e) {
      LOG.error("A quarantined state can still not be read key={} reason={}", key, Reasons.of(e));
      touched.put(
          key,
          cell.quarantined(new Quarantine(quarantine.from(), Reasons.of(e), quarantine.parked())));
      verdicts.add(Verdict.POISON);
      return;
    }
    touched.put(key, ready);
    written.add(released(key, control));
    verdicts.add(Verdict.DECIDED);
    boolean nested = replaying;
    replaying = true;
    try {
      log.replay(
          skip ? quarantine.from() + 1 : quarantine.from(),
          entry.offset(),
          again -> {
            if (key.equals(again.key()) && !again.headers().containsKey(Inbox.CONTROL)) {
              take(again);
            }
          });
    } finally {
      replaying = nested;
    }
  }

  /** Tells the quarantine topic that the key is out, until a record behind this says otherwise. */
  private Outgoing released(String key, String control) {
    return new Outgoing(
        Topics.QUARANTINE,
        Partitions.of(key, place.partitions()),
        key,
        Map.of("drover-brain", spec.brain().entity(), Inbox.RELEASED, control),
        new byte[0]);
  }

  /** The cell out of quarantine; throws if its state is still not to be read. */
  private Cell<S, E> readable(String key, Cell<S, E> cell) {
    S state = cell.state();
    long offset = cell.offset();
    long sequence = cell.sequence();
    if (state == null) {
      byte[] raw = cell.raw();
      JsonNode tree = cell.tree();
      if (raw != null) {
        Stored<JsonNode> frame = codec.frame(raw);
        tree = frame.state();
        offset = frame.offset();
        sequence = frame.sequence();
      }
      state = cabinet.state(key, tree, cell.parts());
    }
    return Cell.<S, E>of(state, offset, sequence)
        .agreed(spec.decider().resume(state), spec.decider().timers(state));
  }

  /** All records of the transaction but the partition's own. */
  List<Outgoing> records() {
    var all = new ArrayList<>(written);
    touched.forEach((key, cell) -> all.addAll(cabinet.records(key, committed.get(key), cell)));
    all.addAll(statuses.values());
    return all;
  }

  Map<String, Cell<S, E>> touched() {
    return touched;
  }

  List<Early> early() {
    return early;
  }

  List<Verdict> verdicts() {
    return verdicts;
  }

  int facts() {
    return facts;
  }

  /** Whether nothing need be remembered of the key. */
  boolean forgotten(Cell<S, E> cell, String key) {
    return cell.quarantine() == null
        && cell.sequence() == 0
        && cell.raw() == null
        && cell.tree() == null
        && spec.decider().initial(key).equals(cell.state());
  }

  /** What the quarantine topic gets to see: the input as it was, and why it is there. */
  static Outgoing poison(
      Brain brain, Place place, String key, long offset, String reason, @Nullable Entry entry) {
    var headers = new LinkedHashMap<String, String>();
    if (entry != null) {
      entry.headers().forEach((name, value) -> headers.put("input-" + name, value));
      headers.put("drover-at", entry.at().toString());
    }
    headers.put("drover-brain", brain.entity());
    headers.put("drover-topic", brain.inbox());
    headers.put("drover-partition", Integer.toString(place.partition()));
    headers.put("drover-offset", Long.toString(offset));
    headers.put("drover-instance", place.instance());
    headers.put("drover-reason", reason);
    byte[] value = entry == null ? new byte[0] : entry.value();
    return new Outgoing(
        Topics.QUARANTINE,
        Partitions.of(key, place.partitions()),
        key,
        headers,
        value == null ? new byte[0] : value);
  }
}
