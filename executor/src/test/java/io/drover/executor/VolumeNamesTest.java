// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Way;
import org.junit.jupiter.api.Test;

/** Whose a claim is, is told by its name alone. */
class VolumeNamesTest {
  private final MigrationSpec spec = Samples.cold();
  private final int disk = spec.source().disks().getFirst().deviceKey();

  @Test
  void a_volume_is_known_in_whatever_generation() {
    for (int generation : new int[] {0, 1, 7, 8, 25, 1000}) {
      assertThat(VolumeNames.names(spec, VolumeNames.of(spec, disk, generation))).isTrue();
    }
  }

  @Test
  void what_is_named_alike_is_not_one_of_them() {
    MigrationSpec other = Samples.spec(Samples.VM, "m2", Way.COLD, false, spec.policy());
    String name = VolumeNames.of(spec, disk);

    assertThat(VolumeNames.names(spec, "restore-" + name)).isFalse();
    assertThat(VolumeNames.names(spec, name + "-g0")).isFalse();
    assertThat(VolumeNames.names(spec, name + "-g01")).isFalse();
    assertThat(VolumeNames.names(spec, name + "-g99999999999")).isFalse();
    assertThat(VolumeNames.names(spec, VolumeNames.of(other, disk))).isFalse();
    assertThat(VolumeNames.names(spec, VolumeNames.of(spec, disk + 7))).isFalse();
    assertThat(VolumeNames.names(spec, "")).isFalse();
  }
}
