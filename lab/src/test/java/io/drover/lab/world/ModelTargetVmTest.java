// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.executor.TargetVm;
import io.drover.schemas.MigrationSpec;
import java.time.Instant;
import org.junit.jupiter.api.Test;

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
    landed.source().disks().forEach(disk -> model.storage().land(landed, disk.deviceKey(), 1));
  }

  @Override
  void conversionsFail(MigrationSpec failing) {
    model.storage().conversionsFail(true);
  }

  /** As the API server does with a patch that changes nothing. */
  @Test
  void a_stop_that_is_repeated_leaves_the_resource_version() {
    land(spec);
    model.define(spec, 0, token(1));
    String uid = uid(model.look(spec));
    model.stop(spec, uid, token(1), STOP);
    String stopped = model.look(spec).resourceVersion();

    model.stop(spec, uid, token(1), STOP);

    assertThat(model.look(spec).resourceVersion()).isEqualTo(stopped);
  }
}
