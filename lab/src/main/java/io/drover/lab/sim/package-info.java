// SPDX-License-Identifier: Apache-2.0
/** Time and luck as seeds: the loop that ships, on a log in memory, on one thread. */
@NullMarked
package io.drover.lab.sim;

import org.jspecify.annotations.NullMarked;
