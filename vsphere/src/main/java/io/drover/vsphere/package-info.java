// SPDX-License-Identifier: Apache-2.0
/**
 * A vSphere client: sessions, inventory, snapshots, changed blocks, leases, power, fences. Knows
 * nothing of Drover.
 */
@NullMarked
package io.drover.vsphere;

import org.jspecify.annotations.NullMarked;
