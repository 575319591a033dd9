// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.schemas.DiskProgress;
import io.drover.schemas.MigrationStatus;
import io.drover.schemas.WaveStatus;
import io.drover.schemas.wire.Json;
import io.drover.schemas.wire.JsonSchemas;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;

/**
 * What callers of the console may rely on (OpenAPI 3.1): the routes as they are written down, and
 * the documents as their records are, so that these cannot differ.
 */
final class OpenApi {
  private static final String WRITTEN = "drover/openapi.json";

  private static final Map<String, Class<?>> DOCUMENTS =
      Map.of(
          "WaveStatus", WaveStatus.class,
          "MigrationStatus", MigrationStatus.class,
          "DiskProgress", DiskProgress.class,
          "Plan", Plan.class,
          "PlanLine", Plan.Line.class,
          "Report", Report.class);

  private OpenApi() {}

  /** The whole document. */
  static JsonNode document() {
    try (InputStream in = OpenApi.class.getClassLoader().getResourceAsStream(WRITTEN)) {
      if (in == null) {
        throw new IllegalStateException(WRITTEN + " is not in this build");
      }
      JsonNode document = Json.mapper().readTree(in);
      var schemas = (ObjectNode) document.at("/components/schemas");
      DOCUMENTS.forEach((name, type) -> schemas.set(name, JsonSchemas.of(type, "drover:" + name)));
      return document;
    } catch (IOException e) {
      throw new IllegalStateException(WRITTEN + " cannot be read", e);
    }
  }
}
