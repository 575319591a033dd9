// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import io.drover.planner.report.Table;
import io.drover.planner.report.Tables;
import io.drover.schemas.Proposal;
import io.drover.schemas.Way;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The tables of a plan of a running Drover. That of the machines can be edited and imported: its
 * times are instants, or durations from the release of the first wave where the plan knows no
 * windows.
 */
final class LiveTables {
  private LiveTables() {}

  static List<Table> of(int version, Proposal proposal) {
    return List.of(waves(proposal), machines(version, proposal), left(proposal));
  }

  private static String at(Proposal proposal, long second) {
    Proposal.Outlook outlook = proposal.outlook();
    Instant start = outlook == null ? null : outlook.start();
    return start == null
        ? Duration.ofSeconds(second).toString()
        : start.plusSeconds(second).toString();
  }

  private static Table waves(Proposal proposal) {
    var rows = new ArrayList<List<Object>>();
    Proposal.Outlook outlook = proposal.outlook();
    for (Proposal.Wave wave : proposal.waves()) {
      Proposal.@Nullable WaveOutlook foretold =
          outlook == null
              ? null
              : outlook.waves().stream()
                  .filter(w -> w.wave().equals(wave.id()))
                  .findFirst()
                  .orElse(null);
      rows.add(
          List.of(
              wave.id().number(),
              wave.name(),
              wave.vms().size(),
              foretold == null ? "" : at(proposal, foretold.fromSeconds()),
              foretold == null ? "" : at(proposal, foretold.toSeconds()),
              foretold == null ? "" : at(proposal, foretold.p95Seconds())));
    }
    return new Table(
        "Waves", List.of("Wave", "Name", "Machines", "Cutovers from", "Ends", "End P95"), rows);
  }

  private static Table machines(int version, Proposal proposal) {
    var rows = new ArrayList<List<Object>>();
    for (Proposal.Wave wave : proposal.waves()) {
      for (Proposal.Planned vm : wave.vms()) {
        Proposal.Timing timing = vm.timing();
        rows.add(
            List.of(
                vm.spec().vm().toString(),
                vm.spec().source().name(),
                vm.application(),
                wave.id().number(),
                timing == null || vm.spec().way() != Way.WARM
                    ? ""
                    : at(proposal, timing.copySeconds()),
                timing == null ? "" : at(proposal, timing.cutoverSeconds()),
                vm.spec().way().name().toLowerCase(Locale.ROOT),
                timing == null ? "" : Math.round(timing.outageSeconds() / 60.0),
                timing == null ? "" : Math.round(timing.outageP95Seconds() / 60.0),
                version,
                vm.why()));
      }
    }
    return new Table("Machines", Tables.machineHeads("Version", "Why there"), rows);
  }

  private static Table left(Proposal proposal) {
    var rows = new ArrayList<List<Object>>();
    proposal.left().forEach(vm -> rows.add(List.of(vm.vm().toString(), vm.name(), vm.why())));
    return new Table("Left out", List.of("Id", "Name", "Why"), rows);
  }
}
