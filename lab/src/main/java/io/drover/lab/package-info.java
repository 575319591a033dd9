// SPDX-License-Identifier: Apache-2.0
/**
 * The workshop: everything that Drover talks to, played on loopback, for the demo and the tests.
 */
@NullMarked
package io.drover.lab;

import org.jspecify.annotations.NullMarked;
