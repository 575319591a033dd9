// SPDX-License-Identifier: Apache-2.0
/** The loop on Kafka: plain kafka-clients on threads of their own. */
@NullMarked
package io.drover.runtime.kafka;

import org.jspecify.annotations.NullMarked;
