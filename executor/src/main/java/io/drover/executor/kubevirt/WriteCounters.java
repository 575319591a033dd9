// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import io.drover.engine.Authorities;
import io.drover.schemas.LossBound;
import java.io.IOException;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads what a guest has written from KubeVirt's metrics, in the Prometheus text format. The
 * counter begins at zero with every instance, so it bounds the writes since the target last
 * started.
 */
final class WriteCounters {
  /** A counter a drive; see KubeVirt's docs/observability/metrics.md. */
  private static final Pattern LINE =
      Pattern.compile(
          "kubevirt_vmi_storage_write_traffic_bytes_total\\{([^}]*)\\}\\s+([0-9.eE+]+).*");

  private final KubeVirtSettings.Metrics metrics;
  private final HttpClient client;

  WriteCounters(KubeVirtSettings.Metrics metrics) {
    this.metrics = metrics;
    HttpClient.Builder builder = HttpClient.newBuilder().connectTimeout(Duration.ofSeconds(5));
    String ca = metrics.ca();
    if (ca != null) {
      builder.sslContext(Authorities.trusting(ca));
    }
    this.client = builder.build();
  }

  /** Bytes written by the instance, over all drives; UNKNOWN when it cannot be read. */
  LossBound of(String namespace, String name) {
    try {
      var request = HttpRequest.newBuilder(metrics.url()).timeout(Duration.ofSeconds(10));
      var token = metrics.token();
      if (token != null) {
        request.header("Authorization", "Bearer " + token.get());
      }
      HttpResponse<String> answer =
          client.send(request.build(), HttpResponse.BodyHandlers.ofString());
      return answer.statusCode() == 200 ? parse(answer.body(), namespace, name) : LossBound.UNKNOWN;
    } catch (IOException e) {
      return LossBound.UNKNOWN;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return LossBound.UNKNOWN;
    }
  }

  static LossBound parse(String page, String namespace, String name) {
    double sum = 0;
    boolean found = false;
    for (String line : page.lines().toList()) {
      Matcher matcher = LINE.matcher(line);
      if (matcher.matches()) {
        String labels = "," + matcher.group(1) + ",";
        if (labels.contains(",name=\"" + name + "\",")
            && labels.contains(",namespace=\"" + namespace + "\",")) {
          sum += Double.parseDouble(matcher.group(2));
          found = true;
        }
      }
    }
    return found ? LossBound.targetWrites((long) Math.ceil(sum)) : LossBound.UNKNOWN;
  }
}
