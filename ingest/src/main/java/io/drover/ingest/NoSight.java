// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest;

/** The observations of a brain without hands: none can be made. */
public final class NoSight {
  private NoSight() {}
}
