// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/**
 * Something about a VM that a migration has to reckon with.
 *
 * @param id stable, kebab-case, for example {@code disk-rdm-physical}
 * @param observed what was seen
 * @param why why it matters
 * @param remedy what to do
 * @param handled whether Drover takes care of it by itself
 */
public record Concern(
    String id, Severity severity, String observed, String why, String remedy, boolean handled) {
  /** How bad. A blocker keeps the VM out of every wave. */
  public enum Severity {
    BLOCKER,
    WARNING,
    INFO
  }
}
