// SPDX-License-Identifier: Apache-2.0
/**
 * Disk copies into CDI: the brain that walks them, the ports to sources and volumes, and the hand
 * between.
 */
@NullMarked
package io.drover.converter;

import org.jspecify.annotations.NullMarked;
