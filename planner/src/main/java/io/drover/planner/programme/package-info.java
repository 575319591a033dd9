// SPDX-License-Identifier: Apache-2.0
/** The whole way from an estate to a programme of waves. */
@NullMarked
package io.drover.planner.programme;

import org.jspecify.annotations.NullMarked;
