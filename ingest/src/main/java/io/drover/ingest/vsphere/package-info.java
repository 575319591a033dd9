// SPDX-License-Identifier: Apache-2.0
/** The eye on a vCenter. */
@NullMarked
package io.drover.ingest.vsphere;

import org.jspecify.annotations.NullMarked;
