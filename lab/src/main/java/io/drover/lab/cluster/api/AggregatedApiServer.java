// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.AggregatedApi.Answer;
import io.drover.lab.cluster.api.ApiRouter.Outcome;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * Serves aggregated APIs over HTTPS on loopback, so that a real kube-apiserver reaches them through
 * an APIService. The API server in front has looked at the user already and names it in {@code
 * X-Remote-User}; this server is for a lab and believes it.
 */
public final class AggregatedApiServer implements AutoCloseable {
  private static final String NAMESPACE = "kube-system";

  private final Map<String, AggregatedApi> apis;
  private final HttpsEndpoint endpoint;

  private AggregatedApiServer(List<AggregatedApi> apis, LabCertificates certificates) {
    this.apis =
        apis.stream()
            .collect(Collectors.toMap(api -> api.group() + "/" + api.version(), api -> api));
    this.endpoint =
        new HttpsEndpoint(0, certificates, this::answer, new LabFaults(), Duration.ofMinutes(1));
  }

  /** Serves some APIs on a free port. */
  public static AggregatedApiServer start(List<AggregatedApi> apis) {
    return new AggregatedApiServer(apis, LabCertificates.create());
  }

  /** The port on 127.0.0.1. */
  public int port() {
    return endpoint.port();
  }

  /**
   * What to create in the cluster so that its API server forwards to this one: per group and
   * version a Service that leads to this host and an APIService that names it. It becomes available
   * some seconds after.
   */
  public List<ObjectNode> manifests() {
    List<ObjectNode> manifests = new ArrayList<>();
    for (AggregatedApi api : apis.values()) {
      String name =
          "lab-" + (api.version() + "-" + api.group()).replace('.', '-').toLowerCase(Locale.ROOT);
      ObjectNode service = Json.object().put("kind", "Service").put("apiVersion", "v1");
      service.putObject("metadata").put("name", name).put("namespace", NAMESPACE);
      ObjectNode spec =
          service.putObject("spec").put("type", "ExternalName").put("externalName", "localhost");
      spec.putArray("ports").addObject().put("port", port());
      manifests.add(service);

      ObjectNode registration =
          Json.object().put("kind", "APIService").put("apiVersion", "apiregistration.k8s.io/v1");
      registration.putObject("metadata").put("name", api.version() + "." + api.group());
      ObjectNode wanted =
          registration.putObject("spec").put("group", api.group()).put("version", api.version());
      wanted
          .put("groupPriorityMinimum", 1000)
          .put("versionPriority", 15)
          .put("insecureSkipTLSVerify", true);
      wanted.putObject("service").put("name", name).put("namespace", NAMESPACE).put("port", port());
      manifests.add(registration);
    }
    return manifests;
  }

  private Outcome answer(ApiCall anonymous) {
    String user = anonymous.header("x-remote-user");
    ApiCall call =
        user.isEmpty()
            ? anonymous
            : anonymous.by(
                new LabUser(user, List.of(anonymous.header("x-remote-group")), "", List.of()));
    String[] parts = call.path().split("/");
    AggregatedApi api =
        parts.length > 3 && parts[1].equals("apis") ? apis.get(parts[2] + "/" + parts[3]) : null;
    if (api == null) {
      throw ApiFailure.noSuchPath();
    }
    return new Outcome.Document(
        parts.length == 4 ? Answer.json(200, api.resources()) : api.answer(call));
  }

  @Override
  public void close() {
    endpoint.close();
  }
}
