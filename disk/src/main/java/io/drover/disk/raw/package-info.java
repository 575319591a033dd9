// SPDX-License-Identifier: Apache-2.0
/** Raw files, block devices and raw streams. */
@NullMarked
package io.drover.disk.raw;

import org.jspecify.annotations.NullMarked;
