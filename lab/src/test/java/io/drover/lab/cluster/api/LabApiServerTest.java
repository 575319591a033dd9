// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.lab.cluster.api.LabFaults.Effect;
import io.drover.lab.cluster.api.LabFaults.Fault;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What only the lab's server can do: go wrong on demand, lose its memory, learn kinds, and hand out
 * its keys.
 */
class LabApiServerTest {
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";

  private static LabWorld lab;
  private static HttpClient http;

  @BeforeAll
  static void start() throws Exception {
    lab = new LabWorld(LabApiServer.Options.standard());
    http =
        HttpClient.newBuilder()
            .sslContext(LabTrust.context(lab.server.caPem()))
            .version(HttpClient.Version.HTTP_1_1)
            .build();
  }

  @AfterAll
  static void stop() {
    http.close();
    lab.close();
  }

  @AfterEach
  void mend() {
    lab.server.faults().clear();
  }

  private static HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create(lab.server.url() + path))
        .header("Authorization", "Bearer " + lab.server.adminToken())
        .header("Content-Type", "application/json")
        .timeout(Duration.ofSeconds(60));
  }

  private static HttpResponse<String> send(HttpRequest.Builder request)
      throws IOException, InterruptedException {
    return http.send(request.build(), BodyHandlers.ofString());
  }

  private static HttpRequest.Builder post(String name) {
    String body =
        "{\"kind\":\"ConfigMap\",\"apiVersion\":\"v1\",\"metadata\":{\"name\":\"" + name + "\"}}";
    return request(MAPS).POST(BodyPublishers.ofString(body));
  }

  private static boolean stored(String name) {
    return lab.server
        .store()
        .find(lab.server.table().named("configmaps"), "default", name)
        .isPresent();
  }

  @Test
  void too_many_requests_say_when_to_come_again() throws Exception {
    lab.server.faults().add(new Fault(Effect.REFUSE, "POST", MAPS, 429, Duration.ofSeconds(7), 1));

    HttpResponse<String> answer = send(post("a-429"));

    assertThat(answer.statusCode()).isEqualTo(429);
    assertThat(answer.headers().firstValue("Retry-After")).hasValue("7");
    assertThat(answer.body()).contains("\"reason\":\"TooManyRequests\"");
    assertThat(stored("a-429")).isFalse();
  }

  @Test
  void a_refusal_is_spent_after_its_times() throws Exception {
    var order = lab.server.faults().add(Fault.refuse("POST", MAPS, 503, 1));
    send(post("a-503"));

    HttpResponse<String> second = send(post("a-503"));

    assertThat(second.statusCode()).isEqualTo(201);
    assertThat(order.left()).isZero();
  }

  @Test
  void a_lost_answer_was_performed() {
    lab.server.faults().add(Fault.loseAnswer("POST", MAPS, 1));

    assertThatThrownBy(() -> send(post("lost"))).isInstanceOf(IOException.class);

    assertThat(stored("lost")).isTrue();
  }

  @Test
  void a_dropped_request_was_not_performed() {
    lab.server.faults().add(new Fault(Effect.DROP, "POST", MAPS, 0, Duration.ZERO, 1));

    assertThatThrownBy(() -> send(post("dropped"))).isInstanceOf(IOException.class);

    assertThat(stored("dropped")).isFalse();
  }

  @Test
  void a_late_answer_is_late_and_well() throws Exception {
    lab.server.faults().add(Fault.latency("POST", MAPS, Duration.ofMillis(300), 1));
    long begin = System.nanoTime();

    HttpResponse<String> answer = send(post("late"));

    assertThat(answer.statusCode()).isEqualTo(201);
    assertThat(Duration.ofNanos(System.nanoTime() - begin))
        .isGreaterThanOrEqualTo(Duration.ofMillis(300));
  }

  @Test
  void a_watch_can_be_cut_off() throws Exception {
    lab.server
        .faults()
        .add(new Fault(Effect.CUT_WATCH, "WATCH", MAPS, 0, Duration.ofMillis(50), 1));

    HttpResponse<InputStream> watch =
        http.send(request(MAPS + "?watch=true").build(), BodyHandlers.ofInputStream());

    assertThatThrownBy(() -> watch.body().readAllBytes()).isInstanceOf(IOException.class);
  }

  @Test
  void a_watch_can_be_told_that_it_is_too_old() throws Exception {
    lab.server.faults().add(new Fault(Effect.EXPIRE_WATCH, "WATCH", MAPS, 0, Duration.ZERO, 1));

    JsonNode event = Json.MAPPER.readTree(send(request(MAPS + "?watch=true")).body());

    assertThat(Json.text(event, "type")).isEqualTo("ERROR");
    assertThat(event.path("object").path("code").asInt()).isEqualTo(410);
  }

  @Test
  void faults_are_ordered_over_http_too() throws Exception {
    String order =
        "{\"effect\":\"REFUSE\",\"method\":\"POST\",\"path\":\""
            + MAPS
            + "\",\"code\":500,\"times\":1}";

    HttpResponse<String> ordered =
        send(request("/lab/faults").POST(BodyPublishers.ofString(order)));

    assertThat(ordered.statusCode()).isEqualTo(200);
    assertThat(send(post("a-500")).statusCode()).isEqualTo(500);
  }

  @Test
  void a_fault_that_makes_no_sense_is_refused_with_the_choices() throws Exception {
    HttpResponse<String> answer =
        send(request("/lab/faults").POST(BodyPublishers.ofString("{\"effect\":\"EXPLODE\"}")));

    assertThat(answer.statusCode()).isEqualTo(400);
    assertThat(answer.body()).contains("LOSE_ANSWER", "EXPLODE");
  }

  @Test
  void only_an_admin_orders_faults() throws Exception {
    HttpRequest.Builder limited =
        request("/lab/faults").setHeader("Authorization", "Bearer limited-token");

    assertThat(send(limited).statusCode()).isEqualTo(403);
  }

  @Test
  void after_a_compaction_a_watch_is_gone_and_a_list_goes_on() throws Exception {
    String seen = Long.toString(lab.server.store().version());
    send(post("before-compaction"));
    lab.server.store().compact();

    JsonNode event =
        Json.MAPPER.readTree(send(request(MAPS + "?watch=true&resourceVersion=" + seen)).body());

    assertThat(event.path("object").path("code").asInt()).isEqualTo(410);
    assertThat(send(request(MAPS)).body()).contains("before-compaction");
  }

  @Test
  void a_watch_list_ends_its_beginning_with_a_bookmark() throws Exception {
    send(post("listed"));
    String query =
        "?watch=true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true&timeoutSeconds=1";

    String events = send(request(MAPS + query)).body();

    assertThat(events.lines().filter(line -> line.contains("BOOKMARK")).findFirst().orElse(""))
        .contains("\"k8s.io/initial-events-end\":\"true\"");
  }

  @Test
  void the_log_of_a_pod_comes_from_whoever_plays_the_kubelet() {
    try (KubernetesClient client = new KubernetesClientBuilder().withConfig(lab.admin()).build()) {
      client
          .resource(
              new PodBuilder()
                  .withNewMetadata()
                  .withName("worker")
                  .withNamespace("default")
                  .endMetadata()
                  .withNewSpec()
                  .addNewContainer()
                  .withName("c")
                  .withImage("i")
                  .endContainer()
                  .endSpec()
                  .build())
          .create();
      lab.server.logs((namespace, pod, container) -> "read 42 extents\n");

      assertThat(client.pods().inNamespace("default").withName("worker").getLog())
          .isEqualTo("read 42 extents\n");
    }
  }

  @Test
  void a_definition_adds_a_kind_with_its_schema() throws Exception {
    String definition =
        """
        {"kind":"CustomResourceDefinition","apiVersion":"apiextensions.k8s.io/v1","metadata":{"name":"herds.drover.io"},
         "spec":{"group":"drover.io","scope":"Namespaced","names":{"plural":"herds","kind":"Herd"},
          "versions":[{"name":"v1","served":true,"storage":true,"schema":{"openAPIV3Schema":{"type":"object","properties":{
           "spec":{"type":"object","properties":{"size":{"type":"integer","minimum":1}}}}}}}]}}
        """;
    send(
        request("/apis/apiextensions.k8s.io/v1/customresourcedefinitions")
            .POST(BodyPublishers.ofString(definition)));
    String herd =
        "{\"kind\":\"Herd\",\"apiVersion\":\"drover.io/v1\",\"metadata\":{\"name\":\"h\"},\"spec\":{\"size\":0}}";

    HttpResponse<String> answer =
        send(
            request("/apis/drover.io/v1/namespaces/default/herds")
                .POST(BodyPublishers.ofString(herd)));

    assertThat(answer.statusCode()).isEqualTo(422);
    assertThat(answer.body()).contains("spec.size in body should be greater than or equal to 1");
  }

  @Test
  void a_revoked_token_is_unauthorized() throws Exception {
    lab.server.addUser(LabUser.limited("guest", "guest-token"));
    lab.server.revoke("guest-token");

    assertThat(send(request(MAPS).setHeader("Authorization", "Bearer guest-token")).statusCode())
        .isEqualTo(401);
  }

  @Test
  void a_user_may_do_what_the_table_allows() throws Exception {
    lab.server.addUser(
        LabUser.limited(
            "reader",
            "reader-token",
            AccessRule.everywhere("", java.util.List.of("configmaps"), java.util.List.of("list"))));

    assertThat(send(request(MAPS).setHeader("Authorization", "Bearer reader-token")).statusCode())
        .isEqualTo(200);
    assertThat(send(post("mine").setHeader("Authorization", "Bearer reader-token")).statusCode())
        .isEqualTo(403);
  }

  @Test
  void a_kubeconfig_leads_to_the_server(@TempDir Path folder) throws Exception {
    Path file = lab.server.kubeconfig(folder.resolve("kubeconfig"));

    try (KubernetesClient client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(Files.readString(file, StandardCharsets.UTF_8)))
            .build()) {
      assertThat(client.namespaces().withName("default").get()).isNotNull();
    }
    assertThat(Files.getPosixFilePermissions(file)).hasSize(2);
  }

  @Test
  void what_it_does_not_know_it_refuses_as_a_status() throws Exception {
    JsonNode status = Json.MAPPER.readTree(send(request("/apis/kubevirt.io/v9/things")).body());

    assertThat(Json.text(status, "kind")).isEqualTo("Status");
    assertThat(Json.text(status, "reason")).isEqualTo("NotFound");
    assertThat(send(request(MAPS + "/x/scale")).statusCode()).isEqualTo(404);
    assertThat(
            send(request(MAPS + "/x").method("PATCH", BodyPublishers.ofString("{}"))).statusCode())
        .isEqualTo(415);
  }

  @Test
  void nothing_shows_a_token() {
    assertThat(LabUser.admin("a", "secret-token").toString()).doesNotContain("secret-token");
    assertThat(LabCertificates.create().toString()).doesNotContain("PRIVATE");
  }

  @Test
  void a_watch_over_http_is_a_line_an_event() throws Exception {
    HttpResponse<InputStream> watch =
        http.send(
            request(MAPS + "?watch=true&resourceVersion=" + lab.server.store().version()).build(),
            BodyHandlers.ofInputStream());
    send(post("seen-by-the-watch"));

    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(watch.body(), StandardCharsets.UTF_8))) {
      assertThat(Json.text(Json.MAPPER.readTree(lines.readLine()), "object", "metadata", "name"))
          .isEqualTo("seen-by-the-watch");
    }
  }
}
