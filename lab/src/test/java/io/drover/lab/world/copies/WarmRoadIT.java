// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.converter.ConversionService;
import io.drover.converter.vsphere.NfcSettings;
import io.drover.converter.vsphere.NfcSourceDisks;
import io.drover.engine.Hand;
import io.drover.engine.ServiceSpec;
import io.drover.executor.DispatchService;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationHand;
import io.drover.executor.MigrationService;
import io.drover.executor.MigrationState;
import io.drover.executor.Patience;
import io.drover.executor.kubevirt.KubeVirtSettings;
import io.drover.executor.kubevirt.KubeVirtTargetVm;
import io.drover.executor.vsphere.VSphereSourceVm;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabDisk;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabNetwork;
import io.drover.lab.vcenter.estate.LabNic;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.moved.LabGuestBoot;
import io.drover.schemas.Actor;
import io.drover.schemas.Brain;
import io.drover.schemas.Checkpoint;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.Evidence;
import io.drover.schemas.Fact;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Receipt;
import io.drover.schemas.Result;
import io.drover.schemas.Sink;
import io.drover.schemas.Step;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.Way;
import io.drover.vsphere.Moref;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whole warm journeys by the real brains, hands and adapters over SOAP and HTTPS to the lab, whose
 * guests write while they are copied. The lab's CDI plays VDDK with the lab vCenter's changed
 * blocks.
 */
class WarmRoadIT {
  private static final Duration LONG = Duration.ofMinutes(2);
  private static final Actor ANNA = Actor.person("anna");

  @TempDir static Path folder;

  private static LabEstate estate;
  private static RoadLab lab;
  private static NfcSourceDisks sources;

  @BeforeAll
  static void start() throws Exception {
    estate = LabEstate.create("warm", 17, LabPace.quick().withGuestWrites(Duration.ofMillis(150)));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 1, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    LabNetwork network = b.network("VM Network");
    for (String name : List.of("patient", "touched")) {
      b.vm(name)
          .changeTracking()
          .disk(DiskSpec.bytes(32L << 20).payloadMib(4).in(store))
          .disk(DiskSpec.bytes(16L << 20).payloadMib(2).in(store))
          .nic(network, "VirtualVmxnet3", "10.0.0.7")
          .add();
    }
    lab = new RoadLab(folder, estate, LabGuestBoot.knowing(estate));
    sources = new NfcSourceDisks(_ -> lab.vsphere, NfcSettings.DEFAULT);
  }

  @AfterAll
  static void stop() {
    sources.close();
    lab.close();
  }

  /** A process with all brains that a journey needs. */
  private static Bodies process(Hand<MigrationEffect, Evidence> hand) {
    var bodies = new Bodies();
    var shipped = MigrationService.spec(source(), target(), Patience.real());
    bodies.run(
        new ServiceSpec<>(shipped.brain(), shipped.types(), shipped.decider(), hand, List.of()));
    bodies.run(DispatchService.spec());
    bodies.run(ConversionService.spec(sources, lab.imports(null)));
    return bodies;
  }

  private static VSphereSourceVm source() {
    return new VSphereSourceVm(_ -> lab.vsphere);
  }

  private static KubeVirtTargetVm target() {
    return new KubeVirtTargetVm(lab.client, KubeVirtSettings.PLAIN);
  }

  private static MigrationHand hand() {
    return new MigrationHand(source(), target(), Patience.real());
  }

