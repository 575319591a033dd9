// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

/**
 * A key that stands still because an input of it could not be decided.
 *
 * @param brain its word, for example {@code migration}
 * @param offset of that input in the brain's inbox
 * @param reason what went wrong, for people
 * @param at when, ISO 8601; empty where the state itself could not be read
 * @param waiting inputs that wait behind it, as far as they were copied
 */
public record QuarantinedKey(
    String brain, String key, long offset, String reason, String at, int waiting) {
  QuarantinedKey another() {
    return new QuarantinedKey(brain, key, offset, reason, at, waiting + 1);
  }
}
