// SPDX-License-Identifier: Apache-2.0
package io.drover.executor;

import io.drover.schemas.Inventory;
import io.drover.schemas.VmKey;
import java.time.Instant;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The source VM, as a journey needs it: look, and a few guarded acts. An act returns when vCenter's
 * task ended; what it returns is a hint, only the next look counts. Every method throws {@link
 * Trouble}.
 */
public interface SourceVm {
  /**
   * Advanced setting that says which migration has the VM: its id on the way forward, {@link #BACK}
   * and its id on the way back.
   */
  String MARK = "drover.migration";

  /** What stands before the migration id in {@link #MARK} once the source is on its way back. */
  String BACK = "back:";

  /** Advanced setting that says how the NICs were: {@code key=startConnected,…}. */
  String MARK_NICS = "drover.nics";

  /** Advanced setting that says since when, by vCenter's clock, its guest is on its way down. */
  String MARK_ASKED = "drover.asked";

  /** How the VM stands now; {@link Trouble} REFUSED {@code source-gone} when there is none. */
  Sight look(VmKey vm);

  /** What people wrote on it, empty where nobody did. It may hold secrets. */
  String note(VmKey vm);

  /** Asks the guest to shut down, without waiting. */
  void shutDownGuest(VmKey vm);

  /** Pulls the plug. */
  void powerOff(VmKey vm);

  /** Powers on. */
  void powerOn(VmKey vm);

  /**
   * In one compare-and-set: no NIC connects, now or at power on, and the marks are set, empty ones
   * removed. {@link Trouble} TRANSIENT {@code source-changed-meanwhile} when the version is
   * another.
   */
  void fence(VmKey vm, String changeVersion, Map<String, String> marks);

  /** In one compare-and-set: these settings are set, an empty one is removed. */
  void mark(VmKey vm, String changeVersion, Map<String, String> marks);

  /** In one compare-and-set: NICs connect as given, and the marks are set, empty ones removed. */
  void unfence(
      VmKey vm,
      String changeVersion,
      Map<Integer, Boolean> startConnected,
      Map<String, String> marks);

  /** Marks as a template, which nobody can power on. */
  void lock(VmKey vm);

  /** Marks as a virtual machine again; {@code host} if it is to be placed on one. */
  void unlock(VmKey vm, String resourcePool, @Nullable String host);

  /** Who or what powered the VM on since {@code from} (vCenter's clock), oldest first. */
  List<String> powerOnsSince(VmKey vm, Instant from);

  /**
   * How a VM stood when it was looked at.
   *
   * @param moref managed object id: another one once it was registered anew
   * @param at by vCenter's clock
   * @param busy name of a task that is queued or running on it; none of ours may be issued then
   * @param toolsRunning whether somebody in the guest listens; they stop early on its way down
   * @param shuttingDown whether the guest says that it is on its way down
   * @param startConnected per NIC device key
   * @param marks the settings named above, where set
   * @param disks size in bytes per disk device key
   * @param changeIds change id per disk device key, of disks whose changes are tracked
   */
  record Sight(
      String moref,
      Instant at,
      Inventory.Power power,
      boolean template,
      @Nullable String busy,
      boolean toolsRunning,
      boolean shuttingDown,
      String changeVersion,
      Map<Integer, Boolean> startConnected,
      Map<String, String> marks,
      String resourcePool,
      @Nullable String host,
      Map<Integer, Long> disks,
      Map<Integer, String> changeIds) {
    public Sight {
      changeIds = Collections.unmodifiableMap(new TreeMap<>(changeIds));
      startConnected = Collections.unmodifiableMap(new TreeMap<>(startConnected));
      marks = Collections.unmodifiableMap(new TreeMap<>(marks));
      disks = Collections.unmodifiableMap(new TreeMap<>(disks));
    }
  }
}
