// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import io.drover.engine.Order;
import io.drover.engine.Outcome;
import io.drover.engine.ServiceSpec;
import io.drover.lab.sim.MemoryLog.Fate;
import io.drover.lab.sim.Simulation.Process;
import io.drover.runtime.Alarms;
import io.drover.runtime.Answering;
import io.drover.runtime.Codec;
import io.drover.runtime.Entry;
import io.drover.runtime.Inbox;
import io.drover.runtime.Lanes;
import io.drover.runtime.Limbs;
import io.drover.runtime.PartitionLog.Ending;
import io.drover.runtime.PartitionLog.Transaction;
import io.drover.runtime.PartitionLoop;
import io.drover.runtime.Partitions;
import io.drover.runtime.Vitals;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * One brain in a simulation: its loops in the processes, held to the {@link SimHistory} beside
 * them.
 */
final class SimBrain<S, M extends Message, O, F extends Fact, E> {
  private final Simulation sim;
  private final ServiceSpec<S, M, O, F, E> spec;
  private final SimHand<E, O> hand;
  private final Map<Integer, Owner> owners = new TreeMap<>();
  private final List<Owner> all = new ArrayList<>();
  private final Map<String, Limbs<O, E>> limbs = new TreeMap<>();
  private final SimHistory<S, M, O, F, E> history;

  /** A loop in a process that was given a partition, and may not know that it lost it. */
  private final class Owner {
    final int partition;
    final Process process;
    final String instance;
    final PartitionLoop<S, M, O, F, E> loop;
    boolean running;
    boolean gone;
    boolean polls;

    Owner(int partition, Process process) {
      this.partition = partition;
      this.process = process;
      this.instance = process.instance();
      this.loop =
          new PartitionLoop<>(
              spec,
              new PartitionLoop.Place(partition, sim.partitions(), instance),
              sim.log().owner(spec.brain(), partition, tx -> fate(), tx -> written(partition, tx)),
              limbs(process),
              Vitals.NONE);
    }
  }

  SimBrain(Simulation sim, ServiceSpec<S, M, O, F, E> spec, SimHand<E, O> hand) {
    this.sim = sim;
    this.spec = spec;
    this.hand = hand;
    this.history = new SimHistory<>(sim, spec);
  }

  /** The limbs of this brain in this life of a process. */
  private Limbs<O, E> limbs(Process process) {
    return limbs.computeIfAbsent(
        process.instance(),
        instance -> {
          Inbox inbox =
              (to, key, headers, value) -> {
                int times = sim.luck(sim.faults().duplicate()) ? 2 : 1;
                for (int i = 0; i < times; i++) {
                  process.after(
                      sim.span(sim.faults().longestDelay().toMillis()),
                      () -> sim.append(to, key, headers, value));
                }
              };
          var answering =
              new Answering<>(
                  spec.brain(),
                  new Codec<>(spec.types()),
                  inbox,
                  errand -> {
                    try {
                      errand.run();
                    } catch (InterruptedException e) {
                      throw new IllegalStateException(e);
                    }
                  });
          Lanes.Muscle<O, E> muscle =
              (order, ended) -> process.after(Duration.ZERO, () -> begin(process, order, ended));
          return new Limbs<>(
              new Lanes<>(muscle, answering), new Alarms(new Clock(process), answering));
        });
  }

  private void begin(Process process, Order<E> order, Consumer<Outcome<O>> ended) {
    sim.check(
        "I3 an effect begins only if a committed state wants it, or wanted it: " + order.id(),
        spec.decider().resume(history.state(order.key())).stream()
                .anyMatch(intent -> intent.id().equals(order.id()))
            || order.stop().raised()
            || !currentOwner(order)
            || inDoubt(order.key()));
    sim.trace("begin " + process.instance() + " " + order.key() + " " + order.id());
    var once = new boolean[1];
    hand.begin(
        order,
        process,
        outcome -> {
          sim.check("I4 a hand ends once: " + order.id(), !once[0]);
          once[0] = true;
          sim.trace("ended " + order.key() + " " + order.id() + " " + outcome);
          ended.accept(outcome);
        });
  }

