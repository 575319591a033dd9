// SPDX-License-Identifier: Apache-2.0
/** What a migration of one machine has to reckon with. */
@NullMarked
package io.drover.planner.assess;

import org.jspecify.annotations.NullMarked;
