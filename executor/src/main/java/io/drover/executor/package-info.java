// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.executor;

import org.jspecify.annotations.NullMarked;
