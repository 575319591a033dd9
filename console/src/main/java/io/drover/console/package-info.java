// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.console;

import org.jspecify.annotations.NullMarked;
