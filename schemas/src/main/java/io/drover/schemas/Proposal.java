// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.List;
import java.util.Map;

/**
 * What the solver proposes.
 *
 * @param waves in the order they are to go
 * @param left VMs in scope that are in no wave, with why; planned plus left is everything in scope
 * @param inventory version of each entity the solver saw, to find what changed since
 */
public record Proposal(
    List<Wave> waves, List<Left> left, Map<String, Long> inventory, List<String> notes) {
  public Proposal {
    waves = List.copyOf(waves);
    left = List.copyOf(left);
    inventory = Map.copyOf(inventory);
    notes = List.copyOf(notes);
  }

  /** One wave. */
  public record Wave(WaveId id, String name, List<Planned> vms) {
    public Wave {
      vms = List.copyOf(vms);
    }
  }

  /** One VM in a wave: its journey, its concerns, and why it is here. */
  public record Planned(
      MigrationSpec spec, String application, List<Concern> concerns, String why) {
    public Planned {
      concerns = List.copyOf(concerns);
    }
  }

  /** One VM that is not planned. */
  public record Left(VmKey vm, String name, List<Concern> concerns, String why) {
    public Left {
      concerns = List.copyOf(concerns);
    }
  }
}
