// SPDX-License-Identifier: Apache-2.0
/**
 * The body: runs a brain over its partitions, on whatever keeps the log; Kafka and the process are
 * beneath it.
 */
@NullMarked
package io.drover.runtime;

import org.jspecify.annotations.NullMarked;
