// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.runtime.Inbox;
import io.drover.schemas.Brain;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.DiskProgress;
import io.drover.schemas.DispatchFact;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.Fact;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryFact;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.Phase;
import io.drover.schemas.PlanFact;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.Topics;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.WaveStatus;
import io.drover.schemas.wire.Envelope;
import io.drover.schemas.wire.Events;
import io.drover.schemas.wire.Json;
import io.drover.schemas.wire.WireEvent;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The read model: everything the console shows, folded from the public topics. Thread safe. It
 * never decides anything and can be thrown away at any time.
 */
public final class Herd {
  /** Hears of every change, already folded. */
  public interface Listener {
    /**
     * @param kind {@code migration}, {@code wave}, {@code progress}, {@code quarantine}, {@code
     *     stopped} or {@code fact}
     * @param key what changed: a later change of the same kind and key replaces this one
     */
    void changed(String kind, String key, Object document);
  }

  /**
   * The bytes of a disk that came to their volume.
   *
   * @param vm VM key text
   * @param datastore that they were read from, empty if that is not known
   * @param storageClass that they came into, empty if that is not known
   */
  public record CopiedDisk(
      String vm, String datastore, String storageClass, CopyEvidence.DiskTransferred seen) {}

  /** A journey that has not ended, as its plan knows it. */
  public record Going(MigrationSpec spec, Phase phase, Checkpoint checkpoint) {}

  private final Copies copies = new Copies();
  private final Map<String, Inventory> inventory = new TreeMap<>();
  private final Map<String, Long> versions = new HashMap<>();
  private final Map<String, MigrationStatus> migrations = new TreeMap<>();
  private final Set<String> stopped = new TreeSet<>();
  private final Map<String, Limits> limits = new HashMap<>();
  private final Map<String, WaveStatus> waves = new TreeMap<>();
  private final Plans plans = new Plans();

  private final Map<String, DiskProgress> progress = new HashMap<>();
  private final Map<String, QuarantinedKey> quarantine = new TreeMap<>();
  private final RecentFacts facts;
  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  public Herd() {
    this(RecentFacts.KEPT);
  }

  /**
   * The same.
   *
   * @param kept how many facts are kept for the lists
   */
  Herd(int kept) {
    this.facts = new RecentFacts(kept);
  }

  /** The topics to feed in. */
  public static List<String> topics() {
    var topics = new ArrayList<String>();
    for (Brain brain : Brain.values()) {
      topics.add(brain.facts());
    }
    topics.add(Topics.MIGRATION_STATUS);
    topics.add(Topics.WAVE_STATUS);
    topics.add(Topics.PROGRESS);
    topics.add(Topics.QUARANTINE);
    return topics;
  }

