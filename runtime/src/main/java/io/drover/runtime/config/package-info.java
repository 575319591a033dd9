// SPDX-License-Identifier: Apache-2.0
/** Configuration: YAML into typed records, unknown keys refused, secrets by reference. */
@NullMarked
package io.drover.runtime.config;

import org.jspecify.annotations.NullMarked;
