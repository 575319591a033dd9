// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One line of the audit: who asked for what, and how it was answered. Every command has one line
 * before it is sent and one when it was answered. The lines of all actors make one chain: {@code
 * previous} is the SHA-256 of the bytes of the line before.
 *
 * @param number of the line, from 1, over all actors
 * @param previous SHA-256 of the Kafka record value of line {@code number - 1}, in hex; {@link
 *     #BEGINNING} in the first line
 * @param at when the console wrote it, by its own clock
 * @param instance process that wrote it
 * @param actor who asked; also the Kafka key
 * @param act what this line says
 * @param command type of the command, for example {@code ApproveWave}
 * @param brain the brain that was asked
 * @param key the key that was asked: a plan, a VM, a vCenter
 * @param order the command as JSON, as it went to the brain
 * @param input where the brain's inbox has it, {@code topic-partition-offset}: the {@code
 *     causationid} of all that it caused; null before it is there
 * @param facts types of the facts that answered it, as far as they were there in time
 * @param reason the words of a refusal
 */
public record AuditEntry(
    long number,
    String previous,
    Instant at,
    String instance,
    Actor actor,
    Act act,
    String command,
    String brain,
    String key,
    String order,
    @Nullable String input,
    List<String> facts,
    @Nullable String reason) {
  /** What stands for the line before the first. */
  public static final String BEGINNING = "0".repeat(64);

  /** What a line says. */
  public enum Act {
    /** The command is about to be sent; a line of another kind follows unless the console died. */
    ASKED,
    /** The brain answered with facts. */
    ANSWERED,
    /** The brain said no. */
    REFUSED,
    /** The brain has it, but had not answered when the person was told so. */
    TAKEN,
    /** Nobody knows whether the brain has it: Kafka did not answer. */
    FAILED
  }

  public AuditEntry {
    facts = List.copyOf(facts);
  }

  /** The same line at its place in the chain. */
  public AuditEntry chained(long newNumber, String newPrevious) {
    return new AuditEntry(
        newNumber,
        newPrevious,
        at,
        instance,
        actor,
        act,
        command,
        brain,
        key,
        order,
        input,
        facts,
        reason);
  }
}
