// SPDX-License-Identifier: Apache-2.0
/** A Kafka broker in this JVM, or in one of its own. */
@NullMarked
package io.drover.lab.kafka;

import org.jspecify.annotations.NullMarked;
