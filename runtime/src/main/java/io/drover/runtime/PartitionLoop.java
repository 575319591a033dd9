// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.engine.ServiceSpec;
import io.drover.runtime.PartitionLog.Ending;
import io.drover.runtime.PartitionLog.Saved;
import io.drover.runtime.PartitionLog.Transaction;
import io.drover.runtime.Stored.Meta;
import io.drover.runtime.Stored.Quarantine;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import io.drover.schemas.Owned;
import io.drover.schemas.Token;
import io.drover.schemas.wire.Json;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Runs a brain over one partition: takes it over, turns inputs into one transaction a batch, and
 * only after the commit lets memory, effects and timers follow. No thread, no clock, no network of
 * its own, so the same code runs on Kafka and in the simulation. Used by one thread at a time.
 */
public final class PartitionLoop<S, M extends Message, O, F extends Fact, E> {
  private static final Logger LOG = LoggerFactory.getLogger(PartitionLoop.class);

  private final ServiceSpec<S, M, O, F, E> spec;
  private final Place place;
  private final PartitionLog log;
  private final Limbs<O, E> limbs;
  private final Vitals vitals;
  private final Codec<S, M, O, F> codec;
  private final Cabinet<S, ?> cabinet;

  private Map<String, Cell<S, E>> cells = new TreeMap<>();
  private long next;
  private int claims;
  private String claim = "";
  private Reigns reigns = Reigns.NONE;
  private @Nullable Token token;
  private boolean released;

  /** Where the inbox ended when the partition was taken over. */
  private long said;

  /** Whether what was said before that is still being heard, so nothing is begun yet. */
  private boolean hearing;

  /**
   * Where a loop runs.
   *
   * @param partitions partition count of every topic
   * @param instance name of this process, new at every start
   */
  public record Place(int partition, int partitions, String instance) {}

  public PartitionLoop(
      ServiceSpec<S, M, O, F, E> spec,
      Place place,
      PartitionLog log,
      Limbs<O, E> limbs,
      Vitals vitals) {
    this.spec = spec;
    this.place = place;
    this.log = log;
    this.limbs = limbs;
    this.vitals = vitals;
    this.codec = new Codec<>(spec.types());
    this.cabinet = Cabinet.of(spec, place.partition(), codec, log.maxBytes());
  }

  /**
   * Takes the partition over, or reads it anew after an unknown commit: fence, read the state,
   * commit the claim. Effects and timers agree with the state once the inputs that were there are
   * dealt with, see {@link #heard}: an effect whose outcome a former owner could still tell must
   * not be begun once more. What this same process left running goes on.
   *
   * @return {@code Committed} if this owner may go on from {@link #next()}
   */
  public Ending takeOver(Instant at) {
    PartitionLog.Claim found;
    try {
      found = log.claim();
    } catch (PartitionLog.LogException e) {
      return e.fenced() ? new Ending.Fenced() : new Ending.Unknown(Reasons.of(e));
    }
    cells = new TreeMap<>();
    Saved position = null;
    Map<String, Map<String, JsonNode>> parts = Cabinet.partsIn(found.state());
    Map<String, Quarantine> waits = cabinet.waitsIn(found.state());
    for (Saved saved : found.state()) {
      if (saved.key().equals(Meta.PREFIX + place.partition())) {
        position = saved;
      } else if (!saved.key().startsWith(Cabinet.RESERVED)) {
        cells.put(
            saved.key(),
            load(saved, parts.getOrDefault(saved.key(), Map.of()), waits.get(saved.key())));
      }
    }
    Meta meta = meta(position);
    next = position(meta.next(), found);
    said = found.latest();
    claim = place.instance() + "#" + ++claims;
    boolean sole = meta.owner().startsWith(place.instance() + "#");
    reigns = Objects.requireNonNullElse(meta.reigns(), Reigns.NONE).from(oldest());
    if (!sole || token == null) {
      reigns = reigns.and(said, found.facts());
    }

    var records = new ArrayList<Outgoing>();
    records.add(
        Codec.claim(
            new Owned(spec.brain(), place.partition(), place.instance(), at),
            place.partition() + "/" + claim));
    for (var cell : cells.entrySet()) {
      awaken(cell, parts.getOrDefault(cell.getKey(), Map.of()), records);
    }
    records.add(meta());
    Ending ending = log.commit(new Transaction(records, -1));
    if (!(ending instanceof Ending.Committed committed)) {
      vitals.uncommitted(spec.brain(), ending instanceof Ending.Fenced);
      return ending;
    }
    return begin(sole, new Token(committed.first())) ? ending : new Ending.Fenced();
  }

