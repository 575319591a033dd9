// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Pool;
import io.drover.planner.estate.Usage;
import io.drover.planner.forecast.Durations;
import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * How much room of the target is kept free for what copies take while they go: that of those at
 * once which take most. A machine for which there is no room beside that is not counted among them:
 * for one that never goes nothing has to be kept from those that do. Where it has a place all the
 * same, it brings what its own copies add.
 */
final class CopyRoom {
  /** Machines that are left out one by one: without one, there may be room for the next. */
  private static final int ROUNDS = 100;

  private final Estate estate;
  private final List<Pool> pools;
  private final int atOnce;

  /** Per machine, the needs of its disks. */
  private final Map<VmKey, List<CopyNeed>> machines = new LinkedHashMap<>();

  /** Per pool, what copies take of it, most first. */
  private final List<List<Part>> parts;

  private final Set<VmKey> tooLarge = new HashSet<>();

  private record Part(VmKey vm, long amount) {}

  /**
   * That of an estate.
   *
   * @param atOnce copies that may go at once
   */
  CopyRoom(Estate estate, List<CopyNeed> needs, int atOnce) {
    this.estate = estate;
    this.pools = estate.site().pools();
    this.atOnce = atOnce;
    needs.forEach(need -> machines.computeIfAbsent(need.key(), _ -> new ArrayList<>()).add(need));
    this.parts = pools.stream().map(pool -> parts(pool, needs)).toList();
    leaveOut();
  }

  private List<Part> parts(Pool pool, List<CopyNeed> needs) {
    return needs.stream()
        .map(need -> new Part(need.key(), need.of(pool, usage(need.key()))))
        .filter(part -> part.amount() > 0)
        .sorted(Comparator.comparingLong(Part::amount).reversed())
        .toList();
  }

  private Usage usage(VmKey vm) {
    return estate.usage().getOrDefault(vm, Usage.UNKNOWN);
  }

  private void leaveOut() {
    Map<VmKey, long[]> kept = new LinkedHashMap<>();
    machines.forEach((vm, needs) -> {
      long[] takes = pools.stream().mapToLong(pool -> kept(pool, needs.getFirst())).toArray();
      kept.put(vm, takes);
      if (IntStream.range(0, takes.length)
          .anyMatch(p -> takes[p] > 0 && takes[p] + own(p, needs) > pools.get(p).capacity())) {
        tooLarge.add(vm);
      }
    });
    for (int round = 0; round < ROUNDS; round++) {
      long[] left =
          IntStream.range(0, pools.size())
              .mapToLong(p -> pools.get(p).capacity() - most(p, Set.of()))
              .toArray();
      VmKey largest = null;
      for (Map.Entry<VmKey, long[]> each : kept.entrySet()) {
        long[] takes = each.getValue();
        if (!tooLarge.contains(each.getKey())
            && IntStream.range(0, left.length).anyMatch(p -> takes[p] > Math.max(0, left[p]))
            && (largest == null || bytes(each.getKey()) > bytes(largest))) {
          largest = each.getKey();
        }
      }
      if (largest == null) {
        return;
      }
      tooLarge.add(largest);
    }
  }

  /** What a machine keeps of a pool. */
  private long kept(Pool pool, CopyNeed of) {
    return pool.takes(
        of.vm(),
        of.mapping().namespace(),
        of.mapping().storage(),
        disk -> Durations.heldMiB(of.vm(), usage(of.key()), disk));
  }

  /** What the copies of one machine take by themselves. */
  private long own(int pool, List<CopyNeed> needs) {
    return parts(pools.get(pool), needs).stream().limit(atOnce).mapToLong(Part::amount).sum();
  }

  private long bytes(VmKey vm) {
    return machines.getOrDefault(vm, List.of()).stream()
        .map(CopyNeed::disk)
        .mapToLong(Inventory.Disk::capacityBytes)
        .sum();
  }

  /** How many of these copies room is kept free for. */
  int counted(Collection<CopyNeed> of) {
    return (int)
        Math.min(atOnce, of.stream().filter(need -> !tooLarge.contains(need.key())).count());
  }

  /** The pools without what is kept free. */
  List<Pool> free() {
    return IntStream.range(0, pools.size()).mapToObj(this::free).toList();
  }

  private Pool free(int pool) {
    long most = most(pool, Set.of());
    var beside = new HashMap<VmKey, Long>();
    for (VmKey vm : tooLarge) {
      long more = most(pool, Set.of(vm)) - most;
      if (more > 0) {
        beside.put(vm, more);
      }
    }
    return pools.get(pool).less(most).with(beside);
  }

  /** What is kept free of a pool of the estate, by its place there. */
  long kept(int pool) {
    return most(pool, Set.of());
  }

  /** What the copies would take that take most, whether there is room for them or not. */
  long most(int pool) {
    return most(pool, tooLarge);
  }

  /**
   * What those copies take of a pool that take most.
   *
   * @param also machines that count though there is no room for them
   */
  private long most(int pool, Set<VmKey> also) {
    long sum = 0;
    int count = 0;
    for (Part part : parts.get(pool)) {
      if (count == atOnce) {
        break;
      }
      if (!tooLarge.contains(part.vm()) || also.contains(part.vm())) {
        sum += part.amount();
        count++;
      }
    }
    return sum;
  }
}
