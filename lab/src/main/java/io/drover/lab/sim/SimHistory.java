// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.sim;

import io.drover.engine.ServiceSpec;
import io.drover.runtime.Outgoing;
import io.drover.runtime.PartitionLog.Transaction;
import io.drover.schemas.Fact;
import io.drover.schemas.Message;
import io.drover.schemas.wire.Events;
import io.drover.schemas.wire.WireEvent;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** What the log holds of one brain, folded apart from its loops: the truth they are held to. */
final class SimHistory<S, M extends Message, O, F extends Fact, E> {
  private final Simulation sim;
  private final ServiceSpec<S, M, O, F, E> spec;
  private final Map<String, S> states = new TreeMap<>();
  private final Map<String, List<Fact>> facts = new TreeMap<>();
  private final Map<Integer, Long> tokens = new TreeMap<>();
  private final Map<String, Long> lastInput = new TreeMap<>();

  SimHistory(Simulation sim, ServiceSpec<S, M, O, F, E> spec) {
    this.sim = sim;
    this.spec = spec;
  }

  /** Folds a transaction that was written. */
  void written(int partition, Transaction transaction) {
    for (Outgoing record : transaction.records()) {
      byte[] value = record.value();
      if (!record.topic().equals(spec.brain().facts()) || value == null) {
        continue;
      }
      if (record.key().startsWith("~")) {
        long token = sim.log().end(spec.brain().facts(), partition) - 2;
        sim.check("I8 tokens grow", token > token(partition));
        tokens.put(partition, token);
        continue;
      }
      Fact fact = Events.decode(event(record.headers(), value));
      sim.trace("fact " + record.key() + " " + fact);
      facts.computeIfAbsent(record.key(), _ -> new ArrayList<>()).add(fact);
      states.put(
          record.key(), spec.decider().evolve(state(record.key()), spec.types().fact().cast(fact)));
      exactlyOnce(record);
    }
  }

  /** No input makes facts in two transactions; the sequence of a key has no gap. */
  private void exactlyOnce(Outgoing record) {
    long sequence = Long.parseLong(record.headers().getOrDefault("ce_sequence", "-1"));
    sim.check(
        "I10 the facts of " + record.key() + " are numbered without a gap",
        sequence == facts.getOrDefault(record.key(), List.of()).size());
    String cause = record.headers().getOrDefault("ce_causationid", "");
    long offset = Long.parseLong(cause.substring(cause.lastIndexOf('-') + 1));
    sim.check(
        "I10 the inputs of " + record.key() + " are decided in order, once",
        offset >= lastInput.getOrDefault(record.key(), -1L));
    lastInput.put(record.key(), offset);
  }

  private static WireEvent event(Map<String, String> headers, byte[] value) {
    var attributes = new LinkedHashMap<String, String>();
    headers.forEach((name, text) -> {
      if (name.startsWith("ce_")) {
        attributes.put(name.substring(3), text);
      }
    });
    return new WireEvent(attributes, value);
  }

  /** The claim of a partition that was written last; -1 before the first. */
  long token(int partition) {
    return tokens.getOrDefault(partition, -1L);
  }

  /** The state of each key that has facts. */
  Map<String, S> states() {
    return states;
  }

  /** The state of a key, which may have no facts yet. */
  S state(String key) {
    S state = states.get(key);
    return state == null ? spec.decider().initial(key) : state;
  }

  List<Fact> facts(String key) {
    return List.copyOf(facts.getOrDefault(key, List.of()));
  }

  /** Keys that have facts. */
  List<String> keys() {
    return List.copyOf(facts.keySet());
  }
}
