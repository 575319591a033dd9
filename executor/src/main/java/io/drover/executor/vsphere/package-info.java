// SPDX-License-Identifier: Apache-2.0
/** The source VM through the vSphere client. */
@NullMarked
package io.drover.executor.vsphere;

import org.jspecify.annotations.NullMarked;
