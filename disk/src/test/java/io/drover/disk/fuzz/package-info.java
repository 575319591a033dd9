// SPDX-License-Identifier: Apache-2.0
/** Fuzz targets: any bytes give a disk or one precise error, in bounded time and memory. */
@NullMarked
package io.drover.disk.fuzz;

import org.jspecify.annotations.NullMarked;
