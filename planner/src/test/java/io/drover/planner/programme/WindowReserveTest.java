// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.planner.Herd;
import io.drover.planner.estate.Estate;
import io.drover.planner.estate.Evidence;
import io.drover.planner.estate.Site;
import io.drover.planner.programme.Programme.Options;
import io.drover.schemas.DispatchMessage.Limits;
import io.drover.schemas.VmKey;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What is kept free of a window is for what is late, and no reason to leave anything behind. */
class WindowReserveTest {
  private static final Options QUICK = new Options(1, 500, 50, true, Herd.RATES);
  private static final int MINUTE = 60;

  /** A cutover of the herd. */
  private static final int CUTOVER = 13 * MINUTE;

  /** One cutover after the other. */
  private static final Site ONE =
      new Site(new Limits(8, 15, 48, 1_000, 1, 0), 20, 0, 0, 0, 0, Map.of(), Map.of());

  @Test
  void anApplicationThatNeedsTheWholeWindowHasIt() {
    Estate estate =
        new Herd()
            .calendar("night", 0, 4 * CUTOVER + MINUTE)
            .vm("a1", "app=a", "window=night")
            .vm("a2", "app=a", "window=night")
            .vm("a3", "app=a", "window=night")
            .vm("a4", "app=a", "window=night")
            .knows("a1", "a2", Evidence.Kind.TOGETHER, 1, "said")
            .knows("a2", "a3", Evidence.Kind.TOGETHER, 1, "said")
            .knows("a3", "a4", Evidence.Kind.TOGETHER, 1, "said")
            .at(ONE)
            .reserving(10)
            .estate();

    assertThat(Planning.of(estate, QUICK, () -> false).machines()).hasSize(4);
  }

  @Test
  void whatHasNoOtherPlaceHasOneInTheShareThatIsKeptFree() {
    Estate estate = nights(10, 4, 4 * CUTOVER + MINUTE);

    Programme programme = Planning.of(estate, QUICK, () -> false);

    assertThat(programme.left()).isEmpty();
    assertThat(programme.machines()).hasSize(4);
  }

  @Test
  void whatHasAnotherPlaceKeepsOutOfIt() {
    int night = 4 * CUTOVER + MINUTE;
    Estate estate =
        machines(new Herd().calendar("night", 0, night, 86_400, 86_400 + night), 4)
            .at(ONE)
            .reserving(10)
            .estate();

    Programme programme = Planning.of(estate, QUICK, () -> false);

    assertThat(programme.machines()).hasSize(4);
    assertThat(IntStream.range(0, 4).map(programme::end).filter(e -> e <= night)).hasSize(3);
  }

  @Test
  void aPlaceInItThatSomebodyChoseIsKept() {
    int night = 4 * CUTOVER + MINUTE;
    Estate estate = nights(50, 1, night);
    var places = new HashMap<VmKey, Place>();
    places.put(Herd.key("m0"), new Place(0, 3 * CUTOVER));

    var again = Replanning.of(new Replanning.Places(estate.start(), places), estate, QUICK);

    assertThat(again.moved()).isEmpty();
    assertThat(again.programme().cutover(0)).isEqualTo(3 * CUTOVER);
  }

  private static Estate nights(int reserve, int machines, int night) {
    return machines(new Herd().calendar("night", 0, night), machines)
        .at(ONE)
        .reserving(reserve)
        .estate();
  }

  private static Herd machines(Herd herd, int machines) {
    for (int i = 0; i < machines; i++) {
      herd = herd.vm("m" + i, "app=app" + i, "window=night");
    }
    return herd;
  }
}
