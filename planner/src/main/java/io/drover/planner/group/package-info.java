// SPDX-License-Identifier: Apache-2.0
/** Who moves together, who goes first, and who had better be near whom. */
@NullMarked
package io.drover.planner.group;

import org.jspecify.annotations.NullMarked;
