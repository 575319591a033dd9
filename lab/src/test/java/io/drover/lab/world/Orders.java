// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.engine.Order;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.executor.MigrationEffect;
import io.drover.schemas.EffectId;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;

/** Specs and orders for the suites of this package. */
public final class Orders {
  private Orders() {}

  public static Inventory.Vm vm(VmKey key, String name, int disks, long size) {
    var sizes = new TreeMap<Integer, Long>();
    for (int i = 0; i < disks; i++) {
      sizes.put(2000 + i, size);
    }
    return vm(key, name, sizes);
  }

  /** A VM with disks of these sizes by device key. */
  static Inventory.Vm vm(VmKey key, String name, Map<Integer, Long> sizes) {
    return vm(key, name, sizes, "vm-1");
  }

  /** The same, known to its vCenter by this managed object id. */
  static Inventory.Vm vm(VmKey key, String name, Map<Integer, Long> sizes, String moref) {
    var all = new java.util.ArrayList<Inventory.Disk>();
    for (int deviceKey : new TreeMap<>(sizes).keySet()) {
      int i = all.size();
      all.add(
          new Inventory.Disk(
              deviceKey,
              "Hard disk " + (i + 1),
              sizes.get(deviceKey),
              "ds" + i % 2,
              "[ds] " + name + "/" + name + ".vmdk",
              "6000C29000000000000000000000000" + i,
              Inventory.Backing.FLAT,
              "pvscsi",
              0,
              i,
              false,
              false,
              true,
              null,
              null));
    }
    return new Inventory.Vm(
        key,
        new Inventory.Placement(moref, "dc", "/vm", "cl", "host-1", "esx1", "resgroup-1"),
        name,
        Inventory.Power.ON,
        false,
        new Inventory.Compute(2, 1, 2048, false, false),
        new Inventory.Boot(
            Inventory.Firmware.EFI, true, false, "4208d5f0-4e2b-4d0a-9d2d-3f3f3f3f3f3f"),
        new Inventory.Guest("rhel9_64Guest", "RHEL 9", name, true, List.of(), List.of()),
        all,
        List.of(
            new Inventory.Nic(
                4000,
                "Network adapter 1",
                "vmxnet3",
                "00:50:56:aa:bb:01",
                "net-1",
                "VM Network",
                true,
                true,
                List.of())),
        List.of(),
        new Inventory.ChangeTracking(true, false),
        "1",
        false,
        List.of(),
        Map.of(),
        List.of(),
        null);
  }

  /** A storage class that planned VMs come into. */
  public static Inventory.StorageClass gold() {
    return new Inventory.StorageClass(
        "c", "gold", "ceph", true, true, List.of("ReadWriteMany/Block"), "gold", null, null, null);
  }

  public static MigrationSpec spec(
      Inventory.Vm vm, String id, String namespace, String storageClass, boolean compatibility) {
    return spec(vm, id, namespace, storageClass, compatibility, Way.COLD, false);
  }

  static MigrationSpec spec(
      Inventory.Vm vm,
      String id,
      String namespace,
      String storageClass,
      boolean compatibility,
      Way way,
      boolean approval) {
    var storage = new TreeMap<Integer, String>();
    vm.disks().forEach(d -> storage.put(d.deviceKey(), storageClass));
    var networks = new TreeMap<Integer, MigrationSpec.TargetNic>();
    vm.nics().forEach(n -> networks.put(n.deviceKey(), MigrationSpec.TargetNic.POD));
    return new MigrationSpec(
        new MigrationId(id),
        new WaveId("sim/1"),
        1,
        way,
        way == Way.WARM ? Transfer.VDDK : Transfer.STREAM,
        Sink.UPLOAD,
        vm,
        new MigrationSpec.Target(
            namespace, vm.name(), storage, networks, compatibility, null, Map.of()),
        new MigrationSpec.Policy(
            approval,
            null,
            null,
            Duration.ofSeconds(20),
            true,
            Duration.ofSeconds(20),
            false,
            Duration.ofMinutes(2),
            SoakEnd.HOLD,
            null,
            List.of(),
            // Half of them are read twice, where CDI reads them once.
            (vm.disks().size() + id.length()) % 2 == 0,
            null,
            null,
            List.of()));
  }

  /**
   * The lock of a source that this brings there, as a journey does.
   *
   * @param hand does an effect and gives what was seen
   */
  static MigrationEffect.EnsureSourceLocked locked(
      MigrationSpec spec, Function<MigrationEffect, Evidence> hand) {
    var recorded =
        (Evidence.SourceRecorded) hand.apply(new MigrationEffect.EnsureSourceRecorded(spec));
    var _ = hand.apply(new MigrationEffect.EnsureSourceQuiesced(spec, recorded));
    var fenced = (Evidence.SourceFenced) hand.apply(new MigrationEffect.EnsureSourceFenced(spec));
    return new MigrationEffect.EnsureSourceLocked(spec, recorded, fenced, null);
  }

  static Order<MigrationEffect> order(MigrationEffect effect, long token) {
    return new Order<>(
        new EffectId("e"),
        effect.spec().vm().toString(),
        new Token(token),
        effect,
        StopSignal.NEVER,
        Progress.NONE);
  }
}
