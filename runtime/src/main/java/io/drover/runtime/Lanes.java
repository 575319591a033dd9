// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import io.drover.engine.Intent;
import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.schemas.EffectId;
import io.drover.schemas.Token;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Which effects of a brain run in this process, and which must wait: one at a time per lane of a
 * key, in order. Compares what a state wants with what runs; starts, stops and answers what is
 * missing. Outlives the partitions: a hand that was let go still occupies its lane until it has
 * really ended.
 */
public final class Lanes<O, E> {
  private final Muscle<O, E> muscle;
  private final Answers<O> answers;
  private final Map<String, Key> keys = new TreeMap<>();
  private int running;

  /** Runs hands: on virtual threads, or in the simulation's time. */
  @FunctionalInterface
  public interface Muscle<O, E> {
    /** Begins; {@code ended} is called exactly once, when nothing of the effect runs any more. */
    void begin(Order<E> order, Consumer<Outcome<O>> ended);
  }

  /** Tells the inbox how an effect came out. Must not block. */
  @FunctionalInterface
  public interface Answers<O> {
    /**
     * The outcome is to reach the inbox of the key, at least once while this process lives.
     *
     * @param token of the claim under which the effect was begun
     */
    void answer(String key, EffectId effect, Token token, Outcome<O> outcome);
  }

  private enum Phase {
    QUEUED,
    RUNNING,
    ANSWERED
  }

  private static final class Key {
    /** What the state wants, by id. */
    final Map<EffectId, Job<?>> wanted = new LinkedHashMap<>();

    final Map<String, Deque<Job<?>>> queues = new TreeMap<>();
    final Map<String, Job<?>> busy = new TreeMap<>();

    boolean empty() {
      return wanted.isEmpty()
          && busy.isEmpty()
          && queues.values().stream().allMatch(Deque::isEmpty);
    }
  }

  private static final class Job<E> implements StopSignal {
    final int partition;
    final EffectId id;
    final String lane;
    final E effect;
    final Token token;
    Phase phase = Phase.QUEUED;

    /** Nobody wants to hear how it came out. */
    boolean mute;

    /** Its stop is to be answered as soon as an older run of the same effect has ended. */
    boolean awaitsEnd;

    private volatile boolean stop;

    Job(int partition, Intent<E> intent, Token token) {
      this.partition = partition;
      this.id = intent.id();
      this.lane = intent.lane();
      this.effect = intent.effect();
      this.token = token;
    }

    @Override
    public boolean raised() {
      return stop;
    }
  }

  public Lanes(Muscle<O, E> muscle, Answers<O> answers) {
    this.muscle = muscle;
    this.answers = answers;
  }

  /** Makes what runs for {@code key} agree with {@code intents}. */
  public void want(int partition, String key, Token token, List<Intent<E>> intents) {
    var then = new ArrayList<Runnable>();
    synchronized (this) {
      Key found = keys.get(key);
      if (found == null) {
        if (intents.isEmpty()) {
          return;
        }
        found = new Key();
        keys.put(key, found);
      }
      var ids = new HashSet<EffectId>();
      intents.forEach(intent -> ids.add(intent.id()));
      drop(found, ids);
      for (Intent<E> intent : intents) {
        Job<?> job = found.wanted.get(intent.id());
        if (job == null) {
          admit(key, found, new Job<>(partition, intent, token), intent.stopping(), then);
        } else if (intent.stopping() && !job.stop) {
          job.stop = true;
          if (job.phase == Phase.QUEUED) {
            unqueue(found, job);
            stopped(key, found, job, then);
          }
        }
      }
      pump(key, found, then);
      if (found.empty()) {
        keys.remove(key);
      }
    }
    then.forEach(Runnable::run);
  }

  /** Forgets the keys of a partition that are not among {@code present}. */
  public void keep(int partition, Collection<String> present) {
    List<String> gone;
    synchronized (this) {
      gone =
          keys.entrySet().stream()
              .filter(e -> !present.contains(e.getKey()))
              .filter(e ->
                  e.getValue().wanted.values().stream().anyMatch(j -> j.partition == partition))
              .map(Map.Entry::getKey)
              .toList();
    }
    gone.forEach(key -> want(partition, key, new Token(-1), List.of()));
  }

