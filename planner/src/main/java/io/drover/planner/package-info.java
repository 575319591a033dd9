// SPDX-License-Identifier: Apache-2.0
/**
 * Plans waves: assessment, grouping and scheduling as pure functions, and the brain that owns a
 * plan.
 */
@NullMarked
package io.drover.planner;

import org.jspecify.annotations.NullMarked;
