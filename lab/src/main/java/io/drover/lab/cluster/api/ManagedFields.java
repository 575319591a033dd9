// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import org.jspecify.annotations.Nullable;

/** Who wrote which field of an object, for server-side apply. */
final class ManagedFields {
  private ManagedFields() {}

  static void wrote(
      ObjectNode object,
      @Nullable ObjectNode before,
      String manager,
      String subresource,
      String at) {}

  static boolean same(ObjectNode current, ObjectNode wanted) {
    return true;
  }

  static void carried(
      ObjectNode next,
      ObjectNode wanted,
      ObjectNode current,
      String manager,
      String subresource,
      String at) {}
}
