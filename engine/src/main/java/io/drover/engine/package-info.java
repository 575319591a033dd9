// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.engine;

import org.jspecify.annotations.NullMarked;
