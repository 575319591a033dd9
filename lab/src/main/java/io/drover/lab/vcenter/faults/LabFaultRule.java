// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.faults;

import java.time.Duration;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * One thing that goes wrong, where, and how often.
 *
 * @param method a method of the API, "GET" for a disk download, a prefix that ends with *, or * for
 *     all
 * @param entity name or reference value of an entity, or * for all
 * @param probability 0 to 1, drawn from the lab's seed
 * @param count how many times at most; a negative number is no limit
 * @param skip how many occasions pass first
 * @param delay for LATENCY and TASK_LATE
 * @param afterBytes for the faults of streams
 * @param faultType type of the fault for METHOD_FAULT and TASK_FAILS; null is a SystemError
 */
public record LabFaultRule(
    Kind kind,
    String method,
    String entity,
    double probability,
    int count,
    int skip,
    Duration delay,
    long afterBytes,
    @Nullable String faultType) {

  /** What goes wrong. */
  public enum Kind {
    /** The answer takes longer by the delay. */
    LATENCY,
    /** HTTP 503 with Retry-After, nothing was done. */
    HTTP_503,
    /** The connection closes after the method was carried out and before it is answered. */
    LOST_ANSWER,
    /** The method faults and does nothing. */
    METHOD_FAULT,
    /** The task starts and ends in state error, having done nothing. */
    TASK_FAILS,
    /** The task stays queued for the delay and is then carried out. */
    TASK_LATE,
    /** The session is gone before the method is looked at. */
    SESSION_KILLED,
    /** The guest never reacts to ShutdownGuest. */
    SHUTDOWN_IGNORED,
    /** The connection of a disk download breaks after so many bytes. */
    STREAM_RESET,
    /** A disk download ends well-formed in HTTP but short of its last bytes. */
    STREAM_TRUNCATED,
    /** One byte of a disk download is flipped. */
    STREAM_CORRUPT,
    /** A disk download sends nothing more after so many bytes, and the connection stays open. */
    STREAM_STALLED,
    /** The manifest of an export names another checksum of a disk than was sent. */
    MANIFEST_CHECKSUM,
    /** The manifest of an export names another size of a disk than was sent. */
    MANIFEST_SIZE,
    /** A lease names another certificate for its downloads than the server shows. */
    OTHER_CERTIFICATE,
    /** A snapshot's removal leaves the virtual machine in need of consolidation. */
    CONSOLIDATION_NEEDED
  }

  /** A rule for every entity that happens once. */
  public static LabFaultRule once(Kind kind, String method) {
    return new LabFaultRule(kind, method, "*", 1, 1, 0, Duration.ZERO, 0, null);
  }

  public LabFaultRule onEntity(String nameOrRef) {
    return new LabFaultRule(
        kind, method, nameOrRef, probability, count, skip, delay, afterBytes, faultType);
  }

  public LabFaultRule times(int most) {
    return new LabFaultRule(
        kind, method, entity, probability, most, skip, delay, afterBytes, faultType);
  }

  public LabFaultRule skipping(int occasions) {
    return new LabFaultRule(
        kind, method, entity, probability, count, occasions, delay, afterBytes, faultType);
  }

  public LabFaultRule withProbability(double chance) {
    return new LabFaultRule(
        kind, method, entity, chance, count, skip, delay, afterBytes, faultType);
  }

  public LabFaultRule withDelay(Duration time) {
    return new LabFaultRule(
        kind, method, entity, probability, count, skip, time, afterBytes, faultType);
  }

  public LabFaultRule after(long bytes) {
    return new LabFaultRule(
        kind, method, entity, probability, count, skip, delay, bytes, faultType);
  }

  public LabFaultRule as(String type) {
    return new LabFaultRule(
        kind, method, entity, probability, count, skip, delay, afterBytes, type);
  }

  boolean matches(Kind wanted, String calledMethod, String... names) {
    if (wanted != kind || !matchesMethod(calledMethod)) {
      return false;
    }
    if (entity.equals("*")) {
      return true;
    }
    for (String name : names) {
      if (entity.equals(name)) {
        return true;
      }
    }
    return false;
  }

  private boolean matchesMethod(String called) {
    return method.endsWith("*")
        ? called.startsWith(method.substring(0, method.length() - 1))
        : method.equals(called);
  }

  @Override
  public String toString() {
    return kind.name().toLowerCase(Locale.ROOT) + " on " + method + "(" + entity + ")";
  }
}
