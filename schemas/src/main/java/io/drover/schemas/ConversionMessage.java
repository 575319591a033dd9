// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What moves the copies of a VM: the copy protocol. Every {@code CopyDisks} ends in exactly one of
 * {@code CopyCompleted}, {@code CopyFailed} or, once {@code StopCopy} was said, {@code
 * CopyStopped}; every {@code StopCopy} is answered by {@code CopyStopped}, also for a copy that is
 * unknown or over. Key: {@link VmKey}.
 */
public sealed interface ConversionMessage extends Message {
  /** Copy all disks of this VM. Said twice, it is answered once more, not done twice. */
  record CopyDisks(CopyOrder order) implements ConversionMessage {}

  /** Stop this round, leave no lease open, answer when that was observed. */
  record StopCopy(CopyId copy) implements ConversionMessage {}

  /**
   * Remove all volumes and snapshots that this migration's copies made; answered by {@code
   * CopiesRemoved}.
   */
  record RemoveCopies(MigrationId migration) implements ConversionMessage {}

  /**
   * From dispatch: this is the share of the vCenter's bandwidth that the migration's copies have
   * from now on, all disks together; it changes as others begin and end. What CDI or a worker pod
   * reads by itself is not held to it.
   *
   * @param bytesPerSecond 0 = no cap
   */
  record SetPace(MigrationId migration, long bytesPerSecond) implements ConversionMessage {}

  /**
   * One round of copying.
   *
   * @param round seed and sync run beside a running source; final is taken behind the fence
   * @param volumes name of the target volume per disk device key
   * @param moref managed object id of the source VM
   * @param since change id per disk device key that the volume is at already; a disk that is not
   *     named goes on from the round before, an empty id asks for the whole disk anew
   * @param secondRead as {@link MigrationSpec.Policy}; null = no
   * @param bytesPerSecond share of the bandwidth, all disks together; null or 0 = no cap
   */
  record CopyOrder(
      CopyId copy,
      MigrationId migration,
      VmKey vm,
      String moref,
      String vmName,
      Round round,
      Transfer transfer,
      Sink sink,
      String namespace,
      Map<Integer, Volume> volumes,
      List<Inventory.Disk> disks,
      Map<Integer, String> since,
      @Nullable Boolean secondRead,
      @Nullable Long bytesPerSecond) {
    public CopyOrder {
      volumes = Map.copyOf(volumes);
      disks = List.copyOf(disks);
      since = Map.copyOf(since);
    }

    /** With a cap on what it reads a second, 0 = none. */
    public CopyOrder paced(long cap) {
      return new CopyOrder(
          copy,
          migration,
          vm,
          moref,
          vmName,
          round,
          transfer,
          sink,
          namespace,
          volumes,
          disks,
          since,
          secondRead,
          cap);
    }

    /** Without a cap on what it reads a second. */
    public CopyOrder(
        CopyId copy,
        MigrationId migration,
        VmKey vm,
        String moref,
        String vmName,
        Round round,
        Transfer transfer,
        Sink sink,
        String namespace,
        Map<Integer, Volume> volumes,
        List<Inventory.Disk> disks,
        Map<Integer, String> since,
        @Nullable Boolean secondRead) {
      this(
          copy,
          migration,
          vm,
          moref,
          vmName,
          round,
          transfer,
          sink,
          namespace,
          volumes,
          disks,
          since,
          secondRead,
          null);
    }

    /** Without a second read. */
    public CopyOrder(
        CopyId copy,
        MigrationId migration,
        VmKey vm,
        String moref,
        String vmName,
        Round round,
        Transfer transfer,
        Sink sink,
        String namespace,
        Map<Integer, Volume> volumes,
        List<Inventory.Disk> disks,
        Map<Integer, String> since) {
      this(
          copy, migration, vm, moref, vmName, round, transfer, sink, namespace, volumes, disks,
          since, null, null);
    }
  }

  /** A target volume: its name and storage class. */
  record Volume(String name, @Nullable String storageClass) {}

  /** Which copy of the disks this is. */
  enum Round {
    SEED,
    SYNC,
    FINAL
  }
}
