// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.List;

/** What moves the slots of a vCenter. Key: vCenter instance UUID. */
public sealed interface DispatchMessage extends Message {
  /**
   * From the planner: these journeys may begin.
   *
   * @param maxInFlight so many of them at once: the share of this vCenter in what the wave may have
   *     in flight; 0 = none yet
   */
  record DispatchWave(WaveId wave, List<MigrationSpec> migrations, int maxInFlight)
      implements DispatchMessage {
    public DispatchWave {
      migrations = List.copyOf(migrations);
    }
  }

  /**
   * From the planner: other vCenters need less of what the wave may have in flight, so here it may
   * have more. It never becomes less.
   */
  record WidenWave(WaveId wave, int maxInFlight) implements DispatchMessage {}

  /** From a journey: a slot is wanted; {@code load} names what it would load. */
  record SlotWanted(VmKey vm, MigrationId migration, Slot slot, Load load)
      implements DispatchMessage {}

  /** From a journey: the slot is free again. */
  record SlotBack(VmKey vm, MigrationId migration, Slot slot) implements DispatchMessage {}

  /** From a journey: it ended, every slot of it is free. */
  record JourneyOver(VmKey vm, MigrationId migration) implements DispatchMessage {}

  /** Of a person: nothing of this vCenter begins, copies stop. */
  record StopAll(String reason) implements DispatchMessage {}

  /** Of a person: the stop is lifted. */
  record LiftStop() implements DispatchMessage {}

  /** Of a person or the configuration: new limits. */
  record SetLimits(Limits limits) implements DispatchMessage {}

  /** What a slot loads: one ESXi host, datastores, storage classes, disks. */
  record Load(String host, List<String> datastores, List<String> storageClasses, int disks) {
    public Load {
      datastores = List.copyOf(datastores);
      storageClasses = List.copyOf(storageClasses);
    }
  }

  /**
   * How much at once.
   *
   * @param disksPerHost NFC disks of one ESXi host
   * @param disksPerVCenter NFC disks of the vCenter (its own limit is 52)
   * @param bytesPerSecond what all copies of the vCenter read together, shared out to them by their
   *     disks; 0 = no cap
   * @param hostBytesPerSecond what all copies of one ESXi host read together; 0 = no cap
   */
  record Limits(
      int disksPerHost,
      int disksPerDatastore,
      int disksPerVCenter,
      int disksPerStorageClass,
      int cutovers,
      long bytesPerSecond,
      @Added Long hostBytesPerSecond) {
    @SuppressWarnings("ConstantValue") // Journals of before there was one have none.
    public Limits {
      hostBytesPerSecond = hostBytesPerSecond == null ? 0L : hostBytesPerSecond;
    }

    public static final Limits DEFAULT = new Limits(8, 16, 48, 32, 10, 0);

    /** Without a cap of each host. */
    public Limits(
        int disksPerHost,
        int disksPerDatastore,
        int disksPerVCenter,
        int disksPerStorageClass,
        int cutovers,
        long bytesPerSecond) {
      this(
          disksPerHost,
          disksPerDatastore,
          disksPerVCenter,
          disksPerStorageClass,
          cutovers,
          bytesPerSecond,
          0L);
    }
  }
}
