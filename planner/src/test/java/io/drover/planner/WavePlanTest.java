// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import static io.drover.planner.Estates.disk;
import static io.drover.planner.Estates.request;
import static io.drover.planner.Estates.vm;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Inventory;
import io.drover.schemas.Inventory.Backing;
import io.drover.schemas.PlanId;
import io.drover.schemas.Proposal;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;

class WavePlanTest {
  @Test
  void whatOthersDependOnGoesFirst() {
    Proposal proposal =
        propose(
            2,
            vm("web1", "shop", "db1"),
            vm("web2", "shop", ""),
            vm("db1", "data", ""),
            vm("db2", "data", ""));

    assertThat(names(proposal)).containsExactly(List.of("db1", "db2"), List.of("web1", "web2"));
  }

  @Test
  void aCircleOfApplicationsStaysTogether() {
    Proposal proposal = propose(3, vm("a", "x", "b"), vm("b", "y", "a"), vm("c", "z", "a"));

    assertThat(names(proposal)).containsExactly(List.of("a", "b", "c"));
  }

  @Test
  void aGroupLargerThanAWaveIsSplit() {
    Proposal proposal = propose(2, vm("a", "x", ""), vm("b", "x", ""), vm("c", "x", ""));

    assertThat(names(proposal)).containsExactly(List.of("a", "b"), List.of("c"));
  }

  @Test
  void aBlockedVmIsLeftWithItsReasonAndNobodyIsLost() {
    Proposal proposal =
        propose(9, vm("ok", "x", ""), vm("rdm", "x", "", disk(2000, Backing.RDM_PHYSICAL)));

    assertThat(names(proposal)).containsExactly(List.of("ok"));
    assertThat(proposal.left())
        .singleElement()
        .satisfies(left -> {
          assertThat(left.name()).isEqualTo("rdm");
          assertThat(left.why()).contains("raw device mapping");
          assertThat(left.concerns().getFirst().remedy()).contains("Storage vMotion");
        });
  }

  @Test
  void namesAreLegalAndUnique() {
    Proposal proposal =
        propose(9, vm("SRV Erp_01", "x", ""), vm("srv.erp-01", "x", ""), vm("***", "x", ""));

    assertThat(proposal.waves().getFirst().vms())
        .extracting(p -> p.spec().target().name())
        .containsExactlyInAnyOrder("srv-erp-01", "srv-erp-01-2", "vm");
  }

  private static Proposal propose(int waveSize, Inventory.Vm... vms) {
    return WavePlan.propose(
        new PlanEffect.EnsureProposed(new PlanId("p"), 1, request(waveSize), Set.of(), 1),
        new InventoryView.Snapshot(List.of(vms), Map.of()),
        () -> false);
  }

  private static List<List<String>> names(Proposal proposal) {
    return proposal.waves().stream()
        .map(wave -> wave.vms().stream().map(p -> p.spec().source().name()).toList())
        .toList();
  }
}
