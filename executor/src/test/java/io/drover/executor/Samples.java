// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.schemas.Actor;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationSpec.Policy;
import io.drover.schemas.MigrationSpec.SoakEnd;
import io.drover.schemas.Receipt;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.Way;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** VMs, orders and receipts for tests. */
final class Samples {
  static final Instant NOON = Instant.parse("2026-03-01T12:00:00Z");
  static final VmKey VM = new VmKey("vc-1", "vm-uuid-1");

  private Samples() {}

  static Policy policy() {
    return policy(false, null, null, SoakEnd.HOLD, null, null);
  }

  static Policy approval() {
    return policy(true, null, null, SoakEnd.HOLD, null, null);
  }

  /** The cutover is to be approved, but not by {@code requester}. */
  static Policy approval(Actor requester) {
    return policy(true, null, null, SoakEnd.HOLD, null, requester);
  }

  static Policy window(@Nullable Instant opens, @Nullable Instant closes) {
    return policy(false, opens, closes, SoakEnd.HOLD, null, null);
  }

  static Policy soakEnd(SoakEnd end) {
    return policy(false, null, null, end, null, null);
  }

  static Policy budget(Duration most) {
    return policy(false, null, null, SoakEnd.HOLD, most, null);
  }

  private static Policy policy(
      boolean approval,
      @Nullable Instant opens,
      @Nullable Instant closes,
      SoakEnd end,
      @Nullable Duration budget,
      @Nullable Actor requester) {
    return new Policy(
        approval,
        opens,
        closes,
        Duration.ofMinutes(2),
        true,
        Duration.ofMinutes(5),
        true,
        Duration.ofMinutes(30),
        end,
        budget,
        List.of(),
        null,
        requester,
        null,
        List.of());
  }

  static Inventory.Disk disk(int key, String datastore) {
    return new Inventory.Disk(
        key,
        "Hard disk " + (key - 1999),
        1L << 30,
        datastore,
        "[" + datastore + "] web01/web01_" + key + ".vmdk",
        "6000C29" + key,
        Inventory.Backing.FLAT,
        "pvscsi",
        0,
        key - 2000,
        false,
        false,
        true,
        "52 de/1",
        null);
  }

  static Inventory.Vm vm(VmKey key, String guest) {
    return new Inventory.Vm(
        key,
        new Inventory.Placement("vm-42", "dc", "/dc/vm", "cl", "host-9", "esx1", "resgroup-8"),
        "web01",
        Inventory.Power.ON,
        false,
        new Inventory.Compute(4, 2, 8192, false, false),
        new Inventory.Boot(
            Inventory.Firmware.EFI, true, true, "4208d5f0-4e2b-4d0a-9d2d-3f3f3f3f3f3f"),
        new Inventory.Guest(guest, guest, "web01.example", true, List.of("10.0.0.5"), List.of()),
        List.of(disk(2000, "ds1"), disk(2001, "ds2")),
        List.of(
            new Inventory.Nic(
                4000,
                "Network adapter 1",
                "vmxnet3",
                "00:50:56:aa:bb:cc",
                "net-1",
                "VM Network",
                true,
                true,
                List.of("10.0.0.5"))),
        List.of(),
        new Inventory.ChangeTracking(true, true),
        "2026-03-01T00:00:00Z",
        false,
        List.of(),
        Map.of(),
        List.of(),
        null);
  }

  static MigrationSpec spec(VmKey key, String id, Way way, boolean compatibility, Policy policy) {
    return new MigrationSpec(
        new MigrationId(id),
        new WaveId("erp/1"),
        3,
        way,
        way == Way.WARM ? Transfer.VDDK : Transfer.STREAM,
        Sink.UPLOAD,
        vm(key, "rhel9_64Guest"),
        new MigrationSpec.Target(
            "erp",
            "web01",
            Map.of(2000, "fast", 2001, "fast"),
            Map.of(4000, MigrationSpec.TargetNic.POD),
            compatibility,
            null,
            Map.of()),
        policy);
  }

  static MigrationSpec cold() {
    return spec(VM, "m1", Way.COLD, false, policy());
  }

  static MigrationSpec cold(Policy policy) {
    return spec(VM, "m1", Way.COLD, true, policy);
  }

  static MigrationSpec warm() {
    return spec(VM, "m1", Way.WARM, false, policy());
  }

  static List<Receipt> receipts(MigrationSpec spec, Instant at, Duration took) {
    return spec.source().disks().stream()
        .map(d ->
            new Receipt(
                d.deviceKey(),
                spec.target().namespace() + "/" + VolumeNames.of(spec, d.deviceKey()),
                Receipt.Level.TRANSFER,
                d.capacityBytes(),
                1000,
                900,
                null,
                null,
                "sha1",
                at.minus(took),
                at,
                null))
        .toList();
  }
}
