// SPDX-License-Identifier: Apache-2.0

/** The Kubernetes client, the watched world and the control loop the lab controllers run on. */
@NullMarked
package io.drover.lab.cluster.control.kube;

import org.jspecify.annotations.NullMarked;
