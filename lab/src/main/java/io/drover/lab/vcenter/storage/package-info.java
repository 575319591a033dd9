// SPDX-License-Identifier: Apache-2.0
/** Disks of the lab: seeded content, snapshots by copy-on-write, changed blocks, guest markers. */
@NullMarked
package io.drover.lab.vcenter.storage;

import org.jspecify.annotations.NullMarked;
