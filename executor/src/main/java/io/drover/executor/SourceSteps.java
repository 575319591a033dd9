// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import static io.drover.executor.SourceLooks.again;
import static io.drover.executor.SourceLooks.contended;
import static io.drover.executor.SourceLooks.fenced;
import static io.drover.executor.SourceLooks.marked;
import static io.drover.executor.SourceLooks.read;
import static io.drover.executor.SourceLooks.registered;
import static io.drover.executor.SourceLooks.stillOurs;
import static io.drover.executor.SourceLooks.write;

import io.drover.engine.StopSignal;
import io.drover.executor.MigrationEffect.EnsureSourceFenced;
import io.drover.executor.MigrationEffect.EnsureSourceLocked;
import io.drover.executor.MigrationEffect.EnsureSourceQuiesced;
import io.drover.executor.MigrationEffect.EnsureSourceRecorded;
import io.drover.executor.MigrationEffect.EnsureTargetSnapshotted;
import io.drover.executor.SourceVm.Sight;
import io.drover.schemas.Carry;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.Inventory.Power;
import io.drover.schemas.MigrationSpec;
import io.drover.schemas.Transfer;
import io.drover.schemas.Way;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The effects on the source on its way forward, each by the same protocol: look; satisfied already
 * is an outcome; a task under way is waited for, never doubled; act under a guard that vCenter
 * checks; look again until it is so.
 */
final class SourceSteps {
  private final SourceVm source;
  private final SourceLooks looks;
  private final Patience patience;

  SourceSteps(SourceVm source, Patience patience) {
    this.source = source;
    this.looks = new SourceLooks(source, patience);
    this.patience = patience;
  }

  /** What a preflight finds wrong with the source, or nothing. */
  List<String> preflight(MigrationSpec spec) {
    if (spec.way() == Way.WARM && spec.transfer() == Transfer.STREAM) {
      throw Trouble.refused(
          "stream-cannot-sync",
          "VM "
              + spec.source().name()
              + " is to move warm by stream, but an export lease brings whole disks only.",
          "Plan it with the transfer vddk, or cold.");
    }
    Sight seen = source.look(spec.vm());
    asPlanned(spec, seen);
    return List.of("source as planned: disks, power " + seen.power());
  }

  /** Its note, where the plan asks for it; it goes to the target and nowhere else. */
  String note(MigrationSpec spec) {
    Carry carry = spec.target().carry();
    return carry != null && carry.notes() ? source.note(spec.vm()) : "";
  }

