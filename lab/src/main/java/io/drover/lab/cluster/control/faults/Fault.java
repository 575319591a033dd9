// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.faults;

import java.time.Duration;

/**
 * One rule of what goes wrong, where, and how often.
 *
 * @param what the kind of trouble
 * @param namespace namespace of the object it strikes; {@code *} stands for any text
 * @param name name of the object it strikes; {@code *} stands for any text
 * @param times how many times it strikes; 0 means until the rule is removed
 * @param afterBytes for faults in the middle of a transfer: bytes that still pass
 * @param delay for {@link What#SLOW} and late answers: how long
 * @param message words for the status of the struck object, empty for the usual ones
 */
public record Fault(
    What what,
    String namespace,
    String name,
    int times,
    long afterBytes,
    Duration delay,
    String message) {

  /**
   * Troubles that the lab controllers can play. The name matched is that of the object in brackets.
   */
  public enum What {
    /** The importer process dies in the middle and its pod is restarted (DataVolume). */
    IMPORTER_CRASH,
    /** The upload proxy drops the connection after some bytes (claim). */
    UPLOAD_RESET,
    /** The upload proxy takes nothing more after some bytes, for a minute (claim). */
    UPLOAD_STALLS,
    /** The upload proxy answers 503 (claim). */
    UPLOAD_UNREADY,
    /** A byte of the landed image is flipped after a transfer that looked well (claim). */
    CORRUPT_VOLUME,
    /** The device has no space left after some bytes (claim). */
    VOLUME_FULL,
    /** The provisioner refuses to make the volume (claim). */
    PROVISION_FAILS,
    /** Taking a snapshot fails (VolumeSnapshot). */
    SNAPSHOT_FAILS,
    /** Every phase change takes this much longer (any object). */
    SLOW,
    /** The Job's pod fails (Job). */
    JOB_FAILS,
    /** The guest boots, but its agent never connects (VirtualMachine). */
    AGENT_NEVER_CONNECTS,
    /** The guest does not boot (VirtualMachine). */
    GUEST_NEVER_BOOTS,
    /** The guest ignores a request to stop until the rule is removed (VirtualMachine). */
    GUEST_NEVER_STOPS,
    /** A second launcher pod of the same instance runs (VirtualMachine). */
    TWO_LAUNCHERS,
    /** The instance cannot be scheduled anywhere (VirtualMachine). */
    UNSCHEDULABLE,
    /** The node is not ready and what runs there is frozen (Node). */
    NODE_LOST
  }

  /** A rule that strikes one object until it is removed. */
  public static Fault on(What what, String namespace, String name) {
    return new Fault(what, namespace, name, 0, 0, Duration.ZERO, "");
  }

  /** The same rule, striking only so many times. */
  public Fault times(int count) {
    return new Fault(what, namespace, name, count, afterBytes, delay, message);
  }

  /** The same rule, letting so many bytes pass first. */
  public Fault afterBytes(long bytes) {
    return new Fault(what, namespace, name, times, bytes, delay, message);
  }

  /** The same rule with a delay. */
  public Fault delay(Duration length) {
    return new Fault(what, namespace, name, times, afterBytes, length, message);
  }

  /** The same rule with words of its own. */
  public Fault message(String words) {
    return new Fault(what, namespace, name, times, afterBytes, delay, words);
  }

  boolean strikes(What wanted, String inNamespace, String object) {
    return what == wanted && glob(namespace, inNamespace) && glob(name, object);
  }

  private static boolean glob(String pattern, String text) {
    String[] parts = pattern.split("\\*", -1);
    if (parts.length == 1) {
      return pattern.equals(text);
    }
    if (!text.startsWith(parts[0])) {
      return false;
    }
    int at = parts[0].length();
    for (int i = 1; i < parts.length - 1; i++) {
      int found = text.indexOf(parts[i], at);
      if (found < 0) {
        return false;
      }
      at = found + parts[i].length();
    }
    String last = parts[parts.length - 1];
    return text.length() - at >= last.length() && text.endsWith(last);
  }
}
