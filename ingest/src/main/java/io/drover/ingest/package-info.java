// SPDX-License-Identifier: Apache-2.0
/** What exists, at the source and at the target. */
@NullMarked
package io.drover.ingest;

import org.jspecify.annotations.NullMarked;
