// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** What a journey asks dispatch for before it loads the vCenter. */
public enum Slot {
  /** To copy disks (also the final copy of a cold move). */
  COPY,
  /** To cut over: power, fence, define, start. */
  CUTOVER
}
