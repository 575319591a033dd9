// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.storage;

import java.util.BitSet;

/** A disk's bytes by blocks of 64 KiB, live or frozen: what an export reads. */
public interface BlockSource {
  /** Bytes of the disk. */
  long size();

  /** Blocks that may hold something else than zeros. */
  BitSet allocatedBlocks();

  /** A block of 64 KiB; the last one is padded with zeros. */
  byte[] block(int index);
}
