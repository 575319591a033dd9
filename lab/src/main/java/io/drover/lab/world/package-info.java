// SPDX-License-Identifier: Apache-2.0
/** The world as a model in memory: a vCenter and a cluster as far as a journey can tell. */
@NullMarked
package io.drover.lab.world;

import org.jspecify.annotations.NullMarked;
