// SPDX-License-Identifier: Apache-2.0

/** VirtualMachines, their instances, launcher pods, guests and subresources. */
@NullMarked
package io.drover.lab.cluster.control.virt;

import org.jspecify.annotations.NullMarked;
