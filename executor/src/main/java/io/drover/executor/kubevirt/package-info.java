// SPDX-License-Identifier: Apache-2.0
/** The target VM through the Kubernetes API: KubeVirt, volume snapshots, Jobs. */
@NullMarked
package io.drover.executor.kubevirt;

import org.jspecify.annotations.NullMarked;