  /**
   * How far the partition is. Where that record is missing or cannot be read, the states still tell
   * the last input that left a mark on any of them. Every input behind it is decided once more, and
   * comes out as it did: without a fact. None is left out, and none that made a fact is decided
   * twice.
   */
  private Meta meta(@Nullable Saved saved) {
    String why = "it is missing";
    if (saved != null) {
      try {
        return Json.read(saved.value(), Meta.class);
      } catch (RuntimeException e) {
        why = Reasons.of(e);
      }
    } else if (cells.isEmpty()) {
      return Meta.NONE;
    }
    long marked = cells.values().stream().mapToLong(Cell::offset).max().orElse(-1);
    LOG.error(
        "The position of a partition cannot be read: going on behind the last input that left a"
            + " mark topic={} partition={} offset={} reason={}",
        spec.brain().state(),
        place.partition(),
        marked + 1,
        why);
    return new Meta(marked + 1, "", Reigns.NONE);
  }

  /**
   * Is the owner, unless the partition was let go in the meantime.
   *
   * @param sole whether nobody else was it since this process was it last
   */
  private synchronized boolean begin(boolean sole, Token mine) {
    if (released) {
      return false;
    }
    token = mine;
    if (!sole) {
      // What this process still runs from before is not of this claim.
      limbs.halt(place.partition());
    }
    hearing = true;
    heard(next);
    vitals.quarantined(spec.brain(), place.partition(), quarantinedKeys());
    return true;
  }

  /**
   * Tells how far the inbox is dealt with, also where no input stands before that offset. The first
   * time that it is all that was there at the take-over, effects and timers follow the state.
   *
   * @param position offset up to which nothing is left to deal with
   */
  public synchronized void heard(long position) {
    Token mine = token;
    if (!hearing || mine == null || position < said) {
      return;
    }
    hearing = false;
    limbs.lanes().keep(place.partition(), cells.keySet());
    limbs.alarms().keep(place.partition(), cells.keySet());
    cells.forEach(
        (key, cell) -> limbs.agree(place.partition(), key, mine, cell.intents(), cell.timers()));
  }

  /** Offset of the first input that is not yet dealt with. */
  public long next() {
    return next;
  }

  /** Whether what was said before the take-over is still being dealt with; nothing is begun yet. */
  public boolean hearing() {
    return hearing;
  }

  /** The fencing token of this owner; null before the take-over. */
  public @Nullable Token token() {
    return token;
  }

  /** The state of a key as committed, for tests and invariants; null if nobody has heard of it. */
  public @Nullable S state(String key) {
    Cell<S, E> cell = cells.get(key);
    return cell == null ? null : cell.state();
  }

  /** The keys that wait in quarantine, with the reason. */
  public Map<String, String> quarantined() {
    var found = new TreeMap<String, String>();
    cells.forEach((key, cell) -> {
      Quarantine quarantine = cell.quarantine();
      if (quarantine != null) {
        found.put(key, quarantine.reason());
      }
    });
    return found;
  }

  /**
   * Deals with the inputs of one poll in one transaction. Inputs that were dealt with before are
   * skipped. An empty list writes a heartbeat, which keeps the transactional id alive.
   *
   * @return on {@code Fenced} drop this loop; on {@code Unknown} call {@link #takeOver} again; on
   *     {@code Postponed} present the inputs again
   */
  public Ending process(List<Entry> inputs) {
    Token mine = token;
    if (mine == null) {
      throw new IllegalStateException("A partition is taken over before its inputs are processed");
    }
    long began = System.nanoTime();
    var batch = new Batch<>(spec, place, codec, log, cabinet, cells, reigns);
    long after = next;
    int taken = 0;
    try {
      for (Entry entry : inputs) {
        if (entry.offset() >= after) {
          batch.take(entry);
          after = entry.offset() + 1;
          taken++;
        }
      }
    } catch (PartitionLog.LogException e) {
      return e.fenced() ? new Ending.Fenced() : new Ending.Unknown(Reasons.of(e));
    }
    var records = new ArrayList<>(batch.records());
    long before = next;
    next = after;
    records.add(meta());
    Ending ending = log.commit(new Transaction(records, after));
    if (!(ending instanceof Ending.Committed)) {
      next = before;
      vitals.uncommitted(spec.brain(), ending instanceof Ending.Fenced);
      return ending;
    }
    batch.verdicts().forEach(verdict -> vitals.input(spec.brain(), verdict));
    vitals.committed(
        spec.brain(), taken, batch.facts(), Duration.ofNanos(System.nanoTime() - began));
    boolean quarantineMoved = false;
    for (var touched : batch.touched().entrySet()) {
      String key = touched.getKey();
      Cell<S, E> cell = touched.getValue();
      Cell<S, E> old = cells.get(key);
      quarantineMoved |= cell.quarantine() != null || (old != null && old.quarantine() != null);
      if (batch.forgotten(cell, key)) {
        cells.remove(key);
      } else {
        cells.put(key, cell);
      }
      if (!hearing) {
        limbs.agree(place.partition(), key, mine, cell.intents(), cell.timers());
      }
    }
    heard(next);
    batch.early().forEach(e -> limbs.alarms().early(place.partition(), e.key(), e.timer(), e.at()));
    if (quarantineMoved) {
      vitals.quarantined(spec.brain(), place.partition(), quarantinedKeys());
    }
    return ending;
  }

