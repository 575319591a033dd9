// SPDX-License-Identifier: Apache-2.0
/** The record tree of {@code drover.yaml}. */
@NullMarked
package io.drover.app.config;

import org.jspecify.annotations.NullMarked;
