// SPDX-License-Identifier: Apache-2.0
/**
 * What ports promise, proved on the model and on the real adapters; and journeys in a simulation.
 */
@NullMarked
package io.drover.lab.world;

import org.jspecify.annotations.NullMarked;
