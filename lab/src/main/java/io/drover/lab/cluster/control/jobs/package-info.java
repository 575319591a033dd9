// SPDX-License-Identifier: Apache-2.0

/** Jobs as processes on this machine, and Jobs that are only played. */
@NullMarked
package io.drover.lab.cluster.control.jobs;

import org.jspecify.annotations.NullMarked;
