// SPDX-License-Identifier: Apache-2.0
/** Programs of the benchmark, disk/bench/run. */
@NullMarked
package io.drover.disk.bench;

import org.jspecify.annotations.NullMarked;
