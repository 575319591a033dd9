// SPDX-License-Identifier: Apache-2.0
/** How the words travel: JSON, CloudEvents on Kafka in binary mode, JSON Schema, AsyncAPI. */
@NullMarked
package io.drover.schemas.wire;

import org.jspecify.annotations.NullMarked;
