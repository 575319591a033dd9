// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One record of a public topic as the read models take it.
 *
 * @param headers header values by name, for example {@code ce_type}
 * @param value JSON; null is a tombstone
 */
public record Read(
    String topic,
    String key,
    Map<String, String> headers,
    byte @Nullable [] value,
    int partition,
    long offset) {}
