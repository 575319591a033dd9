// SPDX-License-Identifier: Apache-2.0
/** The lab vCenter's guests and disks as the lab cluster meets them. */
@NullMarked
package io.drover.lab.vcenter.moved;

import org.jspecify.annotations.NullMarked;
