// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest;

/** The effects of a brain without hands: none can be made. */
public final class NoEffect {
  private NoEffect() {}
}
