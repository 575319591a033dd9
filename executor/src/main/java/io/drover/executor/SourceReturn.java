// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.SourceLooks.again;
import static io.drover.executor.SourceLooks.contended;
import static io.drover.executor.SourceLooks.marked;
import static io.drover.executor.SourceLooks.ours;
import static io.drover.executor.SourceLooks.read;

import io.drover.engine.StopSignal;
import io.drover.executor.MigrationEffect.EnsureSourcePowered;
import io.drover.executor.MigrationEffect.EnsureSourceReleased;
import io.drover.executor.MigrationEffect.EnsureSourceUnfenced;
import io.drover.executor.MigrationEffect.EnsureSourceUnlocked;
import io.drover.executor.SourceVm.Sight;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Step;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * The undos on the source: what was locked, fenced and shut down comes back as it was recorded, by
 * the same protocol, and only where the source still carries our mark. A source that lost it is
 * touched no more, and only counts as brought back where it stands as recorded.
 */
final class SourceReturn {
  private final SourceVm source;
  private final SourceLooks looks;
  private final Patience patience;

  SourceReturn(SourceVm source, Patience patience) {
    this.source = source;
    this.looks = new SourceLooks(source, patience);
    this.patience = patience;
  }

  /** The source is a virtual machine again, where it was. */
  Evidence unlock(EnsureSourceUnlocked effect, StopSignal stop) {
    unlock(effect.spec(), effect.recorded(), stop);
    return new Evidence.Undone(Step.LOCK_SOURCE, "a virtual machine again");
  }

  private void unlock(MigrationSpec spec, Evidence.SourceRecorded recorded, StopSignal stop) {
    Sight seen = looks.calm(spec, stop);
    if (!seen.template()) {
      return;
    }
    if (!ours(spec, seen)) {
      throw markGone(spec, seen, List.of("it is a template"));
    }
    // Where it was recorded its host may be gone by now, but a template is always on one.
    String host = seen.host() == null ? recorded.host() : seen.host();
    source.unlock(spec.vm(), recorded.resourcePool(), host);
    looks.await(spec, s -> !s.template() && s.busy() == null, "be a virtual machine", stop);
  }

  /** Its network cards connect as recorded. */
  Evidence unfence(EnsureSourceUnfenced effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    Sight before = looks.calm(spec, stop);
    if (marked(spec, before) && !before.marks().containsKey(SourceVm.MARK_NICS)) {
      // Never fenced; or nobody knows any more what to connect.
      asRecorded(spec, before, fence(effect.recorded(), before));
    }
    unfence(spec, stop);
    Sight after = looks.calm(spec, stop);
    if (!ours(spec, after)) {
      asRecorded(spec, after, fence(effect.recorded(), after));
    }
    return new Evidence.Undone(Step.FENCE, "network cards as recorded");
  }

  /** Takes the fence off and turns the mark, so that nobody late goes forward here any more. */
  private void unfence(MigrationSpec spec, StopSignal stop) {
    for (int round = 0; round < SourceLooks.ROUNDS; round++) {
      Sight seen = looks.calm(spec, stop);
      if (!marked(spec, seen)) {
        // Fence and mark change in one compare-and-set: turned, the mark says that it is off.
        return;
      }
      String nics = seen.marks().get(SourceVm.MARK_NICS);
      String back = SourceVm.BACK + spec.id().value();
      try {
        if (nics == null) {
          // Never fenced: its network cards are not touched, it may be running.
          source.mark(
              spec.vm(),
              seen.changeVersion(),
              Map.of(SourceVm.MARK, back, SourceVm.MARK_ASKED, ""));
        } else {
          source.unfence(
              spec.vm(),
              seen.changeVersion(),
              read(spec, nics),
              Map.of(SourceVm.MARK, back, SourceVm.MARK_NICS, "", SourceVm.MARK_ASKED, ""));
        }
      } catch (Trouble trouble) {
        again(trouble);
      }
    }
    throw contended(spec);
  }

  /** What looks as a fence or a lock leaves it. */
  private static List<String> fence(Evidence.SourceRecorded recorded, Sight seen) {
    var signs = new ArrayList<String>();
    if (seen.template()) {
      signs.add("it is a template");
    }
    recorded
        .startConnected()
        .forEach((card, on) -> {
          if (on && Boolean.FALSE.equals(seen.startConnected().get(card))) {
            signs.add("its network card " + card + " does not connect at power on, but did");
          }
        });
    return signs;
  }

  /** Who lost our mark may be somebody else's by now: a person has to look. */
  private static void asRecorded(MigrationSpec spec, Sight seen, List<String> signs) {
    if (!signs.isEmpty()) {
      throw markGone(spec, seen, signs);
    }
  }

  private static Trouble markGone(MigrationSpec spec, Sight seen, List<String> signs) {
    return Trouble.unknown(
        "source-mark-gone",
        "VM "
            + spec.source().name()
            + " is not as it was recorded: "
            + String.join(", ", signs)
            + "; and its settings "
            + seen.marks()
            + " do not say how it was before migration "
            + spec.id()
            + ".",
        "Put it right by hand and retry; or give it back its setting "
            + SourceVm.MARK
            + "="
            + spec.id()
            + ", with "
            + SourceVm.MARK_NICS
            + " as it was, and retry.");
  }

  /** It has the power state that was recorded. */
  Evidence power(EnsureSourcePowered effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    Sight seen = looks.calm(spec, stop);
    if (marked(spec, seen)) {
      // The fence was never begun, or somebody late put it back: either way it goes first.
      unlock(spec, effect.recorded(), stop);
      unfence(spec, stop);
      seen = looks.calm(spec, stop);
    }
    if (seen.template() || !ours(spec, seen)) {
      List<String> signs = fence(effect.recorded(), seen);
      if (effect.recorded().power() == Power.ON && seen.power() != Power.ON) {
        signs.add("it is " + seen.power() + ", but was ON");
      }
      asRecorded(spec, seen, signs);
      return new Evidence.Undone(
          Step.QUIESCE, "as recorded, and carries no mark of this migration");
    }
    if (effect.recorded().power() == Power.ON) {
      if (seen.power() == Power.ON && !effect.wasOff()) {
        // Our request to shut down may not have reached the guest yet: one that comes down later
        // would stay down, because nobody looks any more.
        Sight down =
            patience.until(
                () -> looks.when(spec, s -> s.power() == Power.OFF),
                spec.policy().shutdownGrace(),
                stop);
        seen = down == null ? seen : down;
      }
      if (seen.power() != Power.ON) {
        source.powerOn(spec.vm());
        looks.await(spec, s -> s.power() == Power.ON && s.busy() == null, "be on", stop);
      }
    }
    return new Evidence.Undone(Step.QUIESCE, "power " + effect.recorded().power() + " as recorded");
  }

  /** Nothing of this journey is left on it. */
  Evidence release(EnsureSourceReleased effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    for (int round = 0; round < SourceLooks.ROUNDS; round++) {
      Sight seen = looks.calm(spec, stop);
      boolean theirs = seen.marks().containsKey(SourceVm.MARK) && !ours(spec, seen);
      if (theirs || seen.marks().isEmpty()) {
        return new Evidence.Undone(Step.GATE, "no mark of this migration");
      }
      try {
        source.mark(
            spec.vm(),
            seen.changeVersion(),
            Map.of(SourceVm.MARK, "", SourceVm.MARK_NICS, "", SourceVm.MARK_ASKED, ""));
      } catch (Trouble trouble) {
        again(trouble);
      }
    }
    throw contended(spec);
  }
}
