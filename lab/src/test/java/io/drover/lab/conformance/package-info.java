// SPDX-License-Identifier: Apache-2.0
@NullMarked
package io.drover.lab.conformance;

import org.jspecify.annotations.NullMarked;
