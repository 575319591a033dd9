// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import static io.drover.planner.Estates.disk;
import static io.drover.planner.Estates.vm;
import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Inventory;
import io.drover.schemas.Inventory.Backing;
import io.drover.schemas.PlanId;
import io.drover.schemas.PlanMessage.PlanRequest;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Proposal;
import io.drover.schemas.Sink;
import io.drover.schemas.SinkPolicy.Ways;
import io.drover.schemas.Transfer;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** A plan says how disks are going to get into their volumes, before anything of it begins. */
class SinksForetoldTest {
  private static final Inventory VM =
      vm("web", "shop", "", disk(2000, Backing.FLAT), disk(2001, Backing.FLAT));

  private static Inventory rbd(String... modes) {
    return new Inventory.StorageClass(
        "t", "rbd", "rbd.csi", true, false, List.of(modes), null, null, null, null);
  }

  private static Proposal propose(Sink asked, @Nullable Ways ways, Inventory storage) {
    PlanSettings settings = Estates.settings(Transfer.STREAM, asked, Map.of("*", "rbd"));
    return WavePlan.propose(
        Estates.wanted(
            new PlanId("p"), 1, new PlanRequest(List.of(), List.of(), 9, settings, 1), Set.of(), 1),
        new InventoryView.Snapshot(List.of(VM, storage), Map.of(), List.of(), Map.of(), ways),
        () -> false);
  }

  private static String why(Sink asked, @Nullable Ways ways, Inventory storage) {
    List<Proposal.Foretold> sinks =
        propose(asked, ways, storage).waves().getFirst().vms().getFirst().sinks();
    return sinks == null ? "" : sinks.toString();
  }

  @Test
  void theWayThatTheConverterWillChooseIsSaidWithItsReason() {
    var all = new Ways(true, true, true);

    assertThat(why(Sink.AUTO, all, rbd("ReadWriteMany/Block")))
        .contains("Hard disk 2000, Hard disk 2001", "direct", "Worker pods reach the ESXi hosts");
    assertThat(why(Sink.AUTO, all, rbd("ReadWriteMany/Filesystem")))
        .contains("upload", "The upload proxy is set up");
  }

  @Test
  void thePlanAsAWholeCountsTheDisksOfEachWay() {
    assertThat(propose(Sink.AUTO, new Ways(true, true, true), rbd("ReadWriteMany/Block")).notes())
        .anyMatch(note -> note.startsWith("2 disks go in by direct: Worker pods"));
  }

  @Test
  void whatIsAskedForAndNotSetUpIsSaid() {
    assertThat(why(Sink.HTTP, new Ways(true, false, false), rbd("ReadWriteMany/Block")))
        .contains("http", "which is not set up");
  }

  @Test
  void whereNobodyKnowsWhatIsSetUpNothingIsSaid() {
    assertThat(why(Sink.AUTO, null, rbd("ReadWriteMany/Block"))).isEmpty();
    assertThat(why(Sink.AUTO, new Ways(false, false, false), rbd("ReadWriteMany/Block"))).isEmpty();
  }
}
