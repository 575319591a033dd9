// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.group;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Evidence.Kind;
import io.drover.schemas.VmKey;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class GroupingTest {
  @Test
  void whatCannotBeApartIsOneAtomWithItsReason() {
    Grouping grouping = group(3, 10, e(0, 2, Kind.TOGETHER, 1, "shared disk x"));

    assertThat(grouping.atoms()).containsExactly(List.of(0, 2), List.of(1));
    assertThat(grouping.bonds()).containsExactly("shared disk x", "");
  }

  @Test
  void aCircleIsOneAtomAndIsTold() {
    Grouping grouping =
        group(
            4,
            10,
            e(0, 1, Kind.AFTER, 1, "s"),
            e(1, 2, Kind.AFTER, 1, "s"),
            e(2, 0, Kind.AFTER, 1, "s"),
            e(3, 0, Kind.AFTER, 1, "s"));

    assertThat(grouping.atoms()).containsExactly(List.of(0, 1, 2), List.of(3));
    assertThat(grouping.after().get(1)).containsExactly(0);
    assertThat(grouping.circles()).singleElement().asString().contains("vm0, vm1, vm2");
  }

  @Test
  void contradictingStatementsAreTold() {
    Grouping grouping =
        group(2, 10, e(0, 1, Kind.TOGETHER, 1, "vApp v"), e(0, 1, Kind.APART, 1, "row 7"));

    assertThat(grouping.notes()).singleElement().asString().contains("row 7").contains("vApp v");
  }

  @Test
  void anOrderWithinWhatMovesTogetherIsTold() {
    Grouping grouping =
        group(
            3,
            10,
            e(0, 1, Kind.TOGETHER, 1, "application erp"),
            e(1, 2, Kind.TOGETHER, 1, "application erp"),
            e(0, 1, Kind.AFTER, 1, "row 7"),
            e(1, 2, Kind.AFTER, 1, "row 8"));

    assertThat(grouping.notes())
        .singleElement()
        .asString()
        .contains("vm0 comes after vm1 (row 7)")
        .contains("1 more pair")
        .contains("in no order");
  }

  @Test
  void communitiesFollowAffinityAndKeepToTheirSize() {
    var evidence = new ArrayList<Evidence>();
    for (int block = 0; block < 4; block++) {
      for (int i = 0; i < 6; i++) {
        for (int j = 0; j < i; j++) {
          evidence.add(e(6 * block + i, 6 * block + j, Kind.AFFINITY, 1, "flow"));
        }
      }
      evidence.add(e(6 * block, (6 * block + 6) % 24, Kind.AFFINITY, 0.2, "flow"));
    }

    Grouping grouping = group(24, 6, evidence.toArray(Evidence[]::new));

    for (int block = 0; block < 4; block++) {
      assertThat(new HashSet<>(grouping.community().subList(6 * block, 6 * block + 6))).hasSize(1);
    }
    assertThat(new HashSet<>(grouping.community())).hasSize(4);
    int[] place = grouping.community().stream().mapToInt(Integer::intValue).toArray();
    assertThat(grouping.cut(place)).isCloseTo(0.8, org.assertj.core.data.Offset.offset(1e-9));
    assertThat(group(24, 6, evidence.toArray(Evidence[]::new)).community())
        .isEqualTo(grouping.community());
  }

  private static Grouping group(int vms, int largest, Evidence... evidence) {
    var keys = new ArrayList<VmKey>();
    var names = new ArrayList<String>();
    for (int i = 0; i < vms; i++) {
      keys.add(new VmKey("vc", "vm" + i));
      names.add("vm" + i);
    }
    return Grouping.of(keys, names, List.of(evidence), largest, 1);
  }

  private static Evidence e(int from, int to, Kind kind, double weight, String source) {
    return new Evidence(
        new VmKey("vc", "vm" + from), new VmKey("vc", "vm" + to), kind, weight, source);
  }
}
