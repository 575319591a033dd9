// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world;

import io.drover.lab.sim.Simulation;
import org.junit.jupiter.api.Test;

/**
 * Whole journeys of a small herd, cold and warm, by the brains and the loop that ship, in a world
 * that lies, is late and is meddled with.
 */
class JourneySimulationTest {
  @Test
  void a_herd_arrives_or_comes_back_whatever_happens() {
    Simulation.seeds(
        30,
        "mvn -pl lab -am test -Dtest=JourneySimulationTest -Dsurefire.failIfNoSpecifiedTests=false",
        seed -> new Herd(seed, JourneyWorld.Parts.SHIPPED).travel());
  }
}
