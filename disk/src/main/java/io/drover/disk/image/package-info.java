// SPDX-License-Identifier: Apache-2.0
/** What every image format shares: a guest disk, its extents, the precise error. */
@NullMarked
package io.drover.disk.image;

import org.jspecify.annotations.NullMarked;
