// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.estate;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What people said about a machine, or what its attributes say.
 *
 * @param application what cuts over together
 * @param calendar name of the calendar its cutover lies in
 * @param team whose people stand by at the cutover, empty for the common ones
 * @param criticality 1 (least) to 5
 * @param downtimeBudget the longest outage that is accepted, null = any
 * @param splittable whether the application may cut over in several windows
 * @param calendarSaid where its calendar was said, for people: a file and row, an attribute; empty
 *     if nobody knows
 */
public record Workload(
    String application,
    Stage stage,
    String calendar,
    String team,
    int criticality,
    @Nullable Duration downtimeBudget,
    boolean splittable,
    String calendarSaid) {
  /** Of a calendar that nobody knows where it was said. */
  public Workload(
      String application,
      Stage stage,
      String calendar,
      String team,
      int criticality,
      @Nullable Duration downtimeBudget,
      boolean splittable) {
    this(application, stage, calendar, team, criticality, downtimeBudget, splittable, "");
  }
}
