// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import io.drover.engine.ServiceSpec;
import io.drover.runtime.Codec;
import io.drover.runtime.Outgoing;
import io.drover.runtime.Partitions;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * All brains on one thread, in simulated time, with the loop that ships, from one seed. Invariants
 * are checked after every event; what fails names its seed.
 *
 * <pre>{@code
 * var sim = new Simulation(seed, 3, 4, Faults.swarm(new Random(seed)));
 * sim.brain(spec, SimHand.of(hand));
 * sim.invariant("one target at most", () -> world.targets() <= 1);
 * sim.tell(Brain.MIGRATION, key, message, actor);
 * sim.run(Duration.ofMinutes(30));   // with faults
 * sim.settle(Duration.ofHours(2));   // without, until nothing happens any more
 * }</pre>
 */
public final class Simulation {
  private static final Instant EPOCH = Instant.parse("2026-01-01T00:00:00Z");
  private static final int TRACE = 60;

  private final long seed;
  private final int partitions;
  private final Faults wanted;
  private final Random luck;
  private final MemoryLog log = new MemoryLog(this::now);
  private final PriorityQueue<Event> events = new PriorityQueue<>();
  private final Map<Brain, SimBrain<?, ?, ?, ?, ?>> brains = new EnumMap<>(Brain.class);
  private final List<Process> processes = new ArrayList<>();
  private final Map<String, Invariant> invariants = new LinkedHashMap<>();
  private final Deque<String> trace = new ArrayDeque<>();
  private final Coordinator coordinator;
  private Faults faults;
  private Instant now = EPOCH;
  private long order;
  private long happened;
  private long hash = 1125899906842597L;

  /** Something that always holds. */
  @FunctionalInterface
  public interface Invariant {
    /** Whether it holds; may throw {@link Failure} to say more. */
    boolean holds();
  }

  /** An invariant did not hold; the message has the seed and what happened last. */
  public static final class Failure extends RuntimeException {
    private static final long serialVersionUID = 1;

