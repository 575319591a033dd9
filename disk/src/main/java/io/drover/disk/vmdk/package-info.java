// SPDX-License-Identifier: Apache-2.0
/** VMDK in its layouts. */
@NullMarked
package io.drover.disk.vmdk;

import org.jspecify.annotations.NullMarked;
