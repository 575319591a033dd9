// SPDX-License-Identifier: Apache-2.0
/** The body as a process: brains as verticles, hands on virtual threads, health, metrics. */
@NullMarked
package io.drover.runtime.body;

import org.jspecify.annotations.NullMarked;
