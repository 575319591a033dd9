// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.disk.digest;

import org.jspecify.annotations.NullMarked;
