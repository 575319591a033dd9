// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.engine.StopSignal;
import io.drover.executor.SourceVm.Sight;
import io.drover.schemas.MigrationSpec;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** How the effects on a source look at it, and what they make of its marks. */
final class SourceLooks {
  /** Tries of a compare-and-set before somebody else is named as the trouble. */
  static final int ROUNDS = 5;

  private static final Duration TASK = Duration.ofMinutes(2);
  private static final Pattern NIC = Pattern.compile("\\s*([0-9]{1,9})\\s*=\\s*(true|false)\\s*");

  private final SourceVm source;
  private final Patience patience;

  SourceLooks(SourceVm source, Patience patience) {
    this.source = source;
    this.patience = patience;
  }

  /** Whether this migration has the source, on its way forward. */
  static boolean marked(MigrationSpec spec, Sight seen) {
    return spec.id().value().equals(seen.marks().get(SourceVm.MARK));
  }

  /** What this journey may take off the source: its own mark, forward or back. */
  static boolean ours(MigrationSpec spec, Sight seen) {
    String mark = seen.marks().get(SourceVm.MARK);
    return marked(spec, seen) || (SourceVm.BACK + spec.id().value()).equals(mark);
  }

  /** Whether it carries our mark and no network card of it connects at power on. */
  static boolean fenced(MigrationSpec spec, Sight seen) {
    return spec.id().value().equals(seen.marks().get(SourceVm.MARK))
        && seen.startConnected().values().stream().noneMatch(connected -> connected);
  }

  /** Without our mark the source is not ours any more: an owner that was replaced ends here. */
  static void stillOurs(MigrationSpec spec, Sight seen) {
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

  /**
   * Its disks are read by this id, and its events are kept by it; a vCenter that was restored may
   * have given it to another.
   */
  static void registered(MigrationSpec spec, Sight seen) {
    String moref = spec.source().placement().moref();
    if (!moref.isEmpty() && !moref.equals(seen.moref())) {
      throw Trouble.refused(
          "source-registered-anew",
          "VM "
              + spec.source().name()
              + " was planned as "
              + moref
              + " but is "
              + seen.moref()
              + " by now.",
          "Plan the VM again.");
    }
  }

  /** The VM if it is so, else null. */
  @Nullable Sight when(MigrationSpec spec, Predicate<Sight> so) {
    Sight seen = source.look(spec.vm());
    return so.test(seen) ? seen : null;
  }

  /** The VM when no task is queued or running on it: only then is it safe to issue one. */
  Sight calm(MigrationSpec spec, StopSignal stop) {
    Sight calm = patience.until(() -> when(spec, s -> s.busy() == null), TASK, stop);
    if (calm == null) {
      throw Trouble.unavailable(
          "source-busy",
          "A task of vCenter is still under way on VM " + spec.source().name() + ".",
          "Nothing to do: it is waited for, because a second one could land later.");
    }
    return calm;
  }

  /** The VM as soon as it is so and was told to. */
  Sight await(MigrationSpec spec, Predicate<Sight> so, String what, StopSignal stop) {
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

  /** Passes over a lost compare-and-set: it is looked at again. */
  static void again(Trouble trouble) {
    if (!trouble.problem().code().equals("source-changed-meanwhile")) {
      throw trouble;
    }
  }

  /** Somebody else was quicker every time. */
  static Trouble contended(MigrationSpec spec) {
    return Trouble.passing(
        "source-contended",
        "VM " + spec.source().name() + " is being reconfigured by somebody else all the time.",
        "Stop what reconfigures it.");
  }

  /** How the NICs were, as {@link SourceVm#MARK_NICS} says it. */
  static String write(Map<Integer, Boolean> nics) {
    var text = new StringBuilder();
    new TreeMap<>(nics)
        .forEach(
            (key, on) -> text.append(text.isEmpty() ? "" : ",").append(key).append('=').append(on));
    return text.toString();
  }

  /** The same, read back: whole, or a card would stay off the network and nobody would know. */
  static Map<Integer, Boolean> read(MigrationSpec spec, String nics) {
    var map = new TreeMap<Integer, Boolean>();
    for (String nic : nics.isBlank() ? List.<String>of() : List.of(nics.split(",", -1))) {
      Matcher pair = NIC.matcher(nic);
      if (!pair.matches()) {
        throw Trouble.unknown(
            "source-mark-unreadable",
            "VM "
                + spec.source().name()
                + " has the setting "
                + SourceVm.MARK_NICS
                + "='"
                + nics
                + "', which does not say how its network cards were.",
            "Write it as "
                + write(cards(spec))
                + ", with true for each card that connects at power on, and retry.");
      }
      map.put(Integer.parseInt(pair.group(1)), Boolean.parseBoolean(pair.group(2)));
    }
    return map;
  }

  /** The network cards as they were planned. */
  private static Map<Integer, Boolean> cards(MigrationSpec spec) {
    var cards = new TreeMap<Integer, Boolean>();
    spec.source().nics().forEach(nic -> cards.put(nic.deviceKey(), nic.startConnected()));
    return cards;
  }
}
