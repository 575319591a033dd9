// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who changed what, one line of JSON for each request that may change something, written when it
 * was answered: what kube-apiserver writes with {@code --audit-log-path} and a policy of level
 * Metadata without reads. It is how an onlooker counts what was done to a cluster.
 *
 * @see <a href="https://kubernetes.io/docs/reference/config-api/apiserver-audit.v1/">Event</a>
 */
final class AuditLog {
  private static final Set<String> READS = Set.of("get", "list", "watch");

  private final @Nullable Path file;

  /**
   * @param file what to append to; null = nothing is written
   */
  AuditLog(@Nullable Path file) {
    this.file = file;
  }

  /** A request that was answered with this code. */
  void note(ApiCall call, Target target, String verb, int code) {
    if (file == null || READS.contains(verb)) {
      return;
    }
    ObjectNode event = Json.object();
    event.put("kind", "Event").put("apiVersion", "audit.k8s.io/v1");
    event.put("level", "Metadata").put("stage", "ResponseComplete").put("verb", verb);
    String dryRun = call.parameter("dryRun");
    event.put("requestURI", call.path() + (dryRun.isEmpty() ? "" : "?dryRun=" + dryRun));
    event.putObject("user").put("username", call.who().name());
    ObjectNode about = event.putObject("objectRef");
    about.put("resource", target.type().plural()).put("apiGroup", target.type().group());
    about.put("namespace", target.namespace()).put("name", name(call, target));
    if (!target.subresource().isEmpty()) {
      about.put("subresource", target.subresource());
    }
    event.putObject("responseStatus").put("code", code);
    append(file, event + "\n");
  }

  private static String name(ApiCall call, Target target) {
    if (!target.name().isEmpty() || call.body().length == 0) {
      return target.name();
    }
    try {
      return Json.name(Json.parse(call.body(), call.mediaType().equals("application/yaml")));
    } catch (ApiFailure unreadable) {
      return "";
    }
  }

  private static synchronized void append(Path file, String line) {
    try {
      Files.writeString(
          file, line, StandardCharsets.UTF_8, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
