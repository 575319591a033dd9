// SPDX-License-Identifier: Apache-2.0

/** Faults on demand for the lab controllers. */
@NullMarked
package io.drover.lab.cluster.control.faults;

import org.jspecify.annotations.NullMarked;
