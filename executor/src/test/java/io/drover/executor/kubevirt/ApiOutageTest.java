// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.sun.net.httpserver.HttpServer;
import io.drover.executor.Trouble;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An API server that does not answer is waited for: it must end no journey. */
class ApiOutageTest {
  private HttpServer server;

  @BeforeEach
  void aServerThatHangsUpBeforeItAnswers() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext("/", exchange -> exchange.close());
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
  }

  @Test
  void aServerThatHangsUpIsAnOutage() {
    assertOutages();
  }

  @Test
  void aServerThatIsNotThereIsAnOutage() {
    server.stop(0);

    assertOutages();
  }

  private void assertOutages() {
    try (KubernetesClient client = client()) {
      var api = new Api(client);
      assertOutage(() -> api.get(Api.Kind.VM, "herd", "a"), "Could not read VirtualMachine herd/a");
      assertOutage(
          () -> api.list(Api.Kind.SNAPSHOT, "herd", "a=b"), "Could not list volumesnapshots");
      assertOutage(
          () ->
              api.create(
                  Api.Kind.JOB,
                  Map.of(
                      "apiVersion",
                      "batch/v1",
                      "kind",
                      "Job",
                      "metadata",
                      Map.of("name", "a", "namespace", "herd")),
                  false),
          "Could not create Job herd/a");
      assertOutage(
          () -> api.patch(Api.Kind.VM, "herd", "a", Map.of("spec", Map.of())),
          "Could not change VirtualMachine herd/a");
      assertOutage(() -> api.delete(Api.Kind.POD, "herd", "a", "1"), "Could not delete Pod herd/a");
      assertOutage(() -> api.raw("/apis/x"), "Could not read /apis/x");
    }
  }

  private static void assertOutage(Runnable call, String what) {
    Trouble trouble = catchThrowableOfType(Trouble.class, call::run);
    assertThat(trouble).as(what).isNotNull();
    assertThat(trouble.problem().kind()).as(what).isEqualTo(Problem.Kind.UNAVAILABLE);
    assertThat(trouble.problem().code()).isEqualTo("cluster-unreachable");
    assertThat(trouble.problem().what()).startsWith(what).contains("no answer (");
    assertThat(trouble.problem().remedy()).contains("it is tried again");
  }

  private KubernetesClient client() {
    return new KubernetesClientBuilder()
        .withConfig(
            new ConfigBuilder()
                .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                .withRequestRetryBackoffLimit(0)
                .build())
        .build();
  }
}
