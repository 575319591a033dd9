// SPDX-License-Identifier: Apache-2.0
/** A programme for people: tables, a page to read, and edited tables back. */
@NullMarked
package io.drover.planner.report;

import org.jspecify.annotations.NullMarked;
