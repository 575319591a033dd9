// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/**
 * The ladder of checkpoints of one migration; each later one is nearer to the point of no return.
 */
public enum Checkpoint {
  /** Assessed, placed in a wave. Going back: nothing to undo. */
  PLANNED,
  /** Base copy of every disk landed, receipt written. */
  SEEDED,
  /** A delta landed. */
  SYNCED,
  /** Source shut down and fenced. */
  QUIESCED,
  /** Final copy, taken behind the fence, landed; receipts complete. */
  SEALED,
  /** Volume snapshot of the target disks, before any guest conversion. */
  SNAPSHOTTED,
  /** Guest conversion done, or not needed. */
  CONVERTED,
  /** Target booted and passed its health ladder; soaking. */
  RUNNING,
  /** Committed: the point of no return. */
  COMMITTED;

  /** The short name people use, {@code C0} to {@code C8}. */
  public String code() {
    return "C" + ordinal();
  }
}
