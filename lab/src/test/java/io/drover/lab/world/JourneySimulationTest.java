// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.executor.MigrationState;
import io.drover.lab.sim.Faults;
import io.drover.lab.sim.Simulation;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Result;
import io.drover.schemas.VmKey;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Whole journeys of a small herd, cold and warm, by the brains and the loop that ship, in a world
 * that lies, is late and is meddled with.
 */
class JourneySimulationTest {
  @Test
  void a_wave_over_two_vcenters_keeps_machines_of_the_same_ids_apart() {
    // Given: every id within a vCenter is there twice, of machines, hosts and datastores
    var specs = new ArrayList<MigrationSpec>();
    for (String vcenter : List.of("east", "west")) {
      for (int i = 0; i < 3; i++) {
        specs.add(
            Orders.spec(
                Orders.vm(new VmKey(vcenter, "vm-" + i), vcenter + "-" + i, 1 + i % 2, 1 << 20),
                vcenter + "-m" + i,
                "herd",
                "fast",
                true));
      }
    }
    var in =
        new JourneyWorld(5, specs, 2, Faults.NONE, _ -> Mischief.NONE, JourneyWorld.Parts.SHIPPED);
    var back = new VmKey("west", "vm-1");

    // When
    in.start();
    for (int round = 0; round < 30 && !in.arrived(); round++) {
      in.sim.run(Duration.ofMinutes(1));
      for (VmKey vm : in.specs.keySet()) {
        if (in.state(vm) instanceof MigrationState.Soaking) {
          in.say(
              vm,
              vm.equals(back)
                  ? new MigrationMessage.RollBackMigration(in.id(vm), "a change of mind")
                  : new MigrationMessage.CommitMigration(in.id(vm)));
        }
      }
    }
    in.sim.run(Duration.ofMinutes(5));

    // Then
    in.specs
        .keySet()
        .forEach(vm -> in.judge(vm, vm.equals(back) ? Result.ROLLED_BACK : Result.COMMITTED));
    assertThat(in.source.vm(new VmKey("east", "vm-1")).template()).isTrue();
  }

  @Test
  void a_herd_arrives_or_comes_back_whatever_happens() {
    Simulation.seeds(
        30,
        "mvn -pl lab -am test -Dtest=JourneySimulationTest -Dsurefire.failIfNoSpecifiedTests=false",
        seed -> new Herd(seed, JourneyWorld.Parts.SHIPPED).travel());
  }
}
