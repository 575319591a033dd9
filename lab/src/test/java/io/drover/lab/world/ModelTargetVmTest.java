// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.executor.TargetVm;
import io.drover.schemas.MigrationSpec;
import java.time.Instant;

/** The model of a cluster keeps the promises of the port. */
class ModelTargetVmTest extends TargetVmContract {
  private final ModelTargetVm model =
      new ModelTargetVm(
          new World(Instant::now, (delay, what) -> what.run(), line -> {}, Mischief.NONE));

  @Override
  TargetVm port() {
    return model;
  }

  @Override
  String storageClass() {
    return "fast";
  }

  @Override
  void land(MigrationSpec landed) {
    landed.source().disks().forEach(disk -> model.land(landed, disk.deviceKey(), 1));
  }

  @Override
  void conversionsFail(MigrationSpec failing) {
    model.conversionsFail(true);
  }
}
