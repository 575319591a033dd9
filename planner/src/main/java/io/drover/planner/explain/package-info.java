// SPDX-License-Identifier: Apache-2.0
/** Why a plan is as it is, in words. */
@NullMarked
package io.drover.planner.explain;

import org.jspecify.annotations.NullMarked;
