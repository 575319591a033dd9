// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.StopSignal;
import io.drover.executor.MigrationEffect.EnsureSourceFenced;
import io.drover.executor.MigrationEffect.EnsureSourceLocked;
import io.drover.executor.MigrationEffect.EnsureSourcePowered;
import io.drover.executor.MigrationEffect.EnsureSourceQuiesced;
import io.drover.executor.MigrationEffect.EnsureSourceRecorded;
import io.drover.executor.MigrationEffect.EnsureSourceReleased;
import io.drover.executor.MigrationEffect.EnsureSourceUnfenced;
import io.drover.executor.MigrationEffect.EnsureSourceUnlocked;
import io.drover.executor.SourceVm.Sight;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Step;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The effects on the source, each by the same protocol: look; satisfied already is an outcome; a
 * task under way is waited for, never doubled; act under a guard that vCenter checks; look again
 * until it is so.
 */
final class SourceSteps {
  private static final Duration TASK = Duration.ofMinutes(2);
  private static final int ROUNDS = 5;

  private final SourceVm source;
  private final Patience patience;

  SourceSteps(SourceVm source, Patience patience) {
    this.source = source;
    this.patience = patience;
  }

  /** What a preflight finds wrong with the source, or nothing. */
  List<String> preflight(MigrationSpec spec) {
    Sight seen = source.look(spec.vm());
    asPlanned(spec, seen);
    return List.of("source as planned: disks, power " + seen.power());
  }

  Evidence record(EnsureSourceRecorded effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    for (int round = 0; round < ROUNDS; round++) {
      Sight seen = calm(spec, stop);
      asPlanned(spec, seen);
      if (marked(spec, seen)) {
        return new Evidence.SourceRecorded(
            seen.power(),
            seen.startConnected(),
            seen.resourcePool(),
            seen.host(),
            seen.changeVersion(),
            seen.at());
      }
      try {
        source.mark(spec.vm(), seen.changeVersion(), Map.of(SourceVm.MARK, spec.id().value()));
      } catch (Trouble trouble) {
        again(trouble);
      }
    }
    throw contended(spec);
  }

  private static boolean marked(MigrationSpec spec, Sight seen) {
    return spec.id().value().equals(seen.marks().get(SourceVm.MARK));
  }

  /** What this journey may take off the source: its own mark, forward or back. */
  private static boolean ours(MigrationSpec spec, Sight seen) {
    String mark = seen.marks().get(SourceVm.MARK);
    return marked(spec, seen) || (SourceVm.BACK + spec.id().value()).equals(mark);
  }

  /** Without our mark the source is not ours any more: an owner that was replaced ends here. */
  private static void stillOurs(MigrationSpec spec, Sight seen) {
    if (!marked(spec, seen)) {
      throw Trouble.refused(
          "source-not-ours",
          "VM "
              + spec.source().name()
              + " carries the mark '"
              + seen.marks().getOrDefault(SourceVm.MARK, "")
              + "' and not that of this migration.",
          "Somebody removed it, or the journey goes back already.");
    }
  }

  /** A journey only touches the VM that was planned. */
  private void asPlanned(MigrationSpec spec, Sight seen) {
    String name = "VM " + spec.source().name();
    String mark = seen.marks().get(SourceVm.MARK);
    // A mark without a fence was left by an owner that was replaced, and means nothing.
    boolean held = seen.template() || seen.marks().containsKey(SourceVm.MARK_NICS);
    if (mark != null && held && !mark.equals(spec.id().value())) {
      throw Trouble.refused(
          "source-fenced",
          name + " is fenced by migration " + mark + ".",
          "Roll that migration back, or remove the setting " + SourceVm.MARK + " if it is gone.");
    }
    if (seen.template()) {
      throw Trouble.refused(
          "source-is-template",
          name + " is a template.",
          "Convert it to a virtual machine, or take it out of the plan.");
    }
    if (seen.power() == Power.SUSPENDED) {
      throw Trouble.refused(
          "source-suspended",
          name + " is suspended.",
          "Resume it, or power it off, and plan again.");
    }
    var planned = new TreeMap<Integer, Long>();
    for (Inventory.Disk disk : spec.source().disks()) {
      planned.put(disk.deviceKey(), disk.capacityBytes());
    }
    if (!planned.equals(seen.disks())) {
      throw Trouble.refused(
          "source-changed",
          name + " was planned with disks " + planned + " but has " + seen.disks() + " (bytes).",
          "Plan the VM again.");
    }
  }

