// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.disk.image;

import org.jspecify.annotations.NullMarked;
