// SPDX-License-Identifier: Apache-2.0
/**
 * Resource-constrained scheduling in integers: it knows activities, resources and calendars, and
 * nothing of virtual machines.
 */
@NullMarked
package io.drover.planner.schedule;

import org.jspecify.annotations.NullMarked;
