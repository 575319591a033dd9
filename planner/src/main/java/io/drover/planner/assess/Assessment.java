// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import io.drover.planner.estate.Usage;
import io.drover.schemas.Concern;
import io.drover.schemas.Concern.Severity;
import io.drover.schemas.Inventory;
import io.drover.schemas.PlanSettings;
import io.drover.schemas.Transfer;
import io.drover.schemas.Way;
import java.util.List;

/**
 * Judges machines for a migration: every concern, how complex the machine is, which way suits it,
 * and how large it should be at the target. Pure: a function of the machine, its mapping and the
 * target.
 */
public final class Assessment {
  /** The concern of a disk that several machines have, which is told of all of them at once. */
  public static final String SHARED = Rule.DISK_SHARED.id();

  private final Target target;

  public Assessment(Target target) {
    this.target = target;
  }

  /**
   * What was found for one machine.
   *
   * @param concerns blockers first
   * @param complexity 1 (as easy as it gets) to 5
   * @param way the way that suits it
   * @param why of the way, in words
   */
  public record Judged(
      List<Concern> concerns, int complexity, Suggestion way, String why, RightSize rightSize) {
    public Judged {
      concerns = List.copyOf(concerns);
    }

    /** The concerns that keep it out of every wave. */
    public List<Concern> blockers() {
      return concerns.stream().filter(c -> c.severity() == Severity.BLOCKER).toList();
    }
  }

  /** How a machine had better move. */
  public enum Suggestion {
    WARM,
    COLD,
    HOLD
  }

  /** Every concern, blockers first. */
  public List<Concern> of(Inventory.Vm vm, Mapping mapping, PlanSettings settings) {
    var found = new Findings();
    MachineConcerns.find(vm, mapping, settings, target, found);
    DiskConcerns.find(vm, mapping, target, found);
    GuestConcerns.find(vm, mapping, found);
    NetworkConcerns.find(vm, mapping, target, found);
    TargetConcerns.find(vm, mapping, Mapping.override(vm, settings).name(), target, found);
    return found.sorted();
  }

  /** The whole judgement. */
  public Judged judge(Inventory.Vm vm, Usage usage, Mapping mapping, PlanSettings settings) {
    List<Concern> concerns = of(vm, mapping, settings);
    boolean blocked = concerns.stream().anyMatch(c -> c.severity() == Severity.BLOCKER);
    Suggestion way;
    String why;
    if (blocked) {
      way = Suggestion.HOLD;
      why = "a blocker must be dealt with first";
    } else if (vm.power() == Inventory.Power.OFF) {
      way = Suggestion.COLD;
      why = "it is powered off, so nobody waits for it";
    } else if (!vm.changeTracking().supported() || mapping.transfer() == Transfer.STREAM) {
      way = Suggestion.COLD;
      why =
          mapping.transfer() == Transfer.STREAM
              ? "the stream transfer copies whole disks only"
              : "its virtual hardware has no changed block tracking";
    } else if (!vm.snapshots().isEmpty()) {
      way = Suggestion.COLD;
      why = "a warm copy beside foreign snapshots is not safe";
    } else if (bytes(vm, usage) < 20L << 30) {
      way = Suggestion.COLD;
      why = "it has less than 20 GiB to copy, which is quickly done";
    } else {
      way = Suggestion.WARM;
      why = "it runs and has much to copy: only what changed last is copied in the outage";
    }
    return new Judged(concerns, complexity(vm, usage, concerns), way, why, RightSize.of(vm, usage));
  }

  private static long bytes(Inventory.Vm vm, Usage usage) {
    return usage.usedBytes() > 0 ? usage.usedBytes() : vm.capacityBytes();
  }

  /** Points for what makes a move hard, on a scale of 1 to 5. */
  static int complexity(Inventory.Vm vm, Usage usage, List<Concern> concerns) {
    double points = 0;
    for (Concern concern : concerns) {
      points +=
          switch (concern.severity()) {
            case BLOCKER -> 3;
            case WARNING -> concern.handled() ? 0.3 : 0.8;
            case INFO -> 0.1;
          };
    }
    points += Math.max(0, vm.disks().size() - 2) * 0.25;
    points += Math.max(0, vm.nics().size() - 1) * 0.25;
    long gib = bytes(vm, usage) >> 30;
    points += gib > 4096 ? 2 : gib > 1024 ? 1 : gib > 256 ? 0.5 : 0;
    return (int) Math.max(1, Math.min(5, Math.round(1 + points)));
  }

  /** The way to plan with where a plan leaves it open. */
  public static Way way(Suggestion suggestion, Way otherwise) {
    return switch (suggestion) {
      case WARM -> Way.WARM;
      case COLD -> Way.COLD;
      case HOLD -> otherwise;
    };
  }
}