  Evidence quiesce(EnsureSourceQuiesced effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    Power before = effect.recorded().power();
    Sight seen = calm(spec, stop);
    stillOurs(spec, seen);
    if (seen.power() == Power.OFF) {
      return new Evidence.SourceQuiesced(before, false, patience.now());
    }
    boolean asked = seen.shuttingDown();
    if (seen.toolsRunning() || asked) {
      if (!asked) {
        asked = ask(spec);
      }
      seen =
          patience.until(
              () -> when(spec, s -> s.power() == Power.OFF),
              asked ? spec.policy().shutdownGrace() : Duration.ZERO,
              stop);
      if (seen != null) {
        return new Evidence.SourceQuiesced(before, false, patience.now());
      }
    }
    if (!spec.policy().hardPowerOff()) {
      throw Trouble.refused(
          "guest-still-running",
          "The guest of VM "
              + spec.source().name()
              + " did not shut down within "
              + spec.policy().shutdownGrace().toSeconds()
              + " s.",
          "Shut it down by hand, start VMware Tools in it, or allow the hard power-off.");
    }
    seen = calm(spec, stop);
    stillOurs(spec, seen);
    boolean hard = seen.power() != Power.OFF;
    if (hard) {
      stop.check();
      source.powerOff(spec.vm());
      seen = await(spec, s -> s.power() == Power.OFF && s.busy() == null, "be off", stop);
    }
    return new Evidence.SourceQuiesced(before, hard, patience.now());
  }

  /** False where nobody in the guest listens: then there is nothing to wait for. */
  private boolean ask(MigrationSpec spec) {
    try {
      source.shutDownGuest(spec.vm());
      return true;
    } catch (Trouble trouble) {
      if (trouble.problem().code().equals("tools-unavailable")) {
        return false;
      }
      throw trouble;
    }
  }

  Evidence fence(EnsureSourceFenced effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    Map<Integer, Boolean> before = effect.recorded().startConnected();
    for (int round = 0; round < ROUNDS; round++) {
      Sight seen = calm(spec, stop);
      stillOurs(spec, seen);
      if (seen.power() != Power.OFF) {
        throw Trouble.refused(
            "source-powered-on",
            "VM " + spec.source().name() + " was powered on before it could be fenced.",
            "Find out who powers it on; the journey goes back.");
      }
      if (fenced(spec, seen)) {
        return new Evidence.SourceFenced(seen.changeVersion(), before, seen.template());
      }
      try {
        source.fence(
            spec.vm(),
            seen.changeVersion(),
            Map.of(SourceVm.MARK, spec.id().value(), SourceVm.MARK_NICS, write(before)));
      } catch (Trouble trouble) {
        again(trouble);
      }
    }
    throw contended(spec);
  }

  Evidence lock(EnsureSourceLocked effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    Sight seen = calm(spec, stop);
    untouched(spec, effect.recorded().at(), seen);
    if (!seen.template()) {
      stop.check();
      source.lock(spec.vm());
      seen = await(spec, s -> s.template() && s.busy() == null, "be a template", stop);
      // Between the look and the lock somebody may have been quicker.
      untouched(spec, effect.recorded().at(), seen);
    }
    return new Evidence.SourceLocked(
        effect.recorded().resourcePool(), effect.recorded().host(), seen.changeVersion());
  }

  /** Nobody can have written to the source since its final copy. */
  private void untouched(MigrationSpec spec, Instant since, Sight seen) {
    List<String> starts = source.powerOnsSince(spec.vm(), since);
    if (seen.power() != Power.OFF || !starts.isEmpty() || !fenced(spec, seen)) {
      throw Trouble.refused(
          "source-touched",
          "VM "
              + spec.source().name()
              + " was touched after its fence: power "
              + seen.power()
              + ", fenced "
              + fenced(spec, seen)
              + ", powered on by "
              + starts
              + ".",
          "The copy may be stale and is not used; find out who did it, and start again.");
    }
  }

  /** During the soak: the source is still ours, locked and fenced. */
  void stillLocked(MigrationSpec spec) {
    Sight seen = source.look(spec.vm());
    if (!seen.template() || !fenced(spec, seen)) {
      throw Trouble.refused(
          "source-drift",
          "VM "
              + spec.source().name()
              + " is "
              + (seen.template() ? "" : "no template any more and ")
              + (fenced(spec, seen) ? "fenced" : "not fenced any more")
              + ", while its target runs.",
          "Do not power it on: source and target would both be on the network. Commit, or roll"
              + " back.");
    }
  }

  Evidence unlock(EnsureSourceUnlocked effect, StopSignal stop) {
    unlock(effect.spec(), effect.recorded(), stop);
    return new Evidence.Undone(Step.LOCK_SOURCE, "a virtual machine again");
  }

  private void unlock(MigrationSpec spec, Evidence.SourceRecorded recorded, StopSignal stop) {
    Sight seen = calm(spec, stop);
    if (seen.template() && ours(spec, seen)) {
      source.unlock(spec.vm(), recorded.resourcePool(), recorded.host());
      await(spec, s -> !s.template() && s.busy() == null, "be a virtual machine", stop);
    }
  }

  Evidence unfence(EnsureSourceUnfenced effect, StopSignal stop) {
    unfence(effect.spec(), stop);
    return new Evidence.Undone(Step.FENCE, "network cards as recorded");
  }

