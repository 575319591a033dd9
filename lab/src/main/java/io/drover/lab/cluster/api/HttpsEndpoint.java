// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import io.drover.lab.cluster.api.ApiRouter.Outcome;
import io.vertx.core.Vertx;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.http.HttpServer;
import io.vertx.core.http.HttpServerOptions;
import io.vertx.core.net.PemKeyCertOptions;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.Function;

/**
 * An HTTPS listener on loopback, HTTP/2 and HTTP/1.1, with its own event loop and virtual threads
 * for whoever answers.
 */
final class HttpsEndpoint implements AutoCloseable {
  private final Vertx vertx = Vertx.vertx();
  private final ExecutorService workers = Executors.newVirtualThreadPerTaskExecutor();
  private final HttpServer server;

  HttpsEndpoint(
      int port,
      LabCertificates certificates,
      Function<ApiCall, Outcome> answers,
      LabFaults faults,
      Duration bookmarkEvery) {
    HttpDoor door = new HttpDoor(vertx, workers, answers, faults, bookmarkEvery);
    HttpServerOptions options =
        new HttpServerOptions()
            .setHost("127.0.0.1")
            .setPort(port)
            .setSsl(true)
            .setUseAlpn(true)
            .setKeyCertOptions(
                new PemKeyCertOptions()
                    .addCertValue(Buffer.buffer(certificates.certificatePem()))
                    .addKeyValue(Buffer.buffer(certificates.keyPem())));
    // One client holds many watches open on one connection.
    options.getInitialSettings().setMaxConcurrentStreams(2_000);
    server =
        vertx
            .createHttpServer(options)
            .requestHandler(door::handle)
            .exceptionHandler(e -> {})
            .listen()
            .toCompletionStage()
            .toCompletableFuture()
            .join();
  }

  int port() {
    return server.actualPort();
  }

  @Override
  public void close() {
    server.close().toCompletionStage().toCompletableFuture().join();
    workers.close();
    vertx.close().toCompletionStage().toCompletableFuture().join();
  }
}
