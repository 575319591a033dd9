// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import io.drover.runtime.Entry;
import io.drover.runtime.Outgoing;
import io.drover.runtime.PartitionLog;
import io.drover.schemas.Brain;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BiConsumer;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Kafka's promises in memory, as far as the loop leans on them: partitions in order, transactions
 * that are written whole or not at all, offsets with gaps, owners fenced by whoever claims next.
 */
public final class MemoryLog {
  private final Supplier<Instant> clock;
  private final Map<String, List<Entry>> partitions = new TreeMap<>();
  private final Map<String, Long> ends = new TreeMap<>();
  private final Map<String, Integer> epochs = new HashMap<>();
  private BiConsumer<String, Integer> appended = (topic, partition) -> {};
  private boolean fences = true;
  private BiFunction<String, Entry, Entry> reading = (topic, entry) -> entry;

  /** What the log does with a commit. */
  public enum Fate {
    WRITTEN,
    FENCED,
    POSTPONED,
    UNKNOWN_LOST,
    UNKNOWN_KEPT
  }

  public MemoryLog(Supplier<Instant> clock) {
    this.clock = clock;
  }

  /** Hears of every append: topic and partition. */
  public void onAppend(BiConsumer<String, Integer> listener) {
    appended = listener;
  }

  /** A defect for tests of the checkers: whoever once owned a partition can write on. */
  public void fencesNobody() {
    fences = false;
  }

  /** A defect for tests of the checkers: what readers of a topic get instead. */
  public void misread(BiFunction<String, Entry, Entry> instead) {
    reading = instead;
  }

  /** Appends one record outside of any transaction. */
  // NullAway loses the annotation of an array in the constructor of a record of another module.
  @SuppressWarnings("NullAway")
  public long append(Outgoing record) {
    String at = place(record.topic(), record.partition());
    long offset = ends.getOrDefault(at, 0L);
    partitions
        .computeIfAbsent(at, _ -> new ArrayList<>())
        .add(new Entry(offset, clock.get(), record.key(), record.headers(), record.value()));
    ends.put(at, offset + 1);
    appended.accept(record.topic(), record.partition());
    return offset;
  }

  /** Up to {@code most} records of a partition, from an offset on. */
  public List<Entry> read(String topic, int partition, long from, int most) {
    List<Entry> all = partitions.getOrDefault(place(topic, partition), List.of());
    int low = 0;
    int high = all.size();
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (all.get(middle).offset() < from) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return all.subList(low, low + Math.min(all.size() - low, most)).stream()
        .map(entry -> reading.apply(topic, entry))
        .toList();
  }

  /** All records of a partition. */
  public List<Entry> all(String topic, int partition) {
    return List.copyOf(partitions.getOrDefault(place(topic, partition), List.of()));
  }

  /** Offset of the next record of a partition. */
  public long end(String topic, int partition) {
    return ends.getOrDefault(place(topic, partition), 0L);
  }

  /** The latest value of each key of a partition; tombstones leave nothing. */
  public Map<String, byte[]> compacted(String topic, int partition) {
    var latest = new LinkedHashMap<String, byte[]>();
    for (Entry entry : partitions.getOrDefault(place(topic, partition), List.of())) {
      String key = entry.key();
      byte[] value = entry.value();
      if (key == null) {
        continue;
      }
      if (value == null) {
        latest.remove(key);
      } else {
        latest.put(key, value);
      }
    }
    return latest;
  }

  /**
   * The log of a partition's owner-to-be.
   *
   * @param fate asked before every commit what becomes of it; may throw to let the process die
   *     there
   * @param written told of every transaction that was written; may throw likewise
   */
  public PartitionLog owner(
      Brain brain,
      int partition,
      Function<PartitionLog.Transaction, Fate> fate,
      Consumer<PartitionLog.Transaction> written) {
    return new Owner(brain, partition, fate, written);
  }

  private static String place(String topic, int partition) {
    return topic + "-" + partition;
  }

  private final class Owner implements PartitionLog {
    private final Brain brain;
    private final int partition;
    private final Function<Transaction, Fate> fate;
    private final Consumer<Transaction> written;
    private @Nullable Integer epoch;

    Owner(
        Brain brain,
        int partition,
        Function<Transaction, Fate> fate,
        Consumer<Transaction> written) {
      this.brain = brain;
      this.partition = partition;
      this.fate = fate;
      this.written = written;
    }

    @Override
    public Claim claim() {
      epoch = epochs.merge(place(brain.inbox(), partition), 1, Integer::sum);
      var saved = new ArrayList<Saved>();
      compacted(brain.state(), partition).forEach((key, value) -> saved.add(new Saved(key, value)));
      return new Claim(saved, 0, end(brain.inbox(), partition), end(brain.facts(), partition));
    }

    @Override
    public Ending commit(Transaction transaction) {
      if (transaction.records().stream().anyMatch(this::tooLarge)) {
        return new Ending.Unknown("a record is larger than the log takes");
      }
      Fate what = current() ? fate.apply(transaction) : Fate.FENCED;
      return switch (what) {
        case FENCED -> new Ending.Fenced();
        case POSTPONED -> new Ending.Postponed("simulated rebalance");
        case UNKNOWN_LOST -> new Ending.Unknown("simulated loss of the request");
        case UNKNOWN_KEPT -> {
          long unheard = write(transaction);
          yield new Ending.Unknown("simulated loss of the answer to offset " + unheard);
        }
        case WRITTEN -> new Ending.Committed(write(transaction));
      };
    }

    private boolean tooLarge(Outgoing record) {
      return record.value() != null && record.value().length > maxBytes();
    }

    private boolean current() {
      return epoch != null
          && (!fences || epoch.equals(epochs.get(place(brain.inbox(), partition))));
    }

    private long write(Transaction transaction) {
      long first = -1;
      var touched = new TreeSet<String>();
      for (Outgoing record : transaction.records()) {
        long offset = append(record);
        first = first < 0 ? offset : first;
        touched.add(place(record.topic(), record.partition()));
      }
      // The marker of the transaction takes an offset of its own.
      touched.forEach(at -> ends.merge(at, 1L, Long::sum));
      written.accept(transaction);
      return first;
    }

    @Override
    public void replay(long from, long to, Consumer<Entry> reader) {
      for (Entry entry : read(brain.inbox(), partition, from, Integer.MAX_VALUE)) {
        if (entry.offset() < to) {
          reader.accept(entry);
        }
      }
    }

    @Override
    public int maxBytes() {
      return 8 * 1024 * 1024;
    }

    @Override
    public void close() {
      epoch = null;
    }
  }
}
