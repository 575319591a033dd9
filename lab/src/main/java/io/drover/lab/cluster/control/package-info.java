// SPDX-License-Identifier: Apache-2.0

/** Controllers that play CDI, KubeVirt, storage and snapshots as plain Kubernetes API clients. */
@NullMarked
package io.drover.lab.cluster.control;

import org.jspecify.annotations.NullMarked;