  /** Takes the fence off and turns the mark, so that nobody late goes forward here any more. */
  private void unfence(MigrationSpec spec, StopSignal stop) {
    for (int round = 0; round < ROUNDS; round++) {
      Sight seen = calm(spec, stop);
      if (!marked(spec, seen)) {
        // Fence and mark change in one compare-and-set: without the mark there is no fence of ours.
        return;
      }
      String nics = seen.marks().get(SourceVm.MARK_NICS);
      String back = SourceVm.BACK + spec.id().value();
      try {
        if (nics == null) {
          // Never fenced: its network cards are not touched, it may be running.
          source.mark(spec.vm(), seen.changeVersion(), Map.of(SourceVm.MARK, back));
        } else {
          source.unfence(
              spec.vm(),
              seen.changeVersion(),
              read(nics),
              Map.of(SourceVm.MARK, back, SourceVm.MARK_NICS, ""));
        }
      } catch (Trouble trouble) {
        again(trouble);
      }
    }
    throw contended(spec);
  }

  Evidence power(EnsureSourcePowered effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    Sight seen = calm(spec, stop);
    if (marked(spec, seen)) {
      // The fence was never begun, or somebody late put it back: either way it goes first.
      unlock(spec, effect.recorded(), stop);
      unfence(spec, stop);
      seen = calm(spec, stop);
    }
    if (seen.template() || !ours(spec, seen)) {
      return new Evidence.Undone(
          Step.QUIESCE,
          "left alone: the source carries no mark of this migration"
              + (seen.template() ? " and is a template" : ""));
    }
    if (effect.recorded().power() == Power.ON) {
      if (seen.power() == Power.ON && !effect.wasOff()) {
        // Our request to shut down may not have reached the guest yet: one that comes down later
        // would stay down, because nobody looks any more.
        Sight down =
            patience.until(
                () -> when(spec, s -> s.power() == Power.OFF), spec.policy().shutdownGrace(), stop);
        seen = down == null ? seen : down;
      }
      if (seen.power() != Power.ON) {
        source.powerOn(spec.vm());
        await(spec, s -> s.power() == Power.ON && s.busy() == null, "be on", stop);
      }
    }
    return new Evidence.Undone(Step.QUIESCE, "power " + effect.recorded().power() + " as recorded");
  }

  Evidence release(EnsureSourceReleased effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    for (int round = 0; round < ROUNDS; round++) {
      Sight seen = calm(spec, stop);
      if (!ours(spec, seen)) {
        return new Evidence.Undone(Step.GATE, "no mark of this migration");
      }
      try {
        source.mark(
            spec.vm(), seen.changeVersion(), Map.of(SourceVm.MARK, "", SourceVm.MARK_NICS, ""));
      } catch (Trouble trouble) {
        again(trouble);
      }
    }
    throw contended(spec);
  }

  private boolean fenced(MigrationSpec spec, Sight seen) {
    return spec.id().value().equals(seen.marks().get(SourceVm.MARK))
        && seen.startConnected().values().stream().noneMatch(connected -> connected);
  }

  private @Nullable Sight when(MigrationSpec spec, Predicate<Sight> so) {
    Sight seen = source.look(spec.vm());
    return so.test(seen) ? seen : null;
  }

  /** The VM when no task is queued or running on it: only then is it safe to issue one. */
  private Sight calm(MigrationSpec spec, StopSignal stop) {
    Sight calm = patience.until(() -> when(spec, s -> s.busy() == null), TASK, stop);
    if (calm == null) {
      throw Trouble.unavailable(
          "source-busy",
          "A task of vCenter is still under way on VM " + spec.source().name() + ".",
          "Nothing to do: it is waited for, because a second one could land later.");
    }
    return calm;
  }

  private Sight await(MigrationSpec spec, Predicate<Sight> so, String what, StopSignal stop) {
    Sight seen = patience.until(() -> when(spec, so), TASK, stop);
    if (seen == null && source.look(spec.vm()).busy() != null) {
      throw Trouble.unavailable(
          "source-busy",
          "VM " + spec.source().name() + " was told to " + what + ", and the task still runs.",
          "Nothing to do: it is waited for.");
    }
    if (seen == null) {
      throw Trouble.passing(
          "source-not-observed",
          "VM " + spec.source().name() + " was told to " + what + ", but is not seen to be.",
          "Look at the VM's tasks and events in vCenter.");
    }
    return seen;
  }

  private static void again(Trouble trouble) {
    if (!trouble.problem().code().equals("source-changed-meanwhile")) {
      throw trouble;
    }
  }

  private static Trouble contended(MigrationSpec spec) {
    return Trouble.passing(
        "source-contended",
        "VM " + spec.source().name() + " is being reconfigured by somebody else all the time.",
        "Stop what reconfigures it.");
  }

  private static String write(Map<Integer, Boolean> nics) {
    var text = new StringBuilder();
    new TreeMap<>(nics)
        .forEach(
            (key, on) -> text.append(text.isEmpty() ? "" : ",").append(key).append('=').append(on));
    return text.toString();
  }

  private static Map<Integer, Boolean> read(String nics) {
    var map = new TreeMap<Integer, Boolean>();
    for (String nic : nics.split(",")) {
      String[] pair = nic.split("=", 2);
      if (pair.length == 2) {
        map.put(Integer.parseInt(pair[0].trim()), Boolean.parseBoolean(pair[1].trim()));
      }
    }
    return map;
  }
}
