// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.executor.MigrationState.Idle;
import io.drover.executor.MigrationState.Kept;
import io.drover.executor.MigrationState.Over;
import io.drover.schemas.MigrationFact.CommandKept;
import io.drover.schemas.MigrationFact.Early;
import java.util.ArrayList;
import java.util.List;

/** The commands that came before the journey they are meant for, kept until it begins. */
final class EarlyCommands {
  /**
   * So many are kept for a VM: whoever names migrations that never come must not fill its state.
   */
  static final int MOST = 16;

  private EarlyCommands() {}

  /** Those that are kept. */
  static List<Kept> of(MigrationState state) {
    return state instanceof Idle idle
        ? idle.kept()
        : state instanceof Over over ? over.kept() : List.of();
  }

  /** Keeps one; one that is kept already changes nothing, one too many is refused. */
  static void keep(Course course, String verb, CommandKept command) {
    List<Kept> before = of(course.state());
    if (before.contains(kept(command))) {
      return;
    }
    int after = with(before, command).size();
    if (after > before.size() && after > MOST) {
      course.refuse(
          command.by(),
          verb,
          verb + " migration " + command.migration() + " before it begins",
          before.size()
              + " commands to migrations of this VM that have not begun are kept already");
    } else {
      course.happen(command);
    }
  }

  /** A cancel outlives everything else; a pause and a resume outlive each other. */
  static List<Kept> with(List<Kept> kept, CommandKept command) {
    var next = new ArrayList<>(kept);
    next.removeIf(k -> k.migration().equals(command.migration()) && k.command() != Early.CANCEL);
    if (command.command() != Early.RESUME) {
      next.add(kept(command));
    }
    return next;
  }

  private static Kept kept(CommandKept command) {
    return new Kept(command.migration(), command.command(), command.by(), command.reason());
  }
}
