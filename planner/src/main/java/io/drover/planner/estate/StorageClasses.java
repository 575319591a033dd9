// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import io.drover.schemas.Inventory;
import java.util.Collection;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The storage classes of a target, and which of them takes a disk that is mapped to none. */
public record StorageClasses(Map<String, Inventory.StorageClass> byName) {
  public StorageClasses {
    byName = Map.copyOf(byName);
  }

  /** Those of an inventory. */
  public static StorageClasses of(Collection<Inventory> entities) {
    var classes = new TreeMap<String, Inventory.StorageClass>();
    for (Inventory entity : entities) {
      if (entity instanceof Inventory.StorageClass storage) {
        classes.put(storage.name(), storage);
      }
    }
    return new StorageClasses(classes);
  }

  /**
   * The class of a disk, null if it is not there.
   *
   * @param name null or empty = the default one
   */
  public Inventory.@Nullable StorageClass named(@Nullable String name) {
    return name == null || name.isEmpty() ? ofDefault() : byName.get(name);
  }

  /**
   * The names by which disks come into a class, each once: its own, and none at all where it is the
   * default one.
   */
  Map<String, Double> called(String name) {
    Inventory.StorageClass ofDefault = ofDefault();
    return ofDefault != null && ofDefault.name().equals(name)
        ? Map.of(name, 1.0, "", 1.0)
        : Map.of(name, 1.0);
  }

  /** All names of the class that disks come into by this one. */
  public Set<String> names(String name) {
    Inventory.StorageClass each = named(name);
    return each == null ? Set.of(name) : called(each.name()).keySet();
  }

  /** What people say that classes take in, MiB/s, by all names of each. */
  public Map<String, Double> ingest() {
    var ingest = new TreeMap<String, Double>();
    byName.forEach((name, each) -> {
      Long said = each.ingestMiBs();
      if (said != null) {
        called(name).keySet().forEach(called -> ingest.put(called, (double) said));
      }
    });
    return ingest;
  }

  /** Whether anything says how much room there is for the disks of a class. */
  public boolean roomIsSeen(String name) {
    Inventory.StorageClass each = named(name);
    return each != null && (each.freeBytes() != null || each.store() != null);
  }

  /** That of virtual machines, else that of everything, as CDI takes them. */
  private Inventory.@Nullable StorageClass ofDefault() {
    Inventory.StorageClass first = null;
    for (Inventory.StorageClass each : new TreeMap<>(byName).values()) {
      if (each.isVirtDefault()) {
        return each;
      }
      first = first == null && each.isDefault() ? each : first;
    }
    return first;
  }
}
