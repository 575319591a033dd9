// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** How a VM moves. */
public enum Way {
  /** Base copy and deltas while it runs, then cutover with a last small delta. */
  WARM,
  /** Power off, copy once. */
  COLD
}
