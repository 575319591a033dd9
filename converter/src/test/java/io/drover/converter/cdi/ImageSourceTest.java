// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import io.drover.converter.staging.StagedImage;
import io.drover.converter.staging.Staging;
import io.drover.converter.staging.StagingSettings;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What CDI is told of a staged image, by what its definition of DataVolumes knows. */
class ImageSourceTest {
  private static final StagedImage.Content CONTENT =
      new StagedImage.Content(1 << 20, 5, 6, 0, "root", new byte[0], null, "sha256:ab", 7);

  @TempDir Path folder;

  /** The definition of CDI's DataVolumes, with these fields of {@code source.http}. */
  private static String definition(String fields) {
    return """
    {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
     "metadata": {"name": "datavolumes.cdi.kubevirt.io"}, "spec": {"versions": [
       {"name": "v1beta1", "schema": {"openAPIV3Schema": {"properties": {"spec": {"properties":
         {"source": {"properties": {"http": {"properties": {%s}}}}}}}}}}]}}
    """
        .formatted(fields);
  }

  private Map<String, Object> spec(int status, String answer) throws Exception {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          byte[] body = answer.getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try (KubernetesClient client =
            new KubernetesClientBuilder()
                .withConfig(
                    new ConfigBuilder()
                        .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                        .withRequestRetryBackoffLimit(0)
                        .build())
                .build();
        Staging staging =
            Staging.open(new StagingSettings(folder, 0, 0, "127.0.0.1", 0, null, null, false))) {
      return new ImageSource(client, staging).spec("one", CONTENT);
    } finally {
      server.stop(0);
    }
  }

  @Test
  void aCdiThatKnowsTheFieldComparesTheImage() throws Exception {
    var spec =
        spec(
            200,
            definition("\"url\": {\"type\": \"string\"}, \"checksum\": {\"type\": \"string\"}"));

    assertThat(spec).containsEntry("checksum", "sha256:ab").containsKey("url");
  }

  @Test
  void oneBefore165IsNotSentAFieldThatItWouldRefuse() throws Exception {
    var spec = spec(200, definition("\"url\": {\"type\": \"string\"}"));

    assertThat(spec).containsOnlyKeys("url", "secretRef");
  }

  @Test
  void aDefinitionThatIsNotShownToUsIsTakenForAnOldOne() throws Exception {
    assertThat(spec(403, "{}")).doesNotContainKey("checksum");
  }
}