  Evidence record(EnsureSourceRecorded effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    for (int round = 0; round < SourceLooks.ROUNDS; round++) {
      Sight seen = looks.calm(spec, stop);
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
        source.mark(
            spec.vm(),
            seen.changeVersion(),
            Map.of(SourceVm.MARK, spec.id().value(), SourceVm.MARK_ASKED, ""));
      } catch (Trouble trouble) {
        again(trouble);
      }
    }
    throw contended(spec);
  }

  /** A journey only touches the VM that was planned. */
  private void asPlanned(MigrationSpec spec, Sight seen) {
    String name = "VM " + spec.source().name();
    String mark = seen.marks().get(SourceVm.MARK);
    // A mark without a fence was left by an owner that was replaced, and means nothing.
    boolean fence = seen.marks().containsKey(SourceVm.MARK_NICS);
    boolean held = fence || (mark != null && seen.template());
    if (held && !spec.id().value().equals(mark)) {
      throw Trouble.refused(
          "source-fenced",
          name
              + " is fenced by "
              + (mark == null ? "a migration that lost its mark" : "migration " + mark)
              + ".",
          "Roll that migration back; if it is gone, connect the network cards as "
              + SourceVm.MARK_NICS
              + " says and remove that setting and "
              + SourceVm.MARK
              + ".");
    }
    registered(spec, seen);
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
    Map<Integer, Long> planned = planned(spec);
    if (!planned.equals(seen.disks())) {
      throw Trouble.refused(
          "source-changed",
          name + " was planned with disks " + planned + " but has " + seen.disks() + " (bytes).",
          "Plan the VM again.");
    }
  }

  private static Map<Integer, Long> planned(MigrationSpec spec) {
    var planned = new TreeMap<Integer, Long>();
    for (Inventory.Disk disk : spec.source().disks()) {
      planned.put(disk.deviceKey(), disk.capacityBytes());
    }
    return planned;
  }

  Evidence quiesce(EnsureSourceQuiesced effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    Power before = effect.recorded().power();
    Sight seen = looks.calm(spec, stop);
    stillOurs(spec, seen);
    if (seen.power() == Power.OFF) {
      return new Evidence.SourceQuiesced(before, false, patience.now());
    }
    if (before == Power.OFF && !seen.marks().containsKey(SourceVm.MARK_NICS)) {
      // It was off at the gate: shut down now, it would stay down if the journey went back.
      throw poweredOn(spec, "since it was recorded as off");
    }
    Duration grace = grace(spec, seen, stop);
    if (grace.isPositive()) {
      seen = patience.until(() -> looks.when(spec, s -> s.power() == Power.OFF), grace, stop);
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
    seen = looks.calm(spec, stop);
    stillOurs(spec, seen);
    boolean hard = seen.power() != Power.OFF;
    if (hard) {
      stop.check();
      source.powerOff(spec.vm());
      seen = looks.await(spec, s -> s.power() == Power.OFF && s.busy() == null, "be off", stop);
    }
    return new Evidence.SourceQuiesced(before, hard, patience.now());
  }

  /**
   * What is left of the grace of a guest on its way down, which it is told here where it is not;
   * nothing where nobody in it listens. The tools stop early in a shutdown: only the source can
   * tell whoever comes later that its guest was asked, and when.
   */
  private Duration grace(MigrationSpec spec, Sight seen, StopSignal stop) {
    Duration grace = spec.policy().shutdownGrace();
    String asked = seen.marks().get(SourceVm.MARK_ASKED);
    if (seen.shuttingDown() || !seen.toolsRunning()) {
      if (asked != null) {
        return grace.minus(Duration.between(time(asked, seen.at()), seen.at()));
      }
      if (!seen.shuttingDown()) {
        return Duration.ZERO;
      }
    }
    note(spec, seen, stop);
    return seen.shuttingDown() || ask(spec) ? grace : Duration.ZERO;
  }

  private static Instant time(String mark, Instant otherwise) {
    try {
      return Instant.parse(mark);
    } catch (DateTimeParseException e) {
      return otherwise; // Somebody edited it: the guest gets all of its grace.
    }
  }

  /** Writes on the source that its guest goes down from now on. */
  private void note(MigrationSpec spec, Sight first, StopSignal stop) {
    Sight seen = first;
    for (int round = 0; round < SourceLooks.ROUNDS; round++) {
      try {
        source.mark(
            spec.vm(), seen.changeVersion(), Map.of(SourceVm.MARK_ASKED, seen.at().toString()));
        return;
      } catch (Trouble trouble) {
        again(trouble);
      }
      seen = looks.calm(spec, stop);
      stillOurs(spec, seen);
    }
    throw contended(spec);
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
    for (int round = 0; round < SourceLooks.ROUNDS; round++) {
      Sight seen = looks.calm(spec, stop);
      stillOurs(spec, seen);
      if (seen.power() != Power.OFF) {
        throw poweredOn(spec, "before it could be fenced");
      }
      Map<Integer, Boolean> before = cards(spec, seen);
      if (fenced(spec, seen)) {
        return new Evidence.SourceFenced(seen.changeVersion(), before, seen.template(), seen.at());
      }
      try {
        source.fence(
            spec.vm(),
            seen.changeVersion(),
            Map.of(
                SourceVm.MARK,
                spec.id().value(),
                SourceVm.MARK_NICS,
                write(before),
                SourceVm.MARK_ASKED,
                ""));
      } catch (Trouble trouble) {
        again(trouble);
      }
    }
    throw contended(spec);
  }

  private static Trouble poweredOn(MigrationSpec spec, String when) {
    return Trouble.refused(
        "source-powered-on",
        "VM " + spec.source().name() + " was powered on " + when + ".",
        "Find out who powers it on; the journey goes back.");
  }

  /**
   * How the network cards are without a fence: as an earlier fence noted, and those that came since
   * as they are. What the gate recorded may be out of date.
   */
  private static Map<Integer, Boolean> cards(MigrationSpec spec, Sight seen) {
    Map<Integer, Boolean> noted = read(spec, seen.marks().getOrDefault(SourceVm.MARK_NICS, ""));
    var cards = new TreeMap<Integer, Boolean>();
    seen.startConnected().forEach((card, on) -> cards.put(card, noted.getOrDefault(card, on)));
    return cards;
  }

  /** How the source stands now that its final copy ended; refused when somebody touched it. */
  Evidence.SourceState sealed(EnsureTargetSnapshotted effect, StopSignal stop) {
    Sight seen = looks.calm(effect.spec(), stop);
    untouched(effect.spec(), since(effect.fenced(), effect.recorded()), null, seen);
    return new Evidence.SourceState(seen.changeVersion(), seen.changeIds());
  }

  Evidence lock(EnsureSourceLocked effect, StopSignal stop) {
    MigrationSpec spec = effect.spec();
    Instant since = since(effect.fenced(), effect.recorded());
    Sight seen = looks.calm(spec, stop);
    untouched(spec, since, effect.sealed(), seen);
    if (!seen.template()) {
      stop.check();
      source.lock(spec.vm());
      seen = looks.await(spec, s -> s.template() && s.busy() == null, "be a template", stop);
      // Between the look and the lock somebody may have been quicker.
      untouched(spec, since, effect.sealed(), seen);
    }
    return new Evidence.SourceLocked(
        effect.recorded().resourcePool(), effect.recorded().host(), seen.changeVersion());
  }

  /** Right before the target starts: nobody unlocked the source, be it only for a while. */
  void locked(EnsureSourceLocked lock, StopSignal stop) {
    Sight seen = looks.calm(lock.spec(), stop);
    stillOurs(lock.spec(), seen);
    if (!seen.template()) {
      throw touched(lock.spec(), List.of("it is no template any more"));
    }
    untouched(lock.spec(), since(lock.fenced(), lock.recorded()), lock.sealed(), seen);
  }

  private static Instant since(Evidence.SourceFenced fenced, Evidence.SourceRecorded recorded) {
    Instant at = fenced.at();
    return at == null ? recorded.at() : at;
  }

  /** Nobody can have written to the source since its final copy. */
  private void untouched(
      MigrationSpec spec, Instant since, Evidence.@Nullable SourceState sealed, Sight seen) {
    stillOurs(spec, seen);
    // Whoever started it before that is not to be found any more.
    registered(spec, seen);
    var signs = new ArrayList<String>();
    if (seen.power() != Power.OFF) {
      signs.add("its power is " + seen.power());
    }
    List<String> starts = source.powerOnsSince(spec.vm(), since);
    if (!starts.isEmpty()) {
      signs.add("it was powered on by " + String.join(" and by ", starts));
    }
    if (!fenced(spec, seen)) {
      signs.add("a network card of it connects at power on");
    }
    if (!planned(spec).equals(seen.disks())) {
      signs.add("its disks are " + seen.disks() + " (bytes)");
    }
    if (sealed != null && !sealed.changeIds().equals(seen.changeIds())) {
      signs.add("its disks were written to");
    }
    // To be made a template changes the version, too.
    if (sealed != null
        && !seen.template()
        && !sealed.changeVersion().equals(seen.changeVersion())) {
      signs.add("it was reconfigured");
    }
    if (!signs.isEmpty()) {
      throw touched(spec, signs);
    }
  }

  private static Trouble touched(MigrationSpec spec, List<String> signs) {
    return Trouble.refused(
        MigrationSteps.SOURCE_TOUCHED,
        "VM "
            + spec.source().name()
            + " was touched behind its fence: "
            + String.join(", ", signs)
            + ".",
        "The copy may be stale and is not used. Find out who did it, and keep them from it.");
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
}