  /** Raises the stop of all that runs for a partition and forgets what it wanted. */
  public synchronized void halt(int partition) {
    for (Iterator<Key> all = keys.values().iterator(); all.hasNext(); ) {
      Key key = all.next();
      if (key.wanted.values().stream().anyMatch(job -> job.partition == partition)) {
        drop(key, new HashSet<>());
      }
      if (key.empty()) {
        all.remove();
      }
    }
  }

  /** Hands at work in this process, those that were let go included. */
  public synchronized int running() {
    return running;
  }

  /** Waits until no hand is at work, or {@code millis} have passed; says whether none is. */
  public synchronized boolean awaitIdle(long millis) throws InterruptedException {
    long until = System.nanoTime() + millis * 1_000_000;
    while (running > 0) {
      long left = (until - System.nanoTime()) / 1_000_000;
      if (left <= 0) {
        return false;
      }
      wait(left);
    }
    return true;
  }

  /** What is not among {@code ids} any more ends quietly. */
  private void drop(Key key, HashSet<EffectId> ids) {
    for (Iterator<Job<?>> all = key.wanted.values().iterator(); all.hasNext(); ) {
      Job<?> job = all.next();
      if (!ids.contains(job.id)) {
        all.remove();
        job.mute = true;
        job.stop = true;
        if (job.phase == Phase.QUEUED) {
          unqueue(key, job);
        }
      }
    }
  }

  private void admit(String name, Key key, Job<E> job, boolean stopping, List<Runnable> then) {
    key.wanted.put(job.id, job);
    if (!stopping) {
      key.queues.computeIfAbsent(job.lane, _ -> new ArrayDeque<>()).add(job);
      return;
    }
    job.stop = true;
    Job<?> older = key.busy.get(job.lane);
    if (older != null && older.id.equals(job.id)) {
      // Let go before, wanted again: it is stopped once it has really ended.
      job.awaitsEnd = true;
    } else {
      stopped(name, key, job, then);
    }
  }

  private void stopped(String name, Key key, Job<?> job, List<Runnable> then) {
    job.phase = Phase.ANSWERED;
    then.add(() -> answers.answer(name, job.id, job.token, new Outcome.Stopped<>()));
  }

  private static void unqueue(Key key, Job<?> job) {
    Deque<Job<?>> queue = key.queues.get(job.lane);
    if (queue != null) {
      queue.remove(job);
    }
  }

  @SuppressWarnings("unchecked")
  private void pump(String name, Key key, List<Runnable> then) {
    for (var queue : key.queues.entrySet()) {
      if (key.busy.containsKey(queue.getKey())) {
        continue;
      }
      @Nullable Job<?> next = queue.getValue().poll();
      if (next == null) {
        continue;
      }
      next.phase = Phase.RUNNING;
      key.busy.put(queue.getKey(), next);
      running++;
      var job = (Job<E>) next;
      var order = new Order<>(job.id, name, job.token, job.effect, job, Progress.NONE);
      then.add(() -> muscle.begin(order, outcome -> ended(name, job, outcome)));
    }
    key.queues.values().removeIf(Deque::isEmpty);
  }

  private void ended(String name, Job<E> job, Outcome<O> outcome) {
    var then = new ArrayList<Runnable>();
    synchronized (this) {
      running--;
      notifyAll();
      Key key = keys.get(name);
      if (key == null || key.busy.get(job.lane) != job) {
        throw new IllegalStateException("Effect " + job.id + " ended twice");
      }
      key.busy.remove(job.lane);
      if (!job.mute) {
        job.phase = Phase.ANSWERED;
        then.add(() -> answers.answer(name, job.id, job.token, outcome));
      } else {
        for (Job<?> waiting : key.wanted.values()) {
          if (waiting.awaitsEnd && waiting.id.equals(job.id)) {
            waiting.awaitsEnd = false;
            stopped(name, key, waiting, then);
          }
        }
      }
      pump(name, key, then);
      if (key.empty()) {
        keys.remove(name);
      }
    }
    then.forEach(Runnable::run);
  }
}