  /** Lets go: what runs is told to stop, and what it says is no longer heard. */
  public synchronized void release() {
    released = true;
    token = null;
    limbs.halt(place.partition());
    log.close();
    vitals.released(spec.brain(), place.partition());
  }

  /** The oldest input that may still be decided: what waits in quarantine is before the next. */
  private long oldest() {
    return cells.values().stream()
        .map(Cell::quarantine)
        .filter(Objects::nonNull)
        .mapToLong(Quarantine::from)
        .filter(from -> from >= 0)
        .reduce(next, Math::min);
  }

  private int quarantinedKeys() {
    return (int) cells.values().stream().filter(c -> c.quarantine() != null).count();
  }

  private Outgoing meta() {
    return new Outgoing(
        spec.brain().state(),
        place.partition(),
        Meta.PREFIX + place.partition(),
        Map.of(),
        Json.write(new Meta(next, claim, reigns)));
  }

  /** Where to go on; says loudly where the inbox no longer has what the state expects. */
  private long position(long wanted, PartitionLog.Claim found) {
    if (wanted < found.earliest()) {
      if (wanted > 0) {
        LOG.error(
            "Inputs were removed from the inbox before they were read; going on behind them"
                + " topic={} partition={} offset={} earliest={}",
            spec.brain().inbox(),
            place.partition(),
            wanted,
            found.earliest());
      }
      return found.earliest();
    }
    if (wanted > found.latest()) {
      LOG.error(
          "The inbox ends before what was already read from it: it lost its tail or was made anew;"
              + " going on at its end topic={} partition={} offset={} latest={}",
          spec.brain().inbox(),
          place.partition(),
          wanted,
          found.latest());
      return found.latest();
    }
    return wanted;
  }

  /**
   * A key as its record has it.
   *
   * @param waits that it waits, by a record beside that one
   */
  private Cell<S, E> load(Saved saved, Map<String, JsonNode> parts, @Nullable Quarantine waits) {
    Stored<JsonNode> frame;
    try {
      frame = codec.frame(saved.value());
    } catch (RuntimeException e) {
      Cell<S, E> cell = Cell.unreadable(null, saved.value(), parts, -1, 0);
      return cell.quarantined(waits == null ? new Quarantine(-1, Reasons.of(e), 0) : waits);
    }
    Quarantine quarantine = frame.quarantine() == null ? waits : frame.quarantine();
    JsonNode tree = frame.state();
    Cell<S, E> cell;
    if (frame.raw() != null) {
      cell = Cell.unreadable(null, frame.raw(), parts, frame.offset(), frame.sequence());
    } else {
      try {
        S state = cabinet.state(saved.key(), tree, parts);
        cell = Cell.of(state, frame.offset(), frame.sequence());
      } catch (RuntimeException | StackOverflowError | AssertionError e) {
        cell = Cell.unreadable(tree, null, parts, frame.offset(), frame.sequence());
        if (quarantine == null) {
          return cell.quarantined(new Quarantine(-1, Reasons.of(e), 0));
        }
      }
    }
    return quarantine == null ? cell : cell.quarantined(quarantine);
  }

  /**
   * Reads effects and timers off a loaded state. What cannot be read puts the key in quarantine,
   * never the partition. What an older version kept in one record is kept in parts from here on.
   */
  private void awaken(
      Map.Entry<String, Cell<S, E>> entry, Map<String, JsonNode> parts, List<Outgoing> records) {
    Cell<S, E> cell = entry.getValue();
    S state = cell.state();
    Quarantine quarantine = cell.quarantine();
    if (state != null) {
      try {
        cell = cell.agreed(spec.decider().resume(state), spec.decider().timers(state));
      } catch (RuntimeException | StackOverflowError | AssertionError e) {
        quarantine = quarantine == null ? new Quarantine(-1, Reasons.of(e), 0) : quarantine;
      }
    }
    if (quarantine != null && quarantine.from() < 0) {
      // Found just now: whatever comes next for this key waits, beginning here.
      quarantine = new Quarantine(next, quarantine.reason(), 0);
      cell = cell.quarantined(quarantine);
      LOG.error(
          "The state of a key cannot be read: the key is quarantined topic={} partition={} key={}"
              + " reason={}",
          spec.brain().state(),
          place.partition(),
          entry.getKey(),
          quarantine.reason());
      records.addAll(cabinet.records(entry.getKey(), cell, cell));
      records.add(
          Batch.poison(
              spec.brain(), place, entry.getKey(), next, "state: " + quarantine.reason(), null));
    }
    if (state != null && cabinet.outgrown(state, parts)) {
      records.addAll(cabinet.records(entry.getKey(), null, cell));
    }
    entry.setValue(cell);
  }
}
