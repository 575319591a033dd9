// SPDX-License-Identifier: Apache-2.0
/** What a plan is made of: machines, evidence of what belongs together, capacities, calendars. */
@NullMarked
package io.drover.planner.estate;

import org.jspecify.annotations.NullMarked;
