// SPDX-License-Identifier: Apache-2.0
/** Faults on demand for the lab vCenter. */
@NullMarked
package io.drover.lab.vcenter.faults;

import org.jspecify.annotations.NullMarked;