  private static MigrationSpec spec(String name, boolean approval) {
    LabVm there = estate.vm(name);
    var storage = new TreeMap<Integer, String>();
    there.disks().forEach(disk -> storage.put(disk.key(), LabClusterFixtures.BLOCK_CLASS));
    LabNic nic = there.nics().getFirst();
    var vm =
        new Inventory.Vm(
            new VmKey(estate.instanceUuid().toString(), there.instanceUuid().toString()),
            new Inventory.Placement(
                there.ref().value(), "dc", "/vm", "c", "host", "esx", "resgroup"),
            name,
            Inventory.Power.ON,
            false,
            new Inventory.Compute(2, 1, 1024, false, false),
            new Inventory.Boot(Inventory.Firmware.EFI, false, false, there.biosUuid().toString()),
            new Inventory.Guest(
                "rhel9_64Guest", "RHEL 9", there.hostName(), true, List.of(), List.of()),
            RoadLab.disks(there),
            List.of(
                new Inventory.Nic(
                    nic.key(),
                    "Network adapter 1",
                    "vmxnet3",
                    nic.mac(),
                    nic.network().ref().value(),
                    "VM Network",
                    true,
                    true,
                    List.of())),
            List.of(),
            new Inventory.ChangeTracking(true, true),
            "1",
            false,
            List.of(),
            Map.of(),
            List.of(),
            null);
    return new MigrationSpec(
        new MigrationId("m-" + name),
        new WaveId("warm/1"),
        1,
        Way.WARM,
        Transfer.VDDK,
        Sink.UPLOAD,
        vm,
        new MigrationSpec.Target(
            RoadLab.NAMESPACE,
            name,
            storage,
            Map.of(nic.key(), MigrationSpec.TargetNic.POD),
            true,
            null,
            Map.of()),
        new MigrationSpec.Policy(
            approval,
            null,
            null,
            Duration.ofSeconds(20),
            true,
            Duration.ofSeconds(60),
            false,
            Duration.ofHours(1),
            MigrationSpec.SoakEnd.HOLD,
            null,
            List.of(),
            name.equals("patient"),
            null,
            null,
            List.of()));
  }

  private static void begin(Bodies bodies, MigrationSpec spec) {
    bodies.tell(
        Brain.DISPATCH,
        spec.vm().vcenter(),
        new DispatchMessage.DispatchWave(spec.wave(), List.of(spec), 1),
        ANNA);
  }

  private static MigrationState state(Bodies bodies, MigrationSpec spec) {
    return bodies.state(Brain.MIGRATION, spec.vm().toString(), MigrationState.class);
  }

  private static boolean soaks(Bodies bodies, MigrationSpec spec) {
    MigrationState state = state(bodies, spec);
    if (state instanceof MigrationState.Over over) {
      throw new AssertionError("It ended instead: " + over.result() + ", " + over.reason());
    }
    return state instanceof MigrationState.Soaking s && s.looking() == 0 && s.nextLook() != null;
  }

