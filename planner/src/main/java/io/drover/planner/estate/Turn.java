// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import java.util.Collection;
import java.util.Comparator;

/**
 * When something has its turn: nothing of a later one cuts over before everything of the earlier
 * ones has. What belongs together has the latest turn of its machines, and a pilot is of what can
 * be missed: what is critical goes with production.
 */
public record Turn(Stage stage, Criticality criticality) implements Comparable<Turn> {
  private static final Comparator<Turn> ORDER =
      Comparator.comparing(Turn::stage).thenComparing(Turn::criticality);

  /** The turn of machines that belong together. */
  public static Turn of(Collection<Workload> workloads) {
    Stage stage = Stage.PILOT;
    Criticality criticality = Criticality.LOW;
    for (Workload workload : workloads) {
      Criticality own = Criticality.of(workload.criticality());
      stage = workload.stage().compareTo(stage) > 0 ? workload.stage() : stage;
      criticality = own.compareTo(criticality) > 0 ? own : criticality;
    }
    boolean missed = stage == Stage.PILOT && criticality == Criticality.CRITICAL;
    return new Turn(missed ? Stage.PRODUCTION : stage, criticality);
  }

  /** The same turn, or that of {@code other} where it is later in the same stage. */
  public Turn notBefore(Turn other) {
    return other.stage == stage && other.compareTo(this) > 0 ? other : this;
  }

  @Override
  public int compareTo(Turn other) {
    return ORDER.compare(this, other);
  }
}
