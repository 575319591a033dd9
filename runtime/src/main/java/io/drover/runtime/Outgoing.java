// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A record on its way to a topic.
 *
 * @param value null is a tombstone
 */
public record Outgoing(
    String topic, int partition, String key, Map<String, String> headers, byte @Nullable [] value) {
  public Outgoing {
    headers = Map.copyOf(headers);
  }

  /** Bytes on the wire, about. */
  int size() {
    int bytes = key.getBytes(StandardCharsets.UTF_8).length + (value == null ? 0 : value.length);
    for (var header : headers.entrySet()) {
      bytes += header.getKey().length() + header.getValue().length() + 8;
    }
    return bytes + 32;
  }
}
