// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/** Who reads the source disks. */
public enum Transfer {
  /** CDI's importer with VMware's VDDK. */
  VDDK,
  /** Our converter, out of an NFC export lease. */
  STREAM
}
