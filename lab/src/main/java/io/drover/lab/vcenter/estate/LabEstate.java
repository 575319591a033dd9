// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.estate;

import io.drover.lab.vcenter.faults.LabFaults;
import io.drover.lab.vcenter.vim.Managed;
import io.drover.lab.vcenter.vim.Moref;
import io.drover.lab.vcenter.vim.VimFault;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The world behind a lab vCenter: everything that exists, and the one lock that guards it. Every
 * change ticks a clock by which watchers find what is new. The estate outlives a restart of the
 * vCenter that shows it.
 */
public final class LabEstate implements AutoCloseable {
  private final String name;
  private final UUID instanceUuid;
  private final long seed;
  private final Path directory;
  private final LabPace pace;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition ticked = lock.newCondition();
  private final Map<Moref, Managed> objects = new LinkedHashMap<>();
  private final Map<String, Integer> counters = new HashMap<>();
  private final SplittableRandom random;
  private final LabFaults faults;
  private final LabTasks tasks;
  private final LabEvents events;
  private final LabCustomFields customFields;
  private final LabTags tags;
  private final LabFolder root;
  private long clock;
  private Instant lastInstant = Instant.EPOCH;

  private LabEstate(String name, long seed, Path directory, LabPace pace) {
    this.name = name;
    this.seed = seed;
    this.directory = directory;
    this.pace = pace;
    this.random = new SplittableRandom(seed);
    this.instanceUuid = new UUID(random.nextLong(), random.nextLong());
    this.faults = new LabFaults(seed ^ 0x5eed);
    this.customFields = new LabCustomFields(this);
    this.tasks = new LabTasks(this);
    this.events = new LabEvents(this);
    this.tags = new LabTags(this);
    this.root =
        new LabFolder(
            this,
            new Moref("Folder", "group-d1"),
            "Datacenters",
            null,
            List.of("Folder", "Datacenter"));
  }

  /**
   * An empty estate whose disks live in a fresh temporary directory, removed by {@link #close()}.
   *
   * @param seed decides every id, address and byte that nobody names
   */
  public static LabEstate create(String name, long seed, LabPace pace) {
    try {
      return new LabEstate(name, seed, Files.createTempDirectory("drover-lab-vcenter-"), pace);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(
          "The lab needs a writable directory for temporary files", e);
    }
  }

  public String name() {
    return name;
  }

  public UUID instanceUuid() {
    return instanceUuid;
  }

  public long seed() {
    return seed;
  }

  public LabPace pace() {
    return pace;
  }

  /** Where the written blocks of all disks are. */
  public Path directory() {
    return directory;
  }

  public LabFaults faults() {
    return faults;
  }

  public LabTasks tasks() {
    return tasks;
  }

  public LabEvents events() {
    return events;
  }

  public LabCustomFields customFields() {
    return customFields;
  }

  public LabTags tags() {
    return tags;
  }

  public LabFolder root() {
    return root;
  }

  /** Starts to fill this estate. */
  public EstateBuilder build() {
    return new EstateBuilder(this);
  }

  // ---- lock and clock

  /** Runs with the estate's lock held. */
  public <T extends @Nullable Object> T locked(Supplier<T> work) {
    lock.lock();
    try {
      return work.get();
    } finally {
      lock.unlock();
    }
  }

  /** Runs with the estate's lock held. */
  public void locked(Runnable work) {
    lock.lock();
    try {
      work.run();
    } finally {
      lock.unlock();
    }
  }

  long tick() {
    lock.lock();
    try {
      clock++;
      ticked.signalAll();
      return clock;
    } finally {
      lock.unlock();
    }
  }

  /** Wakes all who wait, for a change that is none of an object. */
  public void wake() {
    tick();
  }

  public long clock() {
    return locked(() -> clock);
  }

  /**
   * Waits until the clock passed {@code seen}; the lock must be held. Returns false when the time
   * is over.
   */
  public boolean awaitTick(long seen, Duration atMost) throws InterruptedException {
    long nanos = atMost.toNanos();
    while (clock <= seen) {
      if (nanos <= 0) {
        return false;
      }
      nanos = ticked.awaitNanos(nanos);
    }
    return true;
  }

  /**
   * Waits until the condition holds; checked after every change, with the lock held. False when the
   * time is over.
   */
  public boolean await(Supplier<Boolean> condition, Duration atMost) throws InterruptedException {
    lock.lock();
    try {
      long deadline = System.nanoTime() + atMost.toNanos();
      while (!condition.get()) {
        long left = deadline - System.nanoTime();
        if (left <= 0) {
          return false;
        }
        ticked.await(Math.min(left, TimeUnit.MILLISECONDS.toNanos(250)), TimeUnit.NANOSECONDS);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The time, in microseconds and never the same twice: versions of configurations are made of it.
   */
  Instant uniqueInstant() {
    return locked(() -> {
      Instant now = Instant.now().truncatedTo(ChronoUnit.MICROS);
      lastInstant = now.isAfter(lastInstant) ? now : lastInstant.plus(1, ChronoUnit.MICROS);
      return lastInstant;
    });
  }

  // ---- objects

  /** Makes an object known to the property collector. */
  public void register(Managed object) {
    locked(() -> objects.put(object.ref(), object));
  }

  /** Forgets an object. */
  public void unregister(Moref ref) {
    locked(() -> objects.remove(ref));
    tick();
  }

  public @Nullable Managed find(Moref ref) {
    return locked(() -> objects.get(ref));
  }

  /** The object, or the fault that vCenter gives when there is none. */
  public Managed need(Moref ref) {
    Managed object = find(ref);
    if (object == null) {
      throw VimFault.notFound(ref);
    }
    return object;
  }

  /** All objects of a class, in the order in which they were made. */
  public <T> List<T> all(Class<T> kind) {
    return locked(
        () -> objects.values().stream().filter(kind::isInstance).map(kind::cast).toList());
  }

  /** All virtual machines and templates. */
  public List<LabVm> vms() {
    return all(LabVm.class);
  }

  /** The virtual machine of that name or reference value. */
  public LabVm vm(String nameOrRef) {
    Optional<LabVm> found =
        vms().stream()
            .filter(vm -> vm.name().equals(nameOrRef) || vm.ref().value().equals(nameOrRef))
            .findFirst();
    return found.orElseThrow(
        () -> new IllegalArgumentException("The lab has no virtual machine named " + nameOrRef));
  }

  int nextNumber(String counter, int first) {
    return locked(() -> counters.merge(counter, first, (old, ignored) -> old + 1));
  }

  Moref newRef(String type, String prefix) {
    return new Moref(type, prefix + nextNumber("ref", 11));
  }

  SplittableRandom split() {
    return locked(() -> random.split());
  }

  UUID newUuid() {
    return locked(() ->
        new UUID(
            (random.nextLong() & ~0xF000L) | 0x4000L, (random.nextLong() >>> 2) | Long.MIN_VALUE));
  }

  /** Stops all guests and removes the disks. */
  @Override
  public void close() {
    tasks.close();
    for (LabVm vm : vms()) {
      vm.guest().halt();
      vm.disks().forEach(LabDisk::closeContent);
    }
    try (Stream<Path> files = Files.walk(directory)) {
      List<Path> all = new ArrayList<>(files.toList());
      all.sort(Comparator.reverseOrder());
      for (Path file : all) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new java.io.UncheckedIOException("Could not remove the lab's temporary files", e);
    }
  }
}
