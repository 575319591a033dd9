// SPDX-License-Identifier: Apache-2.0
package io.drover.console;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.schemas.EntityKey;
import io.drover.schemas.wire.Json;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** The document of the API against what is served. */
class OpenApiTest extends ConsoleFixture {
  @Test
  void whatIsServedIsWhatIsDocumented() throws Exception {
    var documented = new TreeSet<String>();
    for (var path : document.path("paths").properties()) {
      for (var method : path.getValue().properties()) {
        documented.add(method.getKey().toUpperCase(Locale.ROOT) + " " + path.getKey());
      }
    }
    documented.removeAll(List.of("GET /livez", "GET /readyz"));

    assertThat(console.routes())
        .extracting(route -> route.replaceAll(":([a-z]+)", "{$1}"))
        .containsExactlyInAnyOrderElementsOf(documented);
    assertThat(send("GET", "/api/v1/openapi.json", null, null).body())
        .isEqualTo(new String(Json.write(document), StandardCharsets.UTF_8));
    assertThat(send("GET", "/api/v1/nonsense", null, TOKEN).statusCode()).isEqualTo(404);
  }

  @Test
  void everyReferenceOfTheDocumentLeadsSomewhere() {
    for (JsonNode reference : document.findValues("$ref")) {
      String to = reference.asText().substring(1);
      if (to.startsWith("/components/")) {
        assertThat(document.at(to).isMissingNode()).as(to).isFalse();
      }
    }
    assertThat(document.findValuesAsText("$ref")).contains("#/components/schemas/MigrationStatus");
    assertThat(document.at("/components/schemas/WaveStatus/properties/stage").isMissingNode())
        .isFalse();
    assertThat(
            document.at("/paths/~1api~1v1~1inventory/get/parameters/0/schema/enum").valueStream())
        .extracting(JsonNode::asText)
        .containsExactlyElementsOf(EntityKey.KINDS);
  }

  @Test
  void everyKindOfAnswerOfARouteIsDocumented() throws Exception {
    for (var path : document.path("paths").properties()) {
      if (path.getKey().endsWith("/stream")) {
        continue;
      }
      String real =
          path.getKey()
              .replace("{plan}", "p")
              .replace("{number}", "1")
              .replace("{vcenter}", "vc")
              .replace("{vm}", "vm");
      for (var method : path.getValue().properties()) {
        String verb = method.getKey().toUpperCase(Locale.ROOT);
        boolean post = verb.equals("POST");
        // What is not so is said by send.
        send(verb, real, post ? "{}" : null, TOKEN);
        send(verb, real, post ? "[" : null, TOKEN);
        send(verb, real, post ? "{}" : null, "wrong");
        trouble = "Kafka does not answer.";
        send(verb, real, post ? "{}" : null, TOKEN);
        trouble = null;
      }
    }
    String large = "{\"x\": \"" + "y".repeat(5 << 20) + "\"}";
    assertThat(send("POST", "/api/v1/plans/p", large, TOKEN).statusCode()).isEqualTo(413);
  }
}
