// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import io.drover.lab.cluster.api.AggregatedApi;
import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Kube;
import io.drover.lab.cluster.control.serve.Pem;
import io.drover.lab.conformance.KubeWorld;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;

/** A lab API server with a lab cluster behind it, and the few verbs that its tests need. */
final class LabBench implements AutoCloseable {

  static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final ObjectMapper YAML = new ObjectMapper(new YAMLFactory());

  final Optional<LabApiServer> server;
  final LabCluster cluster;
  final Kube kube;
  final HttpClient proxyClient;
  private final HttpClient apiClient;
  private final String url;
  private final String token;

  /** A lab API server of its own with a cluster behind it. */
  static LabBench own(LabClusterOptions options) throws IOException {
    LabApiServer server = LabApiServer.start(LabApiServer.Options.standard());
    return bench(Optional.of(server), server, options);
  }

  private static LabBench bench(
      Optional<LabApiServer> owned, LabApiServer server, LabClusterOptions options)
      throws IOException {
    LabBench bench =
        new LabBench(owned, server.url().toString(), server.caPem(), server.adminToken(), options);
    bench.cluster.aggregatedApis().forEach(server::mount);
    server.logs(bench.cluster.podLogs());
    return bench;
  }

  /** A cluster behind an API server that somebody else runs. */
  static LabBench behind(KubeWorld world, LabClusterOptions options)
      throws IOException, InterruptedException {
    LabBench bench =
        new LabBench(Optional.empty(), world.url(), world.caPem(), world.token(), options);
    for (AggregatedApi api : bench.cluster.aggregatedApis()) {
      world.serve(api);
      world.awaitServed(api);
    }
    return bench;
  }

  private LabBench(
      Optional<LabApiServer> server,
      String url,
      String caPem,
      String token,
      LabClusterOptions options)
      throws IOException {
    this.server = server;
    this.url = url;
    this.token = token;
    LabClusterFixtures.apply(url, caPem, token, List.of("shop"));
    cluster = LabCluster.start(url, caPem, token, options);
    kube = new Kube(url, caPem, token);
    try {
      proxyClient =
          HttpClient.newBuilder().sslContext(Pem.trusting(cluster.uploadProxyCa())).build();
      apiClient = HttpClient.newBuilder().sslContext(Pem.trusting(caPem)).build();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  Doc create(Kind kind, String yaml, Object... values) throws IOException {
    return kube.create(kind, doc(yaml, values));
  }

  static Doc doc(String yaml, Object... values) throws IOException {
    return new Doc(
        (com.fasterxml.jackson.databind.node.ObjectNode) YAML.readTree(yaml.formatted(values)));
  }

  Doc get(Kind kind, String name) {
    return kube.get(kind, "shop", name)
        .orElseThrow(() -> new AssertionError(kind + " " + name + " is gone"));
  }

  /** Waits until the object is as wanted; fails with its last state. */
  Doc await(Kind kind, String name, Predicate<Doc> wanted) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    Doc last = Doc.of(kind, "shop", name);
    while (System.nanoTime() < deadline) {
      last = kube.get(kind, "shop", name).orElse(Doc.of(kind, "shop", name));
      if (!last.uid().isEmpty() && wanted.test(last)) {
        return last;
      }
      Thread.sleep(15);
    }
    throw new AssertionError("not within " + PATIENCE + ": " + last.json().toPrettyString());
  }

  Doc awaitPhase(Kind kind, String name, String phase) throws InterruptedException {
    return await(kind, name, d -> d.text("/status/phase").equals(phase));
  }

  void awaitGone(Kind kind, String name) throws InterruptedException {
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (kube.get(kind, "shop", name).isPresent()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError(kind + " " + name + " did not go: " + get(kind, name).json());
      }
      Thread.sleep(15);
    }
  }

  void delete(Kind kind, String name) {
    kube.delete(kind, get(kind, name));
  }

  /** What an API server answers: code and body. */
  record Reply(int code, String body) {}

  Reply api(String method, String path, String body) throws IOException, InterruptedException {
    HttpResponse<String> response =
        apiClient.send(
            HttpRequest.newBuilder(URI.create(url).resolve(path))
                .header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json")
                .method(method, HttpRequest.BodyPublishers.ofString(body, StandardCharsets.UTF_8))
                .build(),
            HttpResponse.BodyHandlers.ofString());
    return new Reply(response.statusCode(), response.body());
  }

  String token(String claim) throws IOException, InterruptedException {
    Reply response =
        api(
            "POST",
            "/apis/upload.cdi.kubevirt.io/v1beta1/namespaces/shop/uploadtokenrequests",
            """
            {"apiVersion":"upload.cdi.kubevirt.io/v1beta1","kind":"UploadTokenRequest",
             "metadata":{"name":"t","namespace":"shop"},"spec":{"pvcName":"%s"}}\
            """
                .formatted(claim));
    return Doc.parse(response.body()).text("/status/token");
  }

  HttpResponse<String> upload(String path, String token, HttpRequest.BodyPublisher body)
      throws IOException, InterruptedException {
    URI uri = cluster.uploadProxyUrl().resolve(path);
    return proxyClient.send(
        HttpRequest.newBuilder(uri).header("Authorization", "Bearer " + token).POST(body).build(),
        HttpResponse.BodyHandlers.ofString());
  }

  Doc dataVolume(String name, String source, String size) throws IOException {
    return create(
        Kind.DATA_VOLUME,
        """
        apiVersion: cdi.kubevirt.io/v1beta1
        kind: DataVolume
        metadata:
          name: %s
          namespace: shop
          annotations: {cdi.kubevirt.io/storage.usePopulator: "false"}
        spec:
          source: %s
          storage: {resources: {requests: {storage: %s}}}
        """,
        name,
        source,
        size);
  }

  Path imageOf(String claim) throws IOException {
    return cluster.volumeOf("shop", claim).orElseThrow().image();
  }

  /** Uploads bytes into a new DataVolume and waits until it is done. */
  void land(String name, byte[] bytes, String size) throws IOException, InterruptedException {
    var _ = dataVolume(name, "{upload: {}}", size);
    var _ = awaitPhase(Kind.DATA_VOLUME, name, "UploadReady");
    HttpResponse<String> done =
        upload("/v1beta1/upload", token(name), HttpRequest.BodyPublishers.ofByteArray(bytes));
    if (done.statusCode() != 200) {
      throw new AssertionError("upload: " + done.statusCode() + " " + done.body());
    }
    var _ = awaitPhase(Kind.DATA_VOLUME, name, "Succeeded");
  }

  @Override
  public void close() {
    proxyClient.close();
    kube.close();
    apiClient.close();
    cluster.close();
    server.ifPresent(LabApiServer::close);
  }
}
