// SPDX-License-Identifier: Apache-2.0
/** The eye on the target cluster. */
@NullMarked
package io.drover.ingest.kubernetes;

import org.jspecify.annotations.NullMarked;
