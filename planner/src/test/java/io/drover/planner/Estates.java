// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Small estates for the tests of this module. */
final class Estates {
  static final String VCENTER = "0b1c2d3e-0000-4000-8000-000000000001";

  private Estates() {}

  static PlanSettings settings() {
    return settings(Map.of());
  }

  static PlanSettings settings(Map<String, PlanSettings.VmOverride> overrides) {
    return settings(Transfer.STREAM, Sink.UPLOAD, Map.of("*", "rbd"), overrides);
  }

  /**
   * The same where disks come by other ways.
   *
   * @param storage class by datastore
   */
  static PlanSettings settings(Transfer transfer, Sink sink, Map<String, String> storage) {
    return settings(transfer, sink, storage, Map.of());
  }

  private static PlanSettings settings(
      Transfer transfer,
      Sink sink,
      Map<String, String> storage,
      Map<String, PlanSettings.VmOverride> overrides) {
    return new PlanSettings(
        Way.COLD,
        transfer,
        sink,
        "herd",
        storage,
        Map.of("*", "pod"),
        true,
        false,
        false,
        4,
        Duration.ofMinutes(5),
        true,
        Duration.ofMinutes(10),
        Duration.ofHours(24),
        SoakEnd.HOLD,
        Duration.ofMinutes(8),
        "app",
        "dependsOn",
        overrides,
        null);
  }

  static PlanRequest request(int waveSize) {
    return request(waveSize, Map.of());
  }

  static PlanRequest request(int waveSize, Map<String, PlanSettings.VmOverride> overrides) {
    return new PlanRequest(List.of(), List.of(), waveSize, settings(overrides), 1);
  }

  /** A proposal that owes nothing to one before. */
  static PlanEffect.EnsureProposed wanted(
      PlanId plan, int version, PlanRequest request, Set<VmKey> taken, int firstWave) {
    return new PlanEffect.EnsureProposed(
        plan, version, request, taken, firstWave, null, null, List.of(), null, null);
  }

  static Inventory.Disk disk(int key, Inventory.Backing backing) {
    return new Inventory.Disk(
        key,
        "Hard disk " + key,
        1L << 30,
        "ds-1",
        "[ds] vm/vm_" + key + ".vmdk",
        null,
        backing,
        "pvscsi",
        0,
        key,
        false,
        false,
        true,
        null,
        null);
  }

  static Inventory.Vm vm(
      String name, String application, String dependsOn, Inventory.Disk... disks) {
    return vm(name, Map.of("app", application, "dependsOn", dependsOn), disks);
  }

  static Inventory.Vm vm(String name, Map<String, String> attributes, Inventory.Disk... disks) {
    return vm(new VmKey(VCENTER, "vm-" + name), name, attributes, disks);
  }

  static Inventory.Vm vm(
      VmKey key, String name, Map<String, String> attributes, Inventory.Disk... disks) {
    return new Inventory.Vm(
        key,
        new Inventory.Placement("vm-1", "dc", "/dc/vm", "cl", "host-1", "esx1", "pool"),
        name,
        Inventory.Power.ON,
        false,
        new Inventory.Compute(2, 1, 2048, false, false),
        new Inventory.Boot(Inventory.Firmware.EFI, false, false, "4210-" + name),
        new Inventory.Guest("rhel9_64Guest", "RHEL 9", name, true, List.of(), List.of()),
        disks.length == 0 ? List.of(disk(2000, Inventory.Backing.FLAT)) : List.of(disks),
        List.of(),
        List.of(),
        new Inventory.ChangeTracking(true, false),
        "1",
        false,
        List.of(),
        attributes,
        List.of(),
        null);
  }
}
