// SPDX-License-Identifier: Apache-2.0
/** Inventory and statements out of files: RVTools exports, flows, calendars, what people say. */
@NullMarked
package io.drover.ingest.files;

import org.jspecify.annotations.NullMarked;
