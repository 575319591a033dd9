// SPDX-License-Identifier: Apache-2.0
/** What {@code disk/bench/run} measures of the converter, as processes of their own. */
@NullMarked
package io.drover.converter.bench;

import org.jspecify.annotations.NullMarked;
