// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

/** Reads the resourceVersion of a list or watch. */
final class Versions {
  private Versions() {}

  /** The version as a number; 0 for "0" and for none. */
  static long parse(String version) {
    if (version.isEmpty()) {
      return 0;
    }
    if (!version.matches("\\d{1,18}")) {
      throw ApiFailure.badRequest(
          "resourceVersion: Invalid value: \""
              + version
              + "\": strconv.ParseUint: parsing \""
              + version
              + "\": invalid syntax");
    }
    return Long.parseLong(version);
  }

  static void notFromTheFuture(long asked, long current) {
    if (asked > current) {
      ApiFailure failure =
          ApiFailure.of(
              504, "Timeout", "Too large resource version: " + asked + ", current: " + current);
      Json.child(failure.status(), "details").put("retryAfterSeconds", 1);
      throw failure;
    }
  }
}
