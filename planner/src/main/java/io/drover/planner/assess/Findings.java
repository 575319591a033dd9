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

  void blocker(Rule rule, String observed, String why, String remedy) {
    found.add(new Concern(rule.id(), Severity.BLOCKER, observed, why, remedy, false));
  }

  void warning(Rule rule, String observed, String why, String remedy) {
    found.add(new Concern(rule.id(), Severity.WARNING, observed, why, remedy, false));
  }

  void info(Rule rule, String observed, String why, String remedy) {
    found.add(new Concern(rule.id(), Severity.INFO, observed, why, remedy, false));
  }

  /** Drover takes care of it. */
  void handled(Rule rule, Severity severity, String observed, String why, String remedy) {
    found.add(new Concern(rule.id(), severity, observed, why, remedy, true));
  }

  /** Blockers first, otherwise as found. */
  List<Concern> sorted() {
    found.sort(Comparator.comparing(Concern::severity));
    return List.copyOf(found);
  }
}
