// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** Names that Kubernetes can carry, whatever the ids look like. */
class MarksTest {
  private static final String TAKEN = "[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?";

  @Test
  void whatKubernetesTakesIsKept() {
    assertThat(Marks.value("m-2026.01_a")).isEqualTo("m-2026.01_a");
  }

  @Test
  void anyIdBecomesALabelValueOfItsOwn() {
    var luck = new Random(3);
    for (int i = 0; i < 2000; i++) {
      var id = new StringBuilder();
      for (int c = luck.nextInt(90) + 1; c > 0; c--) {
        id.append((char) (32 + luck.nextInt(90)));
      }
      assertThat(Marks.value(id.toString())).matches(TAKEN);
    }
  }

  @Test
  void idsThatOnlyDifferWhereTheyAreCutDiffer() {
    String common = "vcenter/vm/" + "x".repeat(80);

    assertThat(Marks.value(common + "1")).isNotEqualTo(Marks.value(common + "2"));
  }

  @Test
  void volumesAreWholeMiB() {
    assertThat(VolumeDraft.quantity(1)).isEqualTo("1Mi");
    assertThat(VolumeDraft.quantity(1 << 20)).isEqualTo("1Mi");
    assertThat(VolumeDraft.quantity((1 << 20) + 1)).isEqualTo("2Mi");
  }
}
