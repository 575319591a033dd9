// SPDX-License-Identifier: Apache-2.0
/** Inflate and compress: libdeflate where the machine has it, the JDK everywhere else; zstd. */
@NullMarked
package io.drover.disk.codec;

import org.jspecify.annotations.NullMarked;
