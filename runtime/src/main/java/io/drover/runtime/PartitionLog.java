// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One partition of a brain's topics, as its owner sees it. Kafka and the simulation's memory log
 * implement it, so the loop that ships is the loop under test. Used by one thread at a time.
 */
public interface PartitionLog extends AutoCloseable {
  /**
   * Fences every former owner, then reads the state topic to its end. Nothing that is not in the
   * answer can be committed any more by anybody but this owner.
   *
   * @throws LogException if the log cannot be reached, or this owner was itself fenced
   */
  Claim claim();

  /** Writes all of a transaction, or nothing. Never throws for what the log did. */
  Ending commit(Transaction transaction);

  /**
   * Reads committed inputs again, in order, for the retry of a quarantined key.
   *
   * @param from first offset, inclusive
   * @param to last offset, exclusive
   * @throws LogException if the log cannot be reached
   */
  void replay(long from, long to, Consumer<Entry> reader);

  /** The largest record that the log takes, in bytes. */
  int maxBytes();

  @Override
  void close();

  /**
   * What the owner found.
   *
   * @param state the latest record of each key of the state topic
   * @param earliest first offset that the inbox still has
   * @param latest offset of the next record of the inbox, behind all that was ever sent to it
   * @param facts offset of the next record of the facts: the tokens of former owners are less, and
   *     this one's will not be
   */
  record Claim(List<Saved> state, long earliest, long latest, long facts) {
    public Claim {
      state = List.copyOf(state);
    }
  }

  /** A record of the state topic; never a tombstone. */
  record Saved(String key, byte[] value) {}

  /**
   * What is to be written at once.
   *
   * @param next offset of the first input that is not yet dealt with; negative where no input was
   *     dealt with at all
   */
  record Transaction(List<Outgoing> records, long next) {
    public Transaction {
      records = List.copyOf(records);
    }
  }

  /** How a commit came out. */
  sealed interface Ending {
    /**
     * All of it is written.
     *
     * @param first offset that the first record got; -1 if there was none
     */
    record Committed(long first) implements Ending {}

    /**
     * Nothing is written, because the group is being rebalanced. If the partition is still ours
     * after that, present the same inputs again.
     */
    record Postponed(String why) implements Ending {}

    /** Another owner claimed the partition; nothing is written. Drop it and wait. */
    record Fenced() implements Ending {}

    /** Written or not, nobody knows: claim anew and read. */
    record Unknown(String why) implements Ending {}
  }

  /** The log could not answer. */
  final class LogException extends RuntimeException {
    private static final long serialVersionUID = 1;

    private final boolean fenced;

    public LogException(String what, boolean fenced, @Nullable Throwable cause) {
      super(what, cause);
      this.fenced = fenced;
    }

    /** Whether another owner is the reason. */
    public boolean fenced() {
      return fenced;
    }
  }
}
