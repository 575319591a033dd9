// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.converter;

import org.jspecify.annotations.NullMarked;
