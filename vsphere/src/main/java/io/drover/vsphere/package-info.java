// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.vsphere;

import org.jspecify.annotations.NullMarked;
