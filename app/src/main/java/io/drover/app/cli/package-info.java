// SPDX-License-Identifier: Apache-2.0
/** The commands of {@code drover}. */
@NullMarked
package io.drover.app.cli;

import org.jspecify.annotations.NullMarked;
