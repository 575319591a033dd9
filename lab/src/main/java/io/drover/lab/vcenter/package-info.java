// SPDX-License-Identifier: Apache-2.0
/** The lab vCenter: a vSphere SOAP endpoint on loopback whose world, guests and disks are ours. */
@NullMarked
package io.drover.lab.vcenter;

import org.jspecify.annotations.NullMarked;
