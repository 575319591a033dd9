// SPDX-License-Identifier: Apache-2.0

/** The HTTPS front of the lab controllers: upload proxy, aggregated APIs, metrics, faults. */
@NullMarked
package io.drover.lab.cluster.control.serve;

import org.jspecify.annotations.NullMarked;