  private static <F extends Fact> List<F> facts(Bodies bodies, Class<F> kind) {
    return bodies.facts(Brain.MIGRATION).stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  private static long begun(Bodies bodies, Step step) {
    return facts(bodies, MigrationFact.StepBegun.class).stream()
        .filter(fact -> fact.step() == step)
        .count();
  }

  private static void say(Bodies bodies, MigrationSpec spec, MigrationMessage message) {
    bodies.tell(Brain.MIGRATION, spec.vm().toString(), message, ANNA);
  }

  /** Every final receipt shows what the source holds. */
  private static List<Receipt> sealedEqual(Bodies bodies, LabVm vm) throws IOException {
    List<Receipt> receipts = List.of();
    for (var fact : facts(bodies, MigrationFact.StepEnded.class)) {
      if (fact.step() == Step.SEAL && fact.evidence() instanceof Evidence.DisksLanded landed) {
        receipts = landed.receipts();
      }
    }
    assertThat(receipts).hasSize(vm.disks().size());
    for (Receipt receipt : receipts) {
      LabDisk disk = vm.disk(receipt.diskKey());
      assertThat(disk).isNotNull();
      assertThat(receipt.target()).isNotNull();
      assertThat(receipt.target().root())
          .as("disk " + receipt.diskKey())
          .isEqualTo(RoadLab.digest(disk));
    }
    return receipts;
  }

  @Test
  void aGuestWritesWhileItIsCopiedAndTheTargetHoldsItsLastByte() throws Exception {
    MigrationSpec spec = spec("patient", true);
    LabVm vm = estate.vm("patient");
    try (Bodies bodies = process(hand())) {
      String before = RoadLab.digest(vm.disks().getFirst());
      begin(bodies, spec);
      bodies.until(
          () -> state(bodies, spec) instanceof MigrationState.Ready r && r.step() == Step.GATE,
          LONG);
      assertThat(vm.poweredOn()).as("it serves while it is copied").isTrue();
      assertThat(RoadLab.digest(vm.disks().getFirst())).isNotEqualTo(before);

      say(bodies, spec, new MigrationMessage.RetryMigration(spec.id()));
      bodies.until(
          () ->
              begun(bodies, Step.SYNC) == 2
                  && state(bodies, spec) instanceof MigrationState.Ready r
                  && r.step() == Step.GATE,
          LONG);
      assertThat(vm.poweredOn()).as("it serves until the cutover is approved").isTrue();
      say(bodies, spec, new MigrationMessage.ApproveCutover(spec.id(), 1));
      bodies.until(() -> soaks(bodies, spec), LONG);

      // Read twice, by CDI and then by us out of a lease: both sides are proved.
      assertThat(sealedEqual(bodies, vm))
          .allSatisfy(receipt -> {
            assertThat(receipt.level()).isEqualTo(Receipt.Level.BOTH);
            assertThat(receipt.streamChecksum()).isNotNull();
          });
      assertThat(vm.lease()).isNull();
      assertThat(vm.template()).isTrue();
      assertThat(vm.snapshots().all()).isEmpty();
      assertThat(facts(bodies, MigrationFact.SourceTouched.class)).isEmpty();
      say(bodies, spec, new MigrationMessage.CommitMigration(spec.id()));
      bodies.until(() -> state(bodies, spec) instanceof MigrationState.Over, LONG);
      assertThat(((MigrationState.Over) state(bodies, spec)).result()).isEqualTo(Result.COMMITTED);
    }
  }

  @Test
  void aSourceThatIsPoweredOnBehindItsFenceIsSealedAnewAndCanStillComeBack() throws Exception {
    MigrationSpec spec = spec("touched", false);
    LabVm vm = estate.vm("touched");
    var touched = new AtomicBoolean();
    MigrationHand shipped = hand();
    Hand<MigrationEffect, Evidence> meddled =
        order -> {
          if (order.effect() instanceof MigrationEffect.EnsureSourceLocked
              && touched.compareAndSet(false, true)) {
            Moref moref = Moref.vm(vm.ref().value());
            lab.vsphere.machines().powerOn(moref, Duration.ofSeconds(20));
            String asItWas = RoadLab.digest(vm.disks().getFirst());
            for (int i = 0; i < 100 && RoadLab.digest(vm.disks().getFirst()).equals(asItWas); i++) {
              Thread.sleep(50);
            }
          }
          return shipped.ensure(order);
        };
    try (Bodies bodies = process(meddled)) {
      begin(bodies, spec);
      bodies.until(() -> soaks(bodies, spec), LONG);

      assertThat(facts(bodies, MigrationFact.SourceTouched.class))
          .singleElement()
          .satisfies(fact -> {
            assertThat(fact.step()).isEqualTo(Step.LOCK_SOURCE);
            assertThat(fact.problem().what()).contains("powered on by");
          });
      assertThat(facts(bodies, MigrationFact.RollbackBegun.class)).isEmpty();
      assertThat(begun(bodies, Step.SEAL)).isEqualTo(2);
      assertThat(sealedEqual(bodies, vm))
          .extracting(Receipt::level)
          .containsOnly(Receipt.Level.TARGET);
      assertThat(facts(bodies, MigrationFact.CheckpointReached.class))
          .filteredOn(fact -> fact.checkpoint() == Checkpoint.SEALED)
          .extracting(MigrationFact.CheckpointReached::number)
          .containsExactly(1, 2);

      say(bodies, spec, new MigrationMessage.RollBackMigration(spec.id(), "drill"));
      bodies.until(() -> state(bodies, spec) instanceof MigrationState.Over, LONG);
      assertThat(((MigrationState.Over) state(bodies, spec)).result())
          .isEqualTo(Result.ROLLED_BACK);
      assertThat(vm.template()).isFalse();
      assertThat(vm.poweredOn()).isTrue();
      assertThat(vm.nics().getFirst().startConnected()).isTrue();
      assertThat(vm.snapshots().all()).isEmpty();
      assertThat(lab.cluster.volumeOf("shop", "touched")).isEmpty();
    }
  }
}
