// SPDX-License-Identifier: Apache-2.0
/** The digest drover-disk-v1 of guest-visible bytes. */
@NullMarked
package io.drover.disk.digest;

import org.jspecify.annotations.NullMarked;
