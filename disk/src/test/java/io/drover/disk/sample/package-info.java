// SPDX-License-Identifier: Apache-2.0
/** Disks made for tests. */
@NullMarked
package io.drover.disk.sample;

import org.jspecify.annotations.NullMarked;
