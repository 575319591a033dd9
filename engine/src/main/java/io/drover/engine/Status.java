// SPDX-License-Identifier: Apache-2.0
package io.drover.engine;

/**
 * A status document for the world.
 *
 * @param topic a compacted topic
 * @param document a record of {@code schemas}; null removes the key's document
 */
public record Status(
    String topic, String key, @org.jspecify.annotations.Nullable Object document) {}