  /** Whether the order is of the claim that the log saw last: a zombie's is not. */
  private boolean currentOwner(Order<E> order) {
    int partition = Partitions.of(order.key(), sim.partitions());
    return order.token().value() == history.token(partition);
  }

  /** Whether the owner does not know yet how its last commit came out. */
  private boolean inDoubt(String key) {
    int partition = Partitions.of(key, sim.partitions());
    Owner owner = owners.get(partition);
    return owner == null || !owner.running;
  }

  private record Clock(Process process) implements Alarms.Clockwork {
    @Override
    public Instant now() {
      return process.simulation().now();
    }

    @Override
    public Runnable after(Duration delay, Runnable ring) {
      var off = new boolean[1];
      process.after(
          delay,
          () -> {
            if (!off[0]) {
              ring.run();
            }
          });
      return () -> off[0] = true;
    }
  }

  private Fate fate() {
    var faults = sim.faults();
    if (sim.luck(faults.crashBeforeCommit())) {
      throw new Simulation.Crash();
    }
    if (sim.luck(faults.unknownLost())) {
      return Fate.UNKNOWN_LOST;
    }
    if (sim.luck(faults.unknownKept())) {
      return Fate.UNKNOWN_KEPT;
    }
    return sim.luck(faults.postponed()) ? Fate.POSTPONED : Fate.WRITTEN;
  }

  private void written(int partition, Transaction transaction) {
    history.written(partition, transaction);
    if (sim.luck(sim.faults().crashAfterCommit())) {
      throw new Simulation.Crash();
    }
  }

  /** The group gives a partition to a process. */
  void assign(int partition, Process process) {
    for (Owner old : List.copyOf(all)) {
      if (old.partition == partition && old.process == process) {
        // A consumer hears of what it lost before it is given it again.
        letGo(old);
      }
    }
    var owner = new Owner(partition, process);
    owners.put(partition, owner);
    all.add(owner);
    sim.trace("assign " + spec.brain().entity() + "-" + partition + " " + owner.instance);
    process.after(sim.span(500), () -> takeOver(owner));
  }

  private void takeOver(Owner owner) {
    if (owner.gone) {
      return;
    }
    switch (owner.loop.takeOver(sim.now())) {
      case Ending.Committed _ -> {
        owner.running = true;
        sim.trace(
            "owner %s-%d %s %s"
                .formatted(
                    spec.brain().entity(), owner.partition, owner.instance, owner.loop.token()));
        agree(owner);
        poll(owner);
      }
      case Ending.Fenced _ -> drop(owner);
      case Ending.Postponed _, Ending.Unknown _ -> {
        owner.running = false;
        owner.process.after(Duration.ofMillis(100), () -> takeOver(owner));
      }
    }
  }

  /** What the loop read is what the facts fold to. */
  private void agree(Owner owner) {
    history
        .states()
        .forEach((key, state) -> {
          if (Partitions.of(key, sim.partitions()) == owner.partition
              && !owner.loop.quarantined().containsKey(key)) {
            S loaded = owner.loop.state(key);
            sim.check(
                "I9 the state of %s is the fold of its facts: %s but %s"
                    .formatted(key, loaded, state),
                state.equals(loaded == null ? spec.decider().initial(key) : loaded));
          }
        });
  }

  void appended(String topic, int partition) {
    if (topic.equals(spec.brain().inbox())) {
      for (Owner owner : all) {
        if (owner.partition == partition && owner.running) {
          poll(owner);
        }
      }
    }
  }

  private void poll(Owner owner) {
    if (!owner.polls) {
      owner.polls = true;
      owner.process.after(
          sim.span(20),
          () -> {
            owner.polls = false;
            process(owner);
          });
    }
  }

