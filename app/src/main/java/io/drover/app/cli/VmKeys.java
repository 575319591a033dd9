// SPDX-License-Identifier: Apache-2.0
package io.drover.app.cli;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashMap;
import java.util.Map;

/** Shows the long key of a VM only where its name does not say which one is meant. */
final class VmKeys {
  private final Map<String, Integer> names = new HashMap<>();

  private VmKeys() {}

  /** Of the rows of one table, each with a {@code name} and a {@code vm}. */
  static VmKeys of(Iterable<JsonNode> rows) {
    VmKeys keys = new VmKeys();
    rows.forEach(row -> keys.names.merge(row.path("name").asText(), 1, Integer::sum));
    return keys;
  }

  /** The key of this row's VM, empty where no other row has its name. */
  String shown(JsonNode row) {
    return names.getOrDefault(row.path("name").asText(), 0) > 1 ? key(row) : "";
  }

  /** {@code vcenterInstanceUuid/vmInstanceUuid}. */
  static String key(JsonNode row) {
    return row.path("vm").path("vcenter").asText() + "/" + row.path("vm").path("vm").asText();
  }
}
