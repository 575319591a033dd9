// SPDX-License-Identifier: Apache-2.0
/** The pipeline: one reader, a shared pool of workers, a positional or a forward sink. */
@NullMarked
package io.drover.disk.pipe;

import org.jspecify.annotations.NullMarked;
