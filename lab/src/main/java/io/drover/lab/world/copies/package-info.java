// SPDX-License-Identifier: Apache-2.0
/** The copies of disks as a model in memory: for simulation, where time and luck are seeds. */
@NullMarked
package io.drover.lab.world.copies;

import org.jspecify.annotations.NullMarked;
