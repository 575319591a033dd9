// SPDX-License-Identifier: Apache-2.0
/** The page in a real browser: what a person does there, and whether everybody could. */
@NullMarked
package io.drover.app.page;

import org.jspecify.annotations.NullMarked;