    Failure(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  /** Thrown inside of a process to let it die on the spot. */
  static final class Crash extends RuntimeException {
    private static final long serialVersionUID = 1;

    Crash() {
      super("simulated crash", null, false, false);
    }
  }

  private record Event(Instant at, long order, Runnable what) implements Comparable<Event> {
    @Override
    public int compareTo(Event other) {
      int byTime = at.compareTo(other.at);
      return byTime != 0 ? byTime : Long.compare(order, other.order);
    }
  }

  /**
   * Prepares a world.
   *
   * @param processes how many instances share the partitions
   * @param partitions partition count of every topic
   */
  public Simulation(long seed, int processes, int partitions, Faults faults) {
    this.seed = seed;
    this.partitions = partitions;
    this.wanted = faults;
    this.faults = faults;
    this.luck = new Random(seed * 31 + 7);
    this.coordinator = new Coordinator(this);
    for (int i = 1; i <= processes; i++) {
      this.processes.add(new Process(this, i));
    }
    log.onAppend(
        (topic, partition) -> brains.values().forEach(brain -> brain.appended(topic, partition)));
  }

  /**
   * Runs a body for every seed of {@code count}, or only for the one of the system property {@code
   * sim.seed}. A failure names the line that repeats it.
   *
   * @param repro for example {@code mvn -pl lab test -Dtest=JourneySimulationTest}
   */
  public static void seeds(int count, String repro, LongConsumer body) {
    Long only = Long.getLong("sim.seed");
    long first = only == null ? 1 : only;
    long last = only == null ? Integer.getInteger("sim.seeds", count) : only;
    for (long seed = first; seed <= last; seed++) {
      try {
        body.accept(seed);
      } catch (RuntimeException | AssertionError e) {
        throw new AssertionError(
            "Seed %d failed. Repeat it: %s -Dsim.seed=%d%n%s"
                .formatted(seed, repro, seed, e.getMessage()),
            e);
      }
    }
  }

  /** Adds a brain; every process is ready to run it. */
  public <S, M extends Message, O, F extends Fact, E> void brain(
      ServiceSpec<S, M, O, F, E> spec, SimHand<E, O> hand) {
    var brain = new SimBrain<>(this, spec, hand);
    brains.put(spec.brain(), brain);
    coordinator.assignAll(brain);
  }

  /** Adds something that must hold after every event. */
  public void invariant(String name, Invariant invariant) {
    invariants.put(name, invariant);
  }

  /** Appends a message to an inbox now. */
  public void tell(Brain to, String key, Message message, Actor by) {
    append(to, key, Map.of(), Codec.told(message, by));
  }

  /** Appends any record to an inbox now. */
  // NullAway loses the annotation of an array in the constructor of a record of another module.
  @SuppressWarnings("NullAway")
  public void append(Brain to, String key, Map<String, String> headers, byte @Nullable [] value) {
    log.append(new Outgoing(to.inbox(), Partitions.of(key, partitions), key, headers, value));
  }

  /** Every process that lives dies now, whatever it is at; each comes back after a while. */
  public void crashAll() {
    for (Process process : List.copyOf(processes)) {
      if (process.alive()) {
        coordinator.crash(process);
      }
    }
  }

  /** Has something happen later, whatever becomes of the processes. */
  public void after(Duration delay, Runnable what) {
    events.add(new Event(now.plus(delay), order++, what));
  }

  /** Runs for a while, with faults. */
  public void run(Duration time) {
    faults = wanted;
    coordinator.unrest();
    Instant until = now.plus(time);
    go(until, false);
  }

  /**
   * Runs without faults until nothing happens any more.
   *
   * @throws Failure if there is no quiet within {@code most}
   */
  public void settle(Duration most) {
    faults = Faults.NONE;
    coordinator.peace();
    Instant until = now.plus(most);
    go(until, true);
    if (!events.isEmpty()) {
      throw failure("no quiet within " + most, null);
    }
  }

  private void go(Instant until, boolean quiet) {
    while (true) {
      Event next = events.peek();
      if (next == null || next.at().isAfter(until)) {
        if (!quiet) {
          now = until;
        }
        return;
      }
      events.poll();
      now = next.at();
      happened++;
      try {
        next.what().run();
      } catch (Failure e) {
        throw e;
      } catch (RuntimeException | AssertionError e) {
        throw failure("the body failed: " + e, e);
      }
      check();
    }
  }

  private void check() {
    invariants.forEach((name, invariant) -> check(name, invariant.holds()));
  }

  /** Ends the simulation where something does not hold. */
  void check(String what, boolean holds) {
    if (!holds) {
      throw failure("does not hold: " + what, null);
    }
  }

  /** A failure that names the seed and shows what happened last. */
  public Failure failure(String what, @Nullable Throwable cause) {
    return new Failure(
        "seed %d, event %d, %s: %s%n%s"
            .formatted(seed, happened, now, what, String.join("\n", trace)),
        cause);
  }

  /** Notes what happened, for the report of a failure and the {@link #hash}. */
  public void trace(String what) {
    String line = Duration.between(EPOCH, now) + " " + what;
    hash = hash * 31 + line.hashCode();
    trace.add(line);
    if (trace.size() > TRACE) {
      trace.removeFirst();
    }
  }

  /** A hash of all that happened: the same seed gives the same. */
  public long hash() {
    return hash;
  }

  /** Events so far. */
  public long events() {
    return happened;
  }

  public Instant now() {
    return now;
  }

  public MemoryLog log() {
    return log;
  }

  /** The faults in force. */
  public Faults faults() {
    return faults;
  }

  public Random random() {
    return luck;
  }

  /** True with the given probability. */
  public boolean luck(double probability) {
    return probability > 0 && luck.nextDouble() < probability;
  }

  /** A random span below {@code millis}, mostly short. */
  public Duration span(long millis) {
    double part = luck.nextDouble();
    return Duration.ofNanos((long) (millis * 1_000_000.0 * part * part * part) + 1000);
  }

  /** The state of a key as its facts fold; the initial one if there are none. */
  public <S> S state(Brain brain, String key, Class<S> type) {
    return type.cast(of(brain).history().state(key));
  }

  /** All facts of a brain's key, in order. */
  public List<Fact> facts(Brain brain, String key) {
    return of(brain).history().facts(key);
  }

  /** The keys that a brain has facts of. */
  public List<String> keys(Brain brain) {
    return of(brain).history().keys();
  }

  /** The quarantined keys of a brain, as its owners know them. */
  public Map<String, String> quarantined(Brain brain) {
    return of(brain).quarantined();
  }

  /** Hands at work for a brain in all living processes. */
  public int running(Brain brain) {
    return of(brain).running();
  }

  private SimBrain<?, ?, ?, ?, ?> of(Brain brain) {
    var found = brains.get(brain);
    if (found == null) {
      throw new IllegalArgumentException("No brain " + brain + " in this simulation");
    }
    return found;
  }

  int partitions() {
    return partitions;
  }

  List<Process> processes() {
    return processes;
  }

  Iterable<SimBrain<?, ?, ?, ?, ?>> brains() {
    return brains.values();
  }

  Coordinator coordinator() {
    return coordinator;
  }

  /** A process: it lives, pauses, dies and comes back under a new name. */
  public static final class Process {
    private final Simulation sim;
    private final int number;
    private int life = 1;
    private boolean alive = true;
    private Instant pausedUntil = EPOCH;

    Process(Simulation sim, int number) {
      this.sim = sim;
      this.number = number;
    }

    public Simulation simulation() {
      return sim;
    }

    /** Name of this life of the process. */
    public String instance() {
      return "p" + number + "." + life;
    }

    public boolean alive() {
      return alive;
    }

    boolean paused() {
      return pausedUntil.isAfter(sim.now());
    }

    void pause(Duration time) {
      pausedUntil = sim.now().plus(time);
    }

    void die() {
      alive = false;
      sim.trace("crash " + instance());
    }

    void live() {
      life++;
      alive = true;
      pausedUntil = EPOCH;
      sim.trace("start " + instance());
    }

    /** Has something happen in this process, unless it dies before; pauses hold it up. */
    public void after(Duration delay, Runnable what) {
      int mine = life;
      sim.after(delay, () -> now(mine, what));
    }

    private void now(int mine, Runnable what) {
      if (!alive || life != mine) {
        return;
      }
      if (paused()) {
        sim.after(Duration.between(sim.now(), pausedUntil).plusMillis(1), () -> now(mine, what));
        return;
      }
      try {
        what.run();
      } catch (Crash e) {
        sim.coordinator().crash(this);
      }
    }
  }
}
