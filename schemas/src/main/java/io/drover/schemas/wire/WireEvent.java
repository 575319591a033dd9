// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas.wire;

import java.util.Map;

/**
 * A CloudEvent in binary mode: attributes by their plain names ({@code id}, {@code source}, …; on
 * Kafka each becomes a {@code ce_} header) and the JSON data.
 */
public record WireEvent(Map<String, String> attributes, byte[] data) {
  public static final String HEADER_PREFIX = "ce_";

  public WireEvent {
    attributes = Map.copyOf(attributes);
  }
}
