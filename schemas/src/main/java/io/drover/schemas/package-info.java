// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.schemas;

import org.jspecify.annotations.NullMarked;
