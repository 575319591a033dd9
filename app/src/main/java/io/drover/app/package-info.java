// SPDX-License-Identifier: Apache-2.0
/** The door: the {@code drover} command and its wiring. */
@NullMarked
package io.drover.app;

import org.jspecify.annotations.NullMarked;
