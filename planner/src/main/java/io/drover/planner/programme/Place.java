// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.programme;

/** When a machine is planned to be copied and cut over, in seconds from the start of its plan. */
public record Place(long copy, long cutover) {}
