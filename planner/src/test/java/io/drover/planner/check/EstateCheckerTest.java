// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.check;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.Herd;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence.Kind;
import io.drover.planner.estate.Site;
import io.drover.planner.programme.Planning;
import io.drover.planner.programme.Programme;
import io.drover.planner.programme.Programme.Options;
import io.drover.schemas.DispatchMessage.Limits;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A checker that finds nothing proves nothing: here is something to find. */
class EstateCheckerTest {
  private static final Options QUICK = new Options(1, 300, 50, true, Herd.RATES);

  /** Four machines of one team at once, cold, one datastore, one class, a conversion each. */
  private static Herd four() {
    return new Herd()
        .vm("a", "team=dba")
        .vm("b", "team=dba")
        .vm("c", "team=dba")
        .vm("d", "team=dba");
  }

  private static Site site(
      int perDatastore,
      int nfc,
      int perClass,
      int cutovers,
      int pods,
      int link,
      int ingest,
      int storage,
      int memory,
      int team) {
    return new Site(
        new Limits(8, perDatastore, nfc, perClass, cutovers, 0),
        pods,
        link,
        ingest,
        storage,
        memory,
        Map.of("dba", team),
        Map.of());
  }

  @ParameterizedTest
  @CsvSource({
    "4,4,4,4,4,1000,1000,40,16,4,",
    "3,4,4,4,4,1000,1000,40,16,4,of datastore ds",
    "4,3,4,4,4,1000,1000,40,16,4,of vCenter vc",
    "4,4,3,4,4,1000,1000,40,16,4,of storage class rbd",
    "4,4,4,3,4,1000,1000,40,16,4,of people",
    "4,4,4,4,3,1000,1000,40,16,4,of pods",
    "4,4,4,4,4,100,1000,40,16,4,of link",
    "4,4,4,4,4,1000,100,40,16,4,of ingest",
    "4,4,4,4,4,1000,1000,39,16,4,of space",
    "4,4,4,4,4,1000,1000,40,15,4,of memory",
    "4,4,4,4,4,1000,1000,40,16,3,of team dba",
    "4,4,4,4,4,1000,1000,40,16,0,there is none of team dba"
  })
  void oneLessOfAnythingIsFound(
      int perDatastore,
      int nfc,
      int perClass,
      int cutovers,
      int pods,
      int link,
      int ingest,
      int storage,
      int memory,
      int team,
      String found) {
    Programme planned = plan(four().at(site(4, 4, 4, 4, 4, 1000, 1000, 40, 16, 4)).estate());
    Site less =
        site(perDatastore, nfc, perClass, cutovers, pods, link, ingest, storage, memory, team);

    List<String> wrong = EstateChecker.check(in(planned, planned.estate().at(less)));

    if (found == null) {
      assertThat(wrong).isEmpty();
    } else {
      assertThat(wrong).anyMatch(w -> w.contains(found));
    }
  }

  @Test
  void whatIsSaidOnlyAfterwardsIsFound() {
    Programme planned = plan(four().estate());

    List<String> wrong =
        EstateChecker.check(
            in(
                planned,
                four()
                    .knows("a", "b", Kind.APART, 1, "row 1")
                    .knows("b", "c", Kind.TOGETHER, 1, "row 2")
                    .knows("c", "d", Kind.AFTER, 1, "row 3")
                    .calendar("copies", 0, 1)
                    .estate()));

    assertThat(wrong)
        .anyMatch(w -> w.equals("a is not apart from vc/u-b"))
        .anyMatch(w -> w.equals("vc/u-b is parted from vc/u-c"))
        .anyMatch(w -> w.equals("c begins before d, which it depends on, has ended"));
  }

  private static Programme plan(Estate estate) {
    Programme programme = Planning.of(estate, QUICK, () -> false);
    assertThat(programme.machines()).hasSize(4);
    assertThat(programme.solved().schedule().cutover()).containsOnly(0);
    return programme;
  }

  /** The same places in another estate. */
  private static Programme in(Programme p, Estate estate) {
    return new Programme(
        estate,
        p.options(),
        p.machines(),
        p.left(),
        p.grouping(),
        p.problem(),
        p.solved(),
        p.waves(),
        p.notes());
  }
}