  /** Adds a listener; call the result to take it away. */
  public Runnable listen(Listener listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Folds a record in. Throws {@link IllegalArgumentException} for one that cannot be read. */
  public void apply(Read read) {
    switch (read.topic()) {
      case Topics.MIGRATION_STATUS -> status(read, MigrationStatus.class, migrations, "migration");
      case Topics.WAVE_STATUS -> status(read, WaveStatus.class, waves, "wave");
      case Topics.PROGRESS -> progress(read);
      case Topics.QUARANTINE -> quarantine(read);
      default -> fact(read);
    }
  }

  private <T> void status(Read read, Class<T> type, Map<String, T> into, String kind) {
    T document = read.value() == null ? null : Json.read(read.value(), type);
    synchronized (this) {
      if (document == null) {
        into.remove(read.key());
      } else {
        into.put(read.key(), document);
      }
    }
    if (document != null) {
      tell(kind, read.key(), document);
    }
  }

  private void progress(Read read) {
    if (read.value() == null) {
      return;
    }
    DiskProgress report = Json.read(read.value(), DiskProgress.class);
    synchronized (this) {
      progress.put(report.vm() + "#" + report.diskKey(), report);
    }
    tell("progress", report.vm() + "#" + report.diskKey(), report);
  }

  private void quarantine(Read read) {
    Map<String, String> headers = read.headers();
    String brain = headers.getOrDefault("drover-brain", "");
    String name = brain + " " + read.key();
    synchronized (this) {
      if (headers.containsKey(Inbox.RELEASED)) {
        quarantine.remove(name);
      } else if (quarantine.containsKey(name)) {
        quarantine.computeIfPresent(name, (_, known) -> known.another());
      } else {
        quarantine.put(
            name,
            new QuarantinedKey(
                brain,
                read.key(),
                Long.parseLong(headers.getOrDefault("drover-offset", "-1")),
                headers.getOrDefault("drover-reason", ""),
                headers.getOrDefault("drover-at", ""),
                0));
      }
    }
    tell("quarantine", "all", quarantine());
  }

  private void fact(Read read) {
    if (read.value() == null || !read.headers().containsKey("ce_type")) {
      return;
    }
    var attributes = new HashMap<String, String>();
    read.headers()
        .forEach((name, value) -> {
          if (name.startsWith(WireEvent.HEADER_PREFIX)) {
            attributes.put(name.substring(WireEvent.HEADER_PREFIX.length()), value);
          }
        });
    if (!Events.types().contains(attributes.getOrDefault("type", ""))) {
      return;
    }
    WireEvent event = new WireEvent(attributes, read.value());
    Fact fact = Events.decode(event);
    Envelope envelope = Events.envelope(event);
    FactRow row =
        new FactRow(
            attributes.getOrDefault("type", ""),
            envelope.key(),
            envelope.sequence(),
            envelope.at(),
            envelope.actor().toString(),
            envelope.correlation(),
            envelope.causation(),
            tree(read.value()));
    boolean news = news(fact);
    synchronized (this) {
      fold(fact, envelope);
      if (news) {
        facts.add(row);
      }
    }
    if (fact instanceof DispatchFact.EverythingStopped || fact instanceof DispatchFact.StopEnded) {
      tell("stopped", "all", stopped());
    }
    if (news) {
      tell("fact", row.type() + row.key() + row.sequence(), row);
    }
  }

  /**
   * An inventory has too many facts to list, and a large plan too long ones; that a system cannot
   * be seen is one to read.
   */
  private static boolean news(Fact fact) {
    return !(fact instanceof InventoryFact || fact instanceof PlanFact.PlanDrafted)
        || (fact instanceof InventoryFact.EntityInventoried f
            && f.entity() instanceof Inventory.Site);
  }

  private void fold(Fact fact, Envelope envelope) {
    switch (fact) {
      case InventoryFact.EntityInventoried f -> {
        inventory.put(f.entity().key().toString(), f.entity());
        versions.put(f.entity().key().toString(), envelope.sequence());
      }
      case InventoryFact.EntityRemoved f -> {
        inventory.remove(f.entity().toString());
        versions.remove(f.entity().toString());
      }
      case PlanFact f -> plans.fold(f);
      case ConversionFact f -> copies.fold(envelope.key(), f);
      case DispatchFact.EverythingStopped f -> stopped.add(envelope.key());
      case DispatchFact.StopEnded f -> stopped.remove(envelope.key());
      case DispatchFact.LimitsSet f -> limits.put(envelope.key(), f.limits());
      case DispatchFact _, MigrationFact _ -> {
        // The status documents of migrations show them.
      }
    }
  }

  private static JsonNode tree(byte[] json) {
    try {
      return Json.mapper().readTree(json);
    } catch (java.io.IOException e) {
      throw new IllegalArgumentException("Cannot read a fact as JSON", e);
    }
  }

  private void tell(String kind, String key, Object document) {
    for (Listener listener : listeners) {
      listener.changed(kind, key, document);
    }
  }

  /** Everything inventoried, sorted by key. */
  public synchronized List<Inventory> inventory() {
    return List.copyOf(inventory.values());
  }

  /** Fact sequence per entity key. */
  public synchronized Map<String, Long> inventoryVersions() {
    return Map.copyOf(versions);
  }

  /** The latest journey of every VM that has one, sorted by wave and name. */
  public synchronized List<MigrationStatus> migrations() {
    return migrations.values().stream()
        .sorted(
            Comparator.comparing((MigrationStatus m) -> m.wave().value())
                .thenComparing(MigrationStatus::name))
        .toList();
  }

  /** The latest journey of one VM. */
  public synchronized @Nullable MigrationStatus migration(String vmKey) {
    return migrations.get(vmKey);
  }

  /** Every wave, sorted by id. */
  public synchronized List<WaveStatus> waves() {
    return waves.values().stream()
        .sorted(
            Comparator.comparing((WaveStatus w) -> w.wave().plan().value())
                .thenComparing(w -> w.wave().number()))
        .toList();
  }

  /** One wave. */
  public synchronized @Nullable WaveStatus wave(String id) {
    return waves.get(id);
  }

  /** The keys that wait in quarantine, sorted by brain and key. */
  public synchronized List<QuarantinedKey> quarantine() {
    return List.copyOf(quarantine.values());
  }

  /** The latest disks that were copied, oldest first. */
  public synchronized List<CopiedDisk> copied() {
    return copies.latest();
  }

  /** The inventoried vCenters. */
  public synchronized List<Inventory.VCenter> vcenters() {
    return inventory.values().stream()
        .filter(Inventory.VCenter.class::isInstance)
        .map(Inventory.VCenter.class::cast)
        .toList();
  }

  /** How much of each inventoried vCenter (instance UUID) is moved at once. */
  public synchronized Map<String, Limits> limits() {
    var all = new TreeMap<String, Limits>();
    vcenters().forEach(each -> all.put(each.id(), limits.getOrDefault(each.id(), Limits.DEFAULT)));
    return all;
  }

  /** Whether everything of a vCenter (instance UUID) stands still until the stop is lifted. */
  public synchronized boolean stopped(String vcenter) {
    return stopped.contains(vcenter);
  }

  /** The vCenters (instance UUIDs) where a stop is in force. */
  public synchronized List<String> stopped() {
    return List.copyOf(stopped);
  }

  /** Every plan. */
  public synchronized List<Plan> plans() {
    return plans.all();
  }

  /** One plan. */
  public synchronized @Nullable Plan plan(String id) {
    return plans.get(id);
  }

  /** What a plan was asked for last. */
  public synchronized @Nullable PlanRequest request(String id) {
    return plans.request(id);
  }

  /** VMs of a plan whose waves were started, but for those that came back. */
  public synchronized Set<VmKey> taken(String plan) {
    return plans.taken(plan);
  }

  /** Journeys of released waves, of whichever plan, that have not ended. */
  public synchronized List<Going> going() {
    return plans.going();
  }

  /** The waves, of whichever plan, that VMs were committed by. */
  public synchronized Map<VmKey, WaveId> moved() {
    return plans.moved();
  }

  /** The latest progress of the disks of one VM. */
  public synchronized List<DiskProgress> progress(String vmKey) {
    return progress.values().stream()
        .filter(report -> report.vm().toString().equals(vmKey))
        .sorted(Comparator.comparingInt(DiskProgress::diskKey))
        .toList();
  }

  /** The latest progress of every disk. */
  public synchronized Collection<DiskProgress> progress() {
    return List.copyOf(progress.values());
  }

  /** The facts of one key, oldest first. */
  public List<FactRow> facts(String key) {
    return facts.of(key);
  }

  /** The newest facts that match, oldest first. */
  public List<FactRow> facts(Predicate<FactRow> wanted, int most) {
    return facts.newest(wanted, most).facts();
  }

  /** The latest facts, to go on from where one was. */
  RecentFacts recent() {
    return facts;
  }
}