  private void process(Owner owner) {
    if (owner.gone || !owner.running) {
      return;
    }
    List<Entry> entries =
        sim.log()
            .read(
                spec.brain().inbox(),
                owner.partition,
                owner.loop.next(),
                1 + sim.random().nextInt(10));
    if (entries.isEmpty()) {
      // As a consumer's position: markers of transactions are behind it, too.
      owner.loop.heard(sim.log().end(spec.brain().inbox(), owner.partition));
      return;
    }
    switch (owner.loop.process(entries)) {
      case Ending.Committed _, Ending.Postponed _ -> {
        agreeOn(owner, entries);
        poll(owner);
      }
      case Ending.Fenced _ -> drop(owner);
      case Ending.Unknown _ -> {
        owner.running = false;
        sim.trace("unknown " + spec.brain().entity() + "-" + owner.partition);
        owner.process.after(sim.span(200), () -> takeOver(owner));
      }
    }
  }

  private void agreeOn(Owner owner, List<Entry> entries) {
    for (Entry entry : entries) {
      String key = entry.key();
      S state = key == null ? null : owner.loop.state(key);
      if (key != null && state != null && !owner.loop.quarantined().containsKey(key)) {
        sim.check(
            "I9 the state of " + key + " is the fold of its facts",
            state.equals(history.state(key)));
      }
    }
  }

  private void drop(Owner owner) {
    sim.trace("fenced " + spec.brain().entity() + "-" + owner.partition + " " + owner.instance);
    letGo(owner);
    // Fenced by a claim that came too late, and the group still says it is ours: claim again.
    owner.process.after(
        Duration.ofSeconds(9),
        () -> {
          if (owners.get(owner.partition) == owner) {
            assign(owner.partition, owner.process);
          }
        });
  }

  private void letGo(Owner owner) {
    owner.gone = true;
    owner.running = false;
    all.remove(owner);
    owner.loop.release();
  }

  /** A process died: its loops are gone, its limbs with it. */
  void died(Process process) {
    for (Owner owner : List.copyOf(all)) {
      if (owner.process == process) {
        owner.gone = true;
        owner.running = false;
        all.remove(owner);
      }
    }
    limbs.remove(process.instance());
  }

  /** A process that paused hears what it lost. */
  void wake(Process process) {
    for (Owner owner : List.copyOf(all)) {
      if (owner.process == process && owners.get(owner.partition) != owner) {
        process.after(
            sim.span(100),
            () -> {
              if (!owner.gone) {
                letGo(owner);
              }
              sim.coordinator().orphans(this);
            });
      }
    }
  }

  /** An orderly rebalance: the old owner lets go, then the new one claims. */
  void move(int partition, Process to) {
    Owner owner = owners.get(partition);
    if (owner == null || owner.process == to || owner.gone || owner.process.paused()) {
      return;
    }
    sim.trace("move " + spec.brain().entity() + "-" + partition + " " + to.instance());
    letGo(owner);
    assign(partition, to);
  }

  List<Integer> ownedBy(Process process) {
    return owners.entrySet().stream()
        .filter(e -> e.getValue().process == process)
        .filter(e -> e.getValue().gone || process.paused() || !process.alive())
        .map(Map.Entry::getKey)
        .toList();
  }

  void orphan(int partition) {
    owners.remove(partition);
  }

  List<Integer> orphans() {
    var orphans = new ArrayList<Integer>();
    for (int partition = 0; partition < sim.partitions(); partition++) {
      Owner owner = owners.get(partition);
      if (owner == null
          || !owner.process.alive()
          || (owner.gone && !owner.instance.equals(owner.process.instance()))) {
        orphans.add(partition);
      }
    }
    return orphans;
  }

  /** What was written of this brain. */
  SimHistory<S, M, O, F, E> history() {
    return history;
  }

  Map<String, String> quarantined() {
    var found = new TreeMap<String, String>();
    owners.values().stream()
        .filter(owner -> !owner.gone)
        .forEach(owner -> found.putAll(owner.loop.quarantined()));
    return found;
  }

  int running() {
    return limbs.values().stream().mapToInt(l -> l.lanes().running()).sum();
  }
}
