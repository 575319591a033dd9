// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.executor.MigrationState;
import io.drover.lab.sim.Faults;
import io.drover.schemas.Brain;
import io.drover.schemas.DispatchMessage;
import io.drover.schemas.HoldExit;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** A small herd that travels in a world that lies, is late and is meddled with; one seed. */
final class Herd {
  private static final int SIZE = 4;

  private final JourneyWorld in;
  private boolean unrest = true;

  Herd(long seed, JourneyWorld.Parts parts) {
    in =
        new JourneyWorld(
            seed,
            specs(new Random(seed * 5 + 1)),
            3,
            Faults.swarm(new Random(seed)),
            JourneyWorld.Luck::new,
            parts);
  }

  /** Cold and warm, with and without conversion, with and without approval. */
  private static List<MigrationSpec> specs(Random luck) {
    var specs = new ArrayList<MigrationSpec>();
    for (int i = 0; i < SIZE; i++) {
      var key = new VmKey(JourneyWorld.VCENTER, "vm-" + i);
      var vm = Orders.vm(key, "web-" + i, 1 + i % 2, 1 << 20);
      specs.add(
          Orders.spec(
              vm,
              "m" + i,
              "herd",
              "fast",
              luck.nextBoolean(),
              luck.nextBoolean() ? Way.WARM : Way.COLD,
              luck.nextInt(3) == 0));
    }
    return specs;
  }

  void travel() {
    in.start();
    in.specs.keySet().forEach(this::meddle);
    in.sim.run(Duration.ofMinutes(20));
    unrest = false;
    in.world.mischief(new JourneyWorld.Calm(in.luck));
    in.target.storage().conversionsFail(false);
    for (int round = 0; round < 40 && !in.arrived(); round++) {
      in.sim.run(Duration.ofMinutes(3));
      in.specs.keySet().forEach(this::decide);
    }
    in.sim.run(Duration.ofMinutes(5));
    in.specs.keySet().forEach(vm -> in.judge(vm, null));
  }

  /** People and accidents, at random moments, most often within seconds of a step. */
  private void meddle(VmKey vm) {
    in.sim.after(
        Duration.ofSeconds(in.luck.nextInt(90)),
        () -> {
          if (!unrest) {
            return;
          }
          in.source.write(vm);
          act(vm, in.luck.nextInt(44));
          meddle(vm);
        });
  }

  private void act(VmKey vm, int dice) {
    var id = in.id(vm);
    switch (dice) {
      case 0 -> in.say(vm, new MigrationMessage.RollBackMigration(id, "a change of mind"));
      case 1 -> in.say(vm, new MigrationMessage.PauseMigration(id, "lunch"));
      case 2, 3 -> in.say(vm, new MigrationMessage.ResumeMigration(id));
      case 4 -> in.say(vm, new MigrationMessage.RetryMigration(id));
      case 5, 6 -> in.source.powerOnBy(vm, "HA");
      case 7 -> in.say(vm, new MigrationMessage.CommitMigration(id));
      case 8 -> tell(new DispatchMessage.StopAll("drill"));
      case 9, 10 -> tell(new DispatchMessage.LiftStop());
      case 11 -> in.target.storage().conversionsFail(in.luck.nextBoolean());
      case 12 -> in.source.editBy(vm, "bob");
      case 13, 14, 15 -> in.say(vm, new MigrationMessage.ApproveCutover(id, 1));
      default -> {}
    }
  }

  private void tell(DispatchMessage message) {
    in.sim.tell(Brain.DISPATCH, JourneyWorld.VCENTER, message, JourneyWorld.ANNA);
  }

  /** A person who wants it to end. */
  private void decide(VmKey vm) {
    tell(new DispatchMessage.LiftStop());
    var id = in.id(vm);
    switch (in.state(vm)) {
      case MigrationState.Soaking s -> in.say(vm, new MigrationMessage.CommitMigration(id));
      case MigrationState.Held s ->
          in.say(
              vm,
              new MigrationMessage.ResolveHold(
                  id,
                  s.exits().contains(HoldExit.ROLL_BACK) ? HoldExit.ROLL_BACK : HoldExit.RETRY,
                  "looked at it"));
      case MigrationState.Ready s -> {
        in.say(vm, new MigrationMessage.ResumeMigration(id));
        in.say(vm, new MigrationMessage.ApproveCutover(id, 1));
      }
      case MigrationState.Retrying s -> in.say(vm, new MigrationMessage.ResumeMigration(id));
      default -> {}
    }
  }
}
