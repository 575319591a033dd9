// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** How a journey ended. */
public enum Result {
  COMMITTED,
  ROLLED_BACK,
  ABANDONED
}
