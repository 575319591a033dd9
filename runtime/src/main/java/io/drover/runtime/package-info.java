// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.runtime;

import org.jspecify.annotations.NullMarked;
