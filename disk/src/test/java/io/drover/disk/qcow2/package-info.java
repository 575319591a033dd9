// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.disk.qcow2;

import org.jspecify.annotations.NullMarked;
