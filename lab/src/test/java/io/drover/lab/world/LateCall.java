// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.executor.MigrationState;
import io.drover.lab.sim.Faults;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Result;
import io.drover.schemas.VmKey;
import io.drover.schemas.Way;
import java.time.Duration;
import java.util.List;

/**
 * One VM, and one call that changes something of it which arrives when all was undone long ago; one
 * seed.
 */
final class LateCall {
  private static final VmKey VM = new VmKey(JourneyWorld.VCENTER, "vm-0");

  private final JourneyWorld in;
  private final MigrationSpec spec =
      Orders.spec(Orders.vm(VM, "web-0", 1, 1 << 20), "m0", "herd", "fast", true, Way.COLD, false);
  private final String late;
  private boolean sent;

  /**
   * @param late what is late, as {@link Mischief} calls it; something that the other side compares
   */
  LateCall(String late, long seed, JourneyWorld.Parts parts) {
    this.late = late;
    in = new JourneyWorld(seed, List.of(spec), 2, Faults.NONE, _ -> new Slow(), parts);
  }

  void travel() {
    in.start();
    for (int round = 0; round < 20 && !in.arrived(); round++) {
      in.sim.run(Duration.ofMinutes(1));
      if (in.state(VM) instanceof MigrationState.Held) {
        throw in.sim.failure("L1 held", null);
      }
    }
    in.sim.run(Duration.ofMinutes(5));
    in.need(sent, "nobody called " + late);
    in.judge(VM, Result.ROLLED_BACK);
  }

  /** The first of these calls takes its time, and makes somebody change their mind. */
  private final class Slow implements Mischief {
    @Override
    public Fate of(String call) {
      if (!call.equals(late) || sent) {
        return Fate.LANDS;
      }
      sent = true;
      in.say(VM, new MigrationMessage.RollBackMigration(spec.id(), "it takes too long"));
      return Fate.UNSEEN;
    }

    @Override
    public Duration delay(String what) {
      return what.equals("late-" + late) ? Duration.ofMinutes(3) : Duration.ZERO;
    }
  }
}
