// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import io.drover.schemas.Proposal;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A plan and its latest proposal.
 *
 * @param edit the last edited plan that was handed in, if no version stands since
 * @param outdated why the version is out of date, a sentence each; empty while it is not
 */
public record Plan(
    String id,
    int version,
    @Nullable Proposal proposal,
    @Nullable String problem,
    @Nullable Edit edit,
    List<String> outdated) {
  public Plan {
    outdated = List.copyOf(outdated);
  }

  /**
   * A plan in a list: the whole may have tens of megabytes.
   *
   * @param vms that are in a wave
   * @param left VMs that are in none
   * @param outdated whether something is not as the version took it to be
   */
  record Line(
      String id,
      int version,
      int waves,
      int vms,
      int left,
      @Nullable String problem,
      boolean outdated) {}

  Line line() {
    return new Line(
        id,
        version,
        proposal == null ? 0 : proposal.waves().size(),
        proposal == null ? 0 : proposal.waves().stream().mapToInt(wave -> wave.vms().size()).sum(),
        proposal == null ? 0 : proposal.left().size(),
        problem,
        !outdated.isEmpty());
  }

  Plan with(@Nullable Edit last) {
    return new Plan(id, version, proposal, problem, last, outdated);
  }

  Plan with(List<String> why) {
    return new Plan(id, version, proposal, problem, edit, why);
  }

  /**
   * An edited plan on its way to become a version.
   *
   * @param refused why it cannot, a sentence a row; empty while it is being checked
   */
  public record Edit(int version, List<String> refused) {}
}
