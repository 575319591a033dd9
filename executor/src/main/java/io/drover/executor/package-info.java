// SPDX-License-Identifier: Apache-2.0
/**
 * The journey of a VM and the slots of a vCenter: two brains, the ports to source and target, and
 * their hands.
 */
@NullMarked
package io.drover.executor;

import org.jspecify.annotations.NullMarked;
