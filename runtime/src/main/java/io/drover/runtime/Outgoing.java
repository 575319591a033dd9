// SPDX-License-Identifier: Apache-2.0
package io.drover.runtime;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.TreeMap;
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

  /** How many bytes of the value are not there, in a copy that was too large. */
  static final String CUT = "drover-cut-bytes";

  /** Bytes that the header above may take. */
  private static final int ROOM = 64;

  /**
   * The same, or where that is larger than {@code most} bytes, without the end of its value, and
   * where that is not enough, without its largest headers; a header says how much is missing.
   */
  Outgoing cut(int most) {
    int over = size() - most;
    if (over <= 0) {
      return this;
    }
    over += ROOM;
    var kept = new TreeMap<>(headers);
    int length = value == null ? 0 : value.length;
    int left = Math.max(0, length - over);
    over -= length - left;
    int cut = length - left;
    while (over > 0 && !kept.isEmpty()) {
      String largest =
          Collections.max(
              kept.keySet(), Comparator.comparingInt(name -> bytes(name, kept.get(name))));
      int gone = bytes(largest, kept.remove(largest));
      cut += gone;
      over -= gone;
    }
    kept.put(CUT, Integer.toString(cut));
    return new Outgoing(
        topic, partition, key, kept, value == null ? null : Arrays.copyOf(value, left));
  }

  private static int bytes(String name, @Nullable String text) {
    return name.getBytes(StandardCharsets.UTF_8).length
        + (text == null ? 0 : text.getBytes(StandardCharsets.UTF_8).length)
        + 8;
  }

  /** Bytes on the wire, about. */
  int size() {
    int bytes = key.getBytes(StandardCharsets.UTF_8).length + (value == null ? 0 : value.length);
    for (var header : headers.entrySet()) {
      bytes += bytes(header.getKey(), header.getValue());
    }
    return bytes + 32;
  }
}
