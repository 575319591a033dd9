// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacity;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Whether a VM's volumes fit on the storage behind their classes, where it says how much room it
 * has: Ceph by its cluster, others by the capacity that their drivers publish. What says nothing
 * hinders nothing, and what other VMs are about to take is not known.
 */
final class TargetRoom {
  private static final ResourceDefinitionContext BLOCK_POOL =
      new ResourceDefinitionContext.Builder()
          .withGroup("ceph.rook.io")
          .withVersion("v1")
          .withKind("CephBlockPool")
          .withPlural("cephblockpools")
          .withNamespaced(true)
          .build();

  private static final String MORE =
      "Add storage or free some, or map the datastore to another storage class in the plan.";

  private final KubernetesClient client;
  private final TargetStorage storage;
  private final FilesystemOverhead overhead;

  TargetRoom(KubernetesClient client, TargetStorage storage) {
    this.client = client;
    this.storage = storage;
    this.overhead = new FilesystemOverhead(client);
  }

  /**
   * Looks at all disks of a VM together.
   *
   * @param missing whether a disk's volume is not there yet: what is there has its room
   * @throws CopyFault REFUSED where they do not fit
   */
  void check(CopyOrder order, Predicate<Inventory.Disk> missing) {
    var byName = new LinkedHashMap<@Nullable String, List<Inventory.Disk>>();
    for (Inventory.Disk disk : order.disks()) {
      if (missing.test(disk)) {
        byName
            .computeIfAbsent(VolumeDraft.volume(order, disk).storageClass(), _ -> new ArrayList<>())
            .add(disk);
      }
    }
    var byClass = new LinkedHashMap<String, List<Inventory.Disk>>();
    var byCeph = new LinkedHashMap<String, Demand>();
    byName.forEach((name, disks) -> {
      StorageClass there = storage.storageClass(name);
      if (there != null) {
        // The default class may be named as well.
        byClass
            .computeIfAbsent(there.getMetadata().getName(), _ -> new ArrayList<>())
            .addAll(disks);
        onCeph(there, disks, byCeph);
      }
    });
    byCeph.values().forEach(demand -> check(order, demand));
    byClass.forEach((name, disks) -> asPublished(order, name, disks));
  }

  /**
   * What a VM brings to one Ceph cluster, whichever of its classes it comes by.
   *
   * @param holds bytes that the disks hold
   * @param raw the same with the copies that its pools keep
   */
  private record Demand(
      GenericKubernetesResource ceph, Set<String> classes, double holds, double raw) {
    Demand and(Demand more) {
      var all = new TreeSet<>(classes);
      all.addAll(more.classes);
      return new Demand(ceph, all, holds + more.holds, raw + more.raw);
    }

    String cluster() {
      return ceph.getMetadata().getNamespace() + "/" + ceph.getMetadata().getName();
    }
  }

  /** RBD and CephFS are thin: what counts is what the disks hold, as often as it is kept. */
  private void onCeph(
      StorageClass storageClass, List<Inventory.Disk> disks, Map<String, Demand> byCeph) {
    long holds =
        disks.stream()
            .mapToLong(disk -> {
              Long used = disk.usedBytes();
              return used == null ? disk.capacityBytes() : Math.min(used, disk.capacityBytes());
            })
            .sum();
    for (GenericKubernetesResource ceph : storage.ceph(storageClass)) {
      double copies = copies(ceph.getMetadata().getNamespace(), storageClass);
      var demand =
          new Demand(ceph, Set.of(storageClass.getMetadata().getName()), holds, holds * copies);
      byCeph.merge(demand.cluster(), demand, Demand::and);
    }
  }

  private static void check(CopyOrder order, Demand demand) {
    TargetStorage.Fill fill = TargetStorage.Fill.of(demand.ceph());
    double most = TargetStorage.NEARLY_FULL * fill.total();
    if (fill.total() > 0 && fill.used() + demand.raw() > most) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "target-has-no-room",
          "VM %s brings up to %s to storage class %s (%s with its copies), but of the %s that Ceph cluster %s takes before it is nearly full, %s are used."
              .formatted(
                  order.vmName(),
                  gib(demand.holds()),
                  String.join(" and ", demand.classes()),
                  gib(demand.raw()),
                  gib(most),
                  demand.cluster(),
                  gib(fill.used())),
          MORE);
    }
  }

  /** How often the pool keeps each byte; 1, the least, where that is not shown to us. */
  private double copies(String namespace, StorageClass storageClass) {
    Map<String, String> parameters = storageClass.getParameters();
    if (parameters == null) {
      return 1;
    }
    // Where both are named, the bytes are in the one and what is said of them in the other.
    String name = parameters.getOrDefault("dataPool", parameters.get("pool"));
    if (name == null) {
      return 1;
    }
    GenericKubernetesResource pool =
        TargetStorage.readable(
                "read Ceph pool " + namespace + "/" + name,
                () ->
                    client
                        .genericKubernetesResources(BLOCK_POOL)
                        .inNamespace(namespace)
                        .withName(name)
                        .get())
            .orElse(null);
    if (pool == null) {
      return 1;
    }
    double data = TargetStorage.number(pool.get("spec", "erasureCoded", "dataChunks"));
    double coding = TargetStorage.number(pool.get("spec", "erasureCoded", "codingChunks"));
    return data > 0
        ? (data + coding) / data
        : Math.max(1, TargetStorage.number(pool.get("spec", "replicated", "size")));
  }

  /** Capacity objects count what volumes ask for, not what is written to them. */
  private void asPublished(CopyOrder order, String storageClass, List<Inventory.Disk> disks) {
    List<CSIStorageCapacity> published =
        TargetStorage.readable(
                "list the capacity of storage classes",
                () ->
                    client.storage().v1().csiStorageCapacities().inAnyNamespace().list().getItems())
            .orElse(List.of())
            .stream()
            .filter(each ->
                storageClass.equals(each.getStorageClassName()) && each.getCapacity() != null)
            .toList();
    if (published.isEmpty()) {
      return;
    }
    double room = published.stream().mapToDouble(each -> bytes(each.getCapacity())).sum();
    double largest =
        published.stream()
            .mapToDouble(each ->
                bytes(Objects.requireNonNullElse(each.getMaximumVolumeSize(), each.getCapacity())))
            .max()
            .orElse(0);
    TargetStorage.Modes modes = storage.modes(storageClass);
    double files = modes == null || modes.block() ? 0 : overhead.of(storageClass);
    String beside =
        files == 0
            ? ""
            : String.format(Locale.ROOT, ", of which its filesystem takes %.1f %%", files * 100);
    double asked = 0;
    for (Inventory.Disk disk : disks) {
      double volume = FilesystemOverhead.volume(disk.capacityBytes(), files);
      asked += volume;
      if (volume > largest) {
        throw new CopyFault(
            Problem.Kind.REFUSED,
            "target-has-no-room",
            "Disk %s of VM %s needs a volume of %s%s, but the largest that storage class %s has room for is %s."
                .formatted(
                    disk.label(), order.vmName(), gib(volume), beside, storageClass, gib(largest)),
            MORE);
      }
    }
    if (asked > room) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "target-has-no-room",
          "The volumes of VM %s need %s%s, but storage class %s has room for %s."
              .formatted(order.vmName(), gib(asked), beside, storageClass, gib(room)),
          MORE);
    }
  }

  private static double bytes(Quantity quantity) {
    return Quantity.getAmountInBytes(quantity).doubleValue();
  }

  private static String gib(double bytes) {
    return String.format(Locale.ROOT, "%.1f GiB", bytes / (1L << 30));
  }
}
