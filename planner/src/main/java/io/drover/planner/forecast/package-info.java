// SPDX-License-Identifier: Apache-2.0
/** How long things take: assumed, learned from finished transfers, and with what spread. */
@NullMarked
package io.drover.planner.forecast;

import org.jspecify.annotations.NullMarked;
