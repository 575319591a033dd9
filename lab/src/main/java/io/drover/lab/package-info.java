// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.lab;

import org.jspecify.annotations.NullMarked;
