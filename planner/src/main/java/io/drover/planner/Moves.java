// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.PlanState.Proposing;
import io.drover.planner.PlanState.Wave;
import io.drover.planner.programme.Place;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Proposal;
import io.drover.schemas.WaveId;
import io.drover.schemas.WaveStatus.Move;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Which VMs a plan that is made again puts elsewhere, wave by wave, for the waves' documents. */
final class Moves {
  private final boolean again;
  private final @Nullable Instant start;
  private final Map<String, WaveId> was = new HashMap<>();
  private final Map<String, Proposal.Moved> moved = new HashMap<>();

  Moves(Proposing asked, Proposal proposal) {
    Proposal.Changes changes = proposal.changes();
    this.again = changes != null;
    Proposal.Outlook outlook = proposal.outlook();
    this.start = outlook == null ? null : outlook.start();
    if (changes != null) {
      changes.moved().forEach(move -> moved.put(move.vm().toString(), move));
      asked.waves().values().stream()
          .filter(wave -> !wave.released())
          .forEach(wave -> wave.places().keySet().forEach(vm -> was.put(vm, wave.id())));
    }
  }

  /** Who comes into a wave, or to another time in it; nobody where nothing was to be kept. */
  List<Move> into(Wave wave) {
    var into = new ArrayList<Move>();
    if (!again) {
      return into;
    }
    for (MigrationSpec spec : wave.specs()) {
      String vm = spec.vm().toString();
      WaveId from = was.get(vm);
      Proposal.Moved move = moved.get(vm);
      if (move != null || !wave.id().equals(from)) {
        Place place = wave.places().get(vm);
        into.add(
            new Move(
                spec.vm(),
                spec.source().name(),
                from,
                move == null ? null : at(move.fromSeconds()),
                place == null ? null : at(place.cutover())));
      }
    }
    return into;
  }

  private @Nullable Instant at(long second) {
    return start == null ? null : start.plusSeconds(second);
  }
}
