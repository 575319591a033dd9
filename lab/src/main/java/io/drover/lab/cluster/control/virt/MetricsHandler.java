// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpHandler;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * Serves what guests wrote in the Prometheus text format, under the names that virt-handler uses.
 * The counters begin at zero with every instance.
 */
public final class MetricsHandler implements HttpHandler {

  private static final String WRITTEN = "kubevirt_vmi_storage_write_traffic_bytes_total";

  private final Virt virt;

  MetricsHandler(Virt virt) {
    this.virt = virt;
  }

  @Override
  public void handle(HttpExchange exchange) throws IOException {
    try (exchange) {
      byte[] body = text().getBytes(StandardCharsets.UTF_8);
      exchange.getResponseHeaders().set("Content-Type", "text/plain; version=0.0.4; charset=utf-8");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
    }
  }

  /** The page. */
  String text() {
    Map<String, String> lines = new TreeMap<>();
    virt.guests()
        .running()
        .values()
        .forEach(running ->
            running
                .written()
                .forEach((volume, bytes) ->
                    lines.put(
                        WRITTEN
                            + "{drive=\""
                            + volume
                            + "\",name=\""
                            + running.key().name()
                            + "\",namespace=\""
                            + running.key().namespace()
                            + "\",node=\""
                            + running.node()
                            + "\"}",
                        Long.toString(bytes))));
    StringBuilder page = new StringBuilder();
    page.append("# HELP ").append(WRITTEN).append(" Total number of written bytes.\n");
    page.append("# TYPE ").append(WRITTEN).append(" counter\n");
    lines.forEach((name, value) -> page.append(name).append(' ').append(value).append('\n'));
    return page.toString();
  }
}
