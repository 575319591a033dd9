// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.engine.Outcome;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationHand;
import io.drover.executor.Patience;
import io.drover.executor.SourceVm;
import io.drover.executor.vsphere.VSphereSourceVm;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabNetwork;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.VmKey;
import io.drover.vsphere.Trust;
import io.drover.vsphere.VSphere;
import io.drover.vsphere.VSphereEndpoint;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** The vSphere adapter keeps the promises of the port, over SOAP and HTTPS to the lab vCenter. */
class VSphereSourceVmTest extends SourceVmContract {
  private static final int VMS = 12;
  private static LabEstate estate;
  private static LabVCenter vcenter;
  private static VSphere vsphere;
  private static int next;

  @BeforeAll
  static void start() {
    estate = LabEstate.create("contract", 11, LabPace.quick().withGuestWrites(Duration.ZERO));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 2, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    LabNetwork network = b.network("VM Network");
    for (int i = 0; i < VMS; i++) {
      b.vm("vm-" + i)
          .disk(DiskSpec.gib(1).payloadMib(1).in(store))
          .nic(network, "VirtualVmxnet3", "10.1.1." + (10 + i))
          .add();
    }
    vcenter = LabVCenter.start(estate);
    vsphere =
        VSphere.connect(
            new VSphereEndpoint(
                vcenter.url(),
                vcenter.user(),
                () -> vcenter.password().toCharArray(),
                Trust.thumbprint(vcenter.sha256Thumbprint())));
  }

  @AfterAll
  static void stop() {
    vsphere.close();
    vcenter.close();
    estate.close();
  }

  private final VmKey key =
      new VmKey(
          vsphere.about().instanceUuid(),
          estate.vm("vm-" + next++ % VMS).instanceUuid().toString());

  @Override
  SourceVm port() {
    return new VSphereSourceVm(uuid -> vsphere);
  }

  @Override
  VmKey running() {
    return key;
  }

  /** The way of a journey at the source, forth and back, as the hand walks it. */
  @Test
  void the_hand_takes_the_source_down_and_brings_it_back_as_it_was() {
    SourceVm.Sight before = port().look(key);
    int disk = before.disks().keySet().iterator().next();
    Inventory.Vm planned = Orders.vm(key, "web", 1, before.disks().get(disk));
    Inventory.Disk first = planned.disks().getFirst();
    assertThat(first.deviceKey()).isEqualTo(disk);
    MigrationSpec spec = Orders.spec(planned, "m1", "herd", "fast", true);
    var hand =
        new MigrationHand(
            port(),
            new ModelTargetVm(
                new World(
                    java.time.Instant::now,
                    (delay, what) -> what.run(),
                    line -> {},
                    Mischief.NONE)),
            Patience.real());
    var recorded =
        (Evidence.SourceRecorded) done(hand, new MigrationEffect.EnsureSourceRecorded(spec));
    done(hand, new MigrationEffect.EnsureSourceQuiesced(spec, recorded));
    var fenced =
        (Evidence.SourceFenced) done(hand, new MigrationEffect.EnsureSourceFenced(spec, recorded));
    done(hand, new MigrationEffect.EnsureSourceLocked(spec, recorded, fenced));
    assertThat(port().look(key).template()).isTrue();
    done(hand, new MigrationEffect.EnsureSourceUnlocked(spec, recorded));
    done(hand, new MigrationEffect.EnsureSourceUnfenced(spec, recorded));
    done(hand, new MigrationEffect.EnsureSourcePowered(spec, recorded, true));
    done(hand, new MigrationEffect.EnsureSourceReleased(spec));
    SourceVm.Sight after = port().look(key);
    assertThat(after.power()).isEqualTo(Inventory.Power.ON);
    assertThat(after.startConnected()).isEqualTo(before.startConnected());
    assertThat(after.marks()).isEmpty();
    assertThat(after.template()).isFalse();
  }

  private static Evidence done(MigrationHand hand, MigrationEffect effect) {
    // Twice: an effect is safe to repeat.
    Outcome<Evidence> first = hand.ensure(Orders.order(effect, 7));
    assertThat(first).as("%s", effect.getClass().getSimpleName()).isInstanceOf(Outcome.Done.class);
    Outcome<Evidence> second = hand.ensure(Orders.order(effect, 7));
    assertThat(second)
        .as("%s twice", effect.getClass().getSimpleName())
        .isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done<Evidence>) first).evidence();
  }
}
