// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.schemas.Concern;
import io.drover.schemas.Concern.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Collects concerns, so that a rule is one call. */
final class Findings {
  private final List<Concern> found = new ArrayList<>();

  void blocker(String id, String observed, String why, String remedy) {
    found.add(new Concern(id, Severity.BLOCKER, observed, why, remedy, false));
  }

  void warning(String id, String observed, String why, String remedy) {
    found.add(new Concern(id, Severity.WARNING, observed, why, remedy, false));
  }

  void info(String id, String observed, String why, String remedy) {
    found.add(new Concern(id, Severity.INFO, observed, why, remedy, false));
  }

  /** Drover takes care of it. */
  void handled(String id, Severity severity, String observed, String why, String remedy) {
    found.add(new Concern(id, severity, observed, why, remedy, true));
  }

  /** Blockers first, otherwise as found. */
  List<Concern> sorted() {
    found.sort(Comparator.comparing(Concern::severity));
    return List.copyOf(found);
  }
}
