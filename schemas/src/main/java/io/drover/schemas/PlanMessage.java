// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What moves a plan. Key: plan id. */
public sealed interface PlanMessage extends Message {
  /** Of a person: make a proposal out of what the inventory shows now. */
  record ProposePlan(PlanId plan, PlanRequest request) implements PlanMessage {}

  /**
   * Of a person: make the proposal anew because something changed, and move as few VMs as it can.
   */
  record ReplanPlan(PlanId plan) implements PlanMessage {}

  /**
   * Of a person: a plan that was edited in the spreadsheet becomes its next version, if everything
   * in it can be done.
   *
   * @param planVersion the version that was exported and edited
   * @param rows all rows of its table, also those that nobody changed
   */
  record EditPlan(PlanId plan, int planVersion, List<EditedRow> rows) implements PlanMessage {
    public EditPlan {
      rows = List.copyOf(rows);
    }
  }

  /**
   * A row of an edited table.
   *
   * @param row its number in the spreadsheet, for the words of a refusal
   * @param id VM key text
   * @param wave number of the wave, as the table writes it
   * @param copy when the copy begins, as the table writes it; empty where it has no copy ahead
   * @param cutover when the cutover begins, as the table writes it
   */
  record EditedRow(int row, String id, String name, String wave, String copy, String cutover) {}

  /** Of a person: this wave of exactly this version may go. */
  record ApproveWave(WaveId wave, int planVersion) implements PlanMessage {}

  /** Of a person, or of GitOps: start an approved wave. */
  record ReleaseWave(WaveId wave, int planVersion) implements PlanMessage {}

  /** Of a person: no journey of the wave begins another step. */
  record PauseWave(WaveId wave, String reason) implements PlanMessage {}

  /** Of a person: go on. */
  record ResumeWave(WaveId wave) implements PlanMessage {}

  /** Of a person: every journey of the wave that is not over goes back. */
  record CancelWave(WaveId wave, String reason) implements PlanMessage {}

  /** Of a person: bring every source of the wave back that is not committed. */
  record RollBackWave(WaveId wave, String reason) implements PlanMessage {}

  /** Of a person: commit every soaking VM of the wave. */
  record CommitWave(WaveId wave) implements PlanMessage {}

  /**
   * From a journey: where it is now, when its phase changed or its copy reached a milestone.
   *
   * @param copy null in messages of older builds
   */
  record JourneyAdvanced(
      VmKey vm,
      MigrationId migration,
      WaveId wave,
      Phase phase,
      Checkpoint checkpoint,
      @Nullable CopyProgress copy)
      implements PlanMessage {}

  /**
   * From the planner's eye: what of the inventory is otherwise than a version was made of, all of
   * it or the first of it.
   *
   * @param more how many there are beside {@code drifts}
   */
  record EstateLooked(PlanId plan, int version, List<Drift> drifts, int more)
      implements PlanMessage {
    public EstateLooked {
      drifts = List.copyOf(drifts);
    }
  }

  /** From a journey: how it ended. */
  record JourneyEnded(
      VmKey vm,
      MigrationId migration,
      WaveId wave,
      Result result,
      @Nullable String reason,
      Instant at)
      implements PlanMessage {}

  /**
   * What a person asks to be planned.
   *
   * @param requester compared with the approver where four eyes are asked for
   * @param vcenters vCenter instance UUIDs in scope, empty = all
   * @param select names, folders ({@code folder:…}), attributes ({@code app=erp}) or tags ({@code
   *     tag:…}) in scope, empty = all
   * @param waveSize VMs a wave at most
   * @param settings mappings and policies
   * @param said what is known beside the inventory; null = nothing
   */
  record PlanRequest(
      List<String> vcenters,
      List<String> select,
      int waveSize,
      PlanSettings settings,
      long seed,
      @Nullable Sayings said) {
    public PlanRequest {
      vcenters = List.copyOf(vcenters);
      select = List.copyOf(select);
    }

    /** A request that says nothing beside the inventory. */
    public PlanRequest(
        List<String> vcenters,
        List<String> select,
        int waveSize,
        PlanSettings settings,
        long seed) {
      this(vcenters, select, waveSize, settings, seed, null);
    }

    /** Whether a VM is in its scope. */
    public boolean means(Inventory.Vm vm) {
      return (vcenters.isEmpty() || vcenters.contains(vm.vm().vcenter()))
          && (select.isEmpty() || select.stream().anyMatch(term -> means(vm, term)));
    }

    private static boolean means(Inventory.Vm vm, String term) {
      if (term.startsWith("folder:")) {
        return vm.placement().folder().startsWith(term.substring("folder:".length()));
      }
      if (term.startsWith("tag:")) {
        return vm.tags().contains(term.substring("tag:".length()));
      }
      int equals = term.indexOf('=');
      return equals > 0
          ? term.substring(equals + 1).equals(vm.attributes().get(term.substring(0, equals)))
          : vm.name().matches(Pattern.quote(term).replace("*", "\\E.*\\Q"));
    }

    /** What is known beside the inventory. */
    public Sayings sayings() {
      return said == null ? Sayings.NONE : said;
    }

    /**
     * The same with a second 0, where windows need one: the one that was named, else this; a whole
     * second, not an earlier one, because what is planned is so many seconds from it.
     */
    public PlanRequest startingAt(Instant at) {
      if (said == null || (said.start() == null && said.windows().isEmpty())) {
        return this;
      }
      return with(said.startingAt(whole(said.start() == null ? at : said.start())));
    }

    /** The same at a later time: what has begun by then begins then. */
    public PlanRequest from(Instant at) {
      return said == null || said.start() == null || said.start().isAfter(at)
          ? this
          : with(said.startingAt(whole(at)));
    }

    private PlanRequest with(Sayings other) {
      return new PlanRequest(vcenters, select, waveSize, settings, seed, other);
    }

    private static Instant whole(Instant at) {
      Instant second = at.truncatedTo(ChronoUnit.SECONDS);
      return second.equals(at) ? at : second.plusSeconds(1);
    }
  }
}
