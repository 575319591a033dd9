// SPDX-License-Identifier: Apache-2.0
package io.drover.disk.vmdk;

/** Types of metadata markers in a streamOptimized VMDK. */
final class Marker {
  static final int END_OF_STREAM = 0;
  static final int GRAIN_TABLE = 1;
  static final int GRAIN_DIRECTORY = 2;
  static final int FOOTER = 3;

  private Marker() {}
}
