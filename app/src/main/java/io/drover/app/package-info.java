// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.app;

import org.jspecify.annotations.NullMarked;
