// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static io.drover.lab.world.TargetVmContract.NAMESPACE;

import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.MigrationSpec.TargetNic;
import io.drover.schemas.VmKey;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a preflight in a cluster refuses, each with a journey that is wrong in just that. */
final class Refusals {
  private static final AtomicInteger REFUSED = new AtomicInteger();

  private Refusals() {}

  /**
   * A journey that a preflight refuses.
   *
   * @param code of the problem
   * @param what the problem names
   * @param remedy what it says is to be done
   */
  record Refusal(String code, String what, String remedy, Consumer<Draft> wrong) {
    @Override
    public String toString() {
      return code + " (" + what + ")";
    }
  }

  /** A journey that a preflight lets pass, to be spoiled in one thing. */
  static final class Draft {
    final String name = "refused-" + REFUSED.incrementAndGet();
    Inventory.Vm vm = Orders.vm(new VmKey("vc", name), name, 2, 1 << 20);
    String target = name;
    String namespace = NAMESPACE;
    String storage = LabClusterFixtures.BLOCK_CLASS;
    boolean compatibility;
    Map<Integer, TargetNic> networks = Map.of(4000, TargetNic.POD);
    Map<String, String> labels = Map.of();
    @Nullable String image = "registry.example.com/virt-v2v:1";
    boolean rights = true;

    void disks(UnaryOperator<Inventory.Disk> change) {
      vm = with(vm.disks().stream().map(change).toList(), vm.nics());
    }

    Inventory.Vm with(List<Inventory.Disk> disks, List<Inventory.Nic> nics) {
      return new Inventory.Vm(
          vm.vm(),
          vm.placement(),
          vm.name(),
          vm.power(),
          false,
          vm.compute(),
          vm.boot(),
          vm.guest(),
          disks,
          nics,
          List.of(),
          vm.changeTracking(),
          vm.changeVersion(),
          false,
          List.of(),
          Map.of(),
          List.of(),
          null);
    }

    MigrationSpec spec() {
      MigrationSpec plain = Orders.spec(vm, "m-" + name, namespace, storage, compatibility);
      return new MigrationSpec(
          plain.id(),
          plain.wave(),
          plain.planVersion(),
          plain.way(),
          plain.transfer(),
          plain.sink(),
          vm,
          new MigrationSpec.Target(
              namespace, target, plain.target().storage(), networks, compatibility, null, labels),
          plain.policy());
    }
  }

  private static Inventory.Disk unlike(
      Inventory.Disk d, Inventory.Backing backing, boolean independent, boolean shared) {
    return new Inventory.Disk(
        d.deviceKey(),
        d.label(),
        d.capacityBytes(),
        d.datastore(),
        d.path(),
        d.uuid(),
        backing,
        d.controller(),
        d.bus(),
        d.unit(),
        independent,
        shared,
        d.thin(),
        d.changeId(),
        null);
  }

  static Stream<Refusal> all() {
    Inventory.Backing flat = Inventory.Backing.FLAT;
    return Stream.of(
        new Refusal("name-illegal", "'Not_Legal'", "lower-case", d -> d.target = "Not_Legal"),
        new Refusal("label-illegal", "'a b'", "letters", d -> d.labels = Map.of("a b", "c")),
        new Refusal(
            "vm-without-disks",
            "no disk",
            "out of the wave",
            d -> d.vm = d.with(List.of(), d.vm.nics())),
        new Refusal(
            "too-many-sata-disks",
            "has 7 disks, but SATA takes 6",
            "virtio",
            d -> {
              d.compatibility = true;
              d.vm = Orders.vm(d.vm.vm(), d.name, 7, 1 << 20);
            }),
        new Refusal(
            "disk-unsupported",
            "is a raw device mapping",
            "ordinary disk",
            d -> d.disks(disk -> unlike(disk, Inventory.Backing.RDM_PHYSICAL, false, false))),
        new Refusal(
            "disk-unsupported",
            "is shared with other VMs",
            "ordinary disk",
            d -> d.disks(disk -> unlike(disk, flat, false, true))),
        new Refusal(
            "disk-unsupported",
            "is independent of snapshots",
            "ordinary disk",
            d -> d.disks(disk -> unlike(disk, flat, true, false))),
        new Refusal("namespace-missing", "'nowhere'", "Create it", d -> d.namespace = "nowhere"),
        new Refusal(
            "permission-missing", "create virtualmachines", "drover-target", d -> d.rights = false),
        new Refusal("storage-class-missing", "'no-such'", "map", d -> d.storage = "no-such"),
        new Refusal(
            "conversion-image-missing",
            "needs a conversion",
            "cluster.conversionImage",
            d -> d.image = null),
        new Refusal(
            "snapshot-class-missing",
            "VolumeSnapshotClass",
            "compatibility devices",
            d -> d.storage = "no-snapshots"),
        new Refusal(
            "network-unmapped", "Network adapter 1", "VM Network", d -> d.networks = Map.of()),
        new Refusal(
            "network-missing",
            "herd/none",
            "VM Network",
            d -> d.networks = Map.of(4000, new TargetNic("herd/none"))),
        new Refusal(
            "two-pod-networks",
            "2 NICs",
            "one NIC on the pod network",
            d -> {
              Inventory.Nic one = d.vm.nics().getFirst();
              var two =
                  new Inventory.Nic(
                      4001,
                      "Network adapter 2",
                      one.model(),
                      "00:50:56:aa:bb:02",
                      one.network(),
                      one.networkName(),
                      true,
                      true,
                      List.of());
              d.vm = d.with(d.vm.disks(), List.of(one, two));
              d.networks = Map.of(4000, TargetNic.POD, 4001, TargetNic.POD);
            }),
        new Refusal("target-name-taken", "taken", "another target name", d -> d.target = "taken"));
  }
}
