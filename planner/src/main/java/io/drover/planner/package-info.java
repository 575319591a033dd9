// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.planner;

import org.jspecify.annotations.NullMarked;
