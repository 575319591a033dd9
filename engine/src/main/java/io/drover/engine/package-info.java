// SPDX-License-Identifier: Apache-2.0
/** The grammar of Drover: what a brain is, what a hand is, what an eye is. No third party. */
@NullMarked
package io.drover.engine;

import org.jspecify.annotations.NullMarked;
