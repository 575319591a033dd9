// SPDX-License-Identifier: Apache-2.0
package io.drover.app.road;

import java.util.List;

/**
 * One machine of the herd that travels.
 *
 * @param name of the machine, and what its guest calls itself
 * @param guestId vSphere's word for the operating system
 * @param efi EFI, else BIOS
 * @param tools whether VMware Tools run in it
 * @param disks sizes in MiB
 */
record HerdVm(String name, String guestId, boolean efi, boolean tools, List<Integer> disks) {
  HerdVm {
    disks = List.copyOf(disks);
  }

  static HerdVm linux(String name, Integer... disks) {
    return new HerdVm(name, "rhel9_64Guest", true, true, List.of(disks));
  }
}
