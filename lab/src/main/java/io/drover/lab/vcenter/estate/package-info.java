// SPDX-License-Identifier: Apache-2.0
/** The world behind the lab vCenter: inventory, virtual machines, tasks, events, guests. */
@NullMarked
package io.drover.lab.vcenter.estate;

import org.jspecify.annotations.NullMarked;
