// SPDX-License-Identifier: Apache-2.0
package io.drover.vsphere;

import java.time.Instant;
import java.util.Optional;

/**
 * One task of vCenter, as it was when read.
 *
 * @param moref the task
 * @param operation such as {@code VirtualMachine.powerOn}
 * @param entity what it works on
 * @param state how far it is
 * @param progressPercent 0 to 100, 0 when unknown
 * @param user who asked for it, empty when vCenter itself did
 * @param queuedAt when it was asked for
 */
public record TaskFacts(
    Moref moref,
    String operation,
    Optional<Moref> entity,
    State state,
    int progressPercent,
    String user,
    Optional<Instant> queuedAt) {

  /** How far a task is. */
  public enum State {
    /** Not begun: it may still land at any time. */
    QUEUED,
    /** Being carried out. */
    RUNNING,
    /** Ended well. */
    SUCCESS,
    /** Ended with a fault. */
    ERROR,
    /** Not said. */
    UNKNOWN;

    static State of(String vim) {
      return switch (vim) {
        case "queued" -> QUEUED;
        case "running" -> RUNNING;
        case "success" -> SUCCESS;
        case "error" -> ERROR;
        default -> UNKNOWN;
      };
    }
  }

  /** Whether it may still change something. */
  public boolean pending() {
    return state == State.QUEUED || state == State.RUNNING || state == State.UNKNOWN;
  }

  static TaskFacts read(Moref moref, VimData info) {
    return new TaskFacts(
        moref,
        info.text("descriptionId"),
        info.moref("entity"),
        State.of(info.text("state")),
        (int) info.number("progress"),
        info.text("reason.userName"),
        info.at("queueTime").time());
  }
}
