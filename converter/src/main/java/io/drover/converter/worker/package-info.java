// SPDX-License-Identifier: Apache-2.0
/** What runs inside a Job of ours in the target cluster, next to the volume. */
@NullMarked
package io.drover.converter.worker;

import org.jspecify.annotations.NullMarked;
