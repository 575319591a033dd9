// SPDX-License-Identifier: Apache-2.0
/**
 * The lab's Kubernetes API server: the API's behaviour over HTTPS on loopback, with no cluster
 * behind it.
 */
@NullMarked
package io.drover.lab.cluster.api;

import org.jspecify.annotations.NullMarked;
