// SPDX-License-Identifier: Apache-2.0
/** The door of the disk-image library: convert a disk, open an image, digest it. */
@NullMarked
package io.drover.disk;

import org.jspecify.annotations.NullMarked;
