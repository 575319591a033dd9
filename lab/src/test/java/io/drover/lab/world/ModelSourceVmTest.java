// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.executor.SourceVm;
import io.drover.schemas.VmKey;
import java.time.Instant;

/** The model of a vCenter keeps the promises of the port. */
class ModelSourceVmTest extends SourceVmContract {
  private final VmKey key = new VmKey("vc", "vm");
  private Instant now = Instant.parse("2026-01-01T00:00:00Z");
  private final ModelSourceVm model =
      new ModelSourceVm(
          new World(this::tick, (delay, what) -> what.run(), line -> {}, Mischief.NONE));

  ModelSourceVmTest() {
    var vm = model.add(Orders.vm(key, "web", 1, 1 << 20));
    assert vm != null;
  }

  private Instant tick() {
    now = now.plusMillis(1);
    return now;
  }

  @Override
  SourceVm port() {
    return model;
  }

  @Override
  VmKey running() {
    return key;
  }
}
