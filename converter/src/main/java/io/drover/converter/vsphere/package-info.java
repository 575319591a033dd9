// SPDX-License-Identifier: Apache-2.0
/** Source disks out of a vCenter: NFC export leases and snapshots. */
@NullMarked
package io.drover.converter.vsphere;

import org.jspecify.annotations.NullMarked;
