// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import io.drover.schemas.VmKey;

/** What the disks of source VMs hold; a simulation's guests write to them. */
@FunctionalInterface
public interface Guests {
  /**
   * What a disk holds now.
   *
   * @return 64 hex digits: the root of its digest, new after every write
   */
  String content(VmKey vm, int disk);
}
