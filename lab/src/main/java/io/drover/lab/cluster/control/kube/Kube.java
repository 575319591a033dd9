// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The one way in which lab controllers speak to an API server: verbs on untyped objects, with the
 * optimistic lock of {@code resourceVersion} on every write. Works alike against the lab API server
 * and a real kube-apiserver.
 */
public final class Kube implements AutoCloseable {

  /** A field that a schema does not know is refused, not dropped: our mistakes shall show. */
  private static final String STRICT = "?fieldValidation=Strict";

  private final KubernetesClient client;

  /**
   * Connects lazily.
   *
   * @param apiUrl base URL of the API server
   * @param caPem PEM of the authority that signed its certificate; empty for the system's
   * @param token bearer token; empty for none
   */
  public Kube(String apiUrl, String caPem, String token) {
    ConfigBuilder config =
        new ConfigBuilder(Config.empty())
            .withMasterUrl(apiUrl)
            .withUserAgent("drover-lab-controllers")
            .withMaxConcurrentRequestsPerHost(64)
            .withRequestRetryBackoffLimit(3)
            .withRequestRetryBackoffInterval(50)
            .withWatchReconnectInterval(100);
    if (!caPem.isEmpty()) {
      config = config.withCaCertData(caPem);
    }
    if (!token.isEmpty()) {
      config = config.withOauthToken(token);
    }
    this.client = new KubernetesClientBuilder().withConfig(config.build()).build();
  }

  /** Reads one object from the server, not from a cache. */
  public Optional<Doc> get(Kind kind, String namespace, String name) {
    try {
      String body = client.raw(kind.path(namespace) + "/" + name, "GET", null);
      return body == null ? Optional.empty() : Optional.of(Doc.parse(body));
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /** Lists all objects of a kind from the server, in every namespace. */
  public List<Doc> list(Kind kind) {
    List<Doc> all = new ArrayList<>();
    String body = client.raw(kind.path(null), "GET", null);
    if (body != null) {
      for (var item : Doc.parse(body).at("/items")) {
        all.add(new Doc(item.deepCopy()));
      }
    }
    return all;
  }

  /** Creates an object; throws with code 409 when it is there already. */
  public Doc create(Kind kind, Doc doc) {
    return Doc.parse(client.raw(kind.path(doc.namespace()) + STRICT, "POST", doc.json()));
  }

  /** Creates an object unless one of that name is there, and gives the one on the server. */
  public Doc ensure(Kind kind, Doc doc) {
    try {
      return create(kind, doc);
    } catch (KubernetesClientException e) {
      if (e.getCode() != 409) {
        throw e;
      }
      return get(kind, doc.namespace(), doc.name()).orElseThrow(() -> e);
    }
  }

  /** Replaces an object; throws with code 409 when it changed since it was read. */
  public Doc replace(Kind kind, Doc doc) {
    return Doc.parse(
        client.raw(kind.path(doc.namespace()) + "/" + doc.name() + STRICT, "PUT", doc.json()));
  }

  /** Replaces the status of an object, by subresource where the kind has one. */
  public Doc replaceStatus(Kind kind, Doc doc) {
    String path = kind.path(doc.namespace()) + "/" + doc.name();
    return Doc.parse(
        client.raw(
            (kind.statusSubresource() ? path + "/status" : path) + STRICT, "PUT", doc.json()));
  }

  /** Deletes exactly this object (uid precondition); absent or another one is fine. */
  public void delete(Kind kind, Doc doc) {
    delete(kind, doc, Map.of());
  }

  /** Deletes exactly this object at once, without waiting for a kubelet (grace period zero). */
  public void deleteNow(Kind kind, Doc doc) {
    delete(kind, doc, Map.of("gracePeriodSeconds", 0));
  }

  private void delete(Kind kind, Doc doc, Map<String, Object> more) {
    var options = Doc.tree(more);
    options.put("apiVersion", "v1");
    options.put("kind", "DeleteOptions");
    options.put("propagationPolicy", "Background");
    options.putObject("preconditions").put("uid", doc.uid());
    try {
      client.raw(kind.path(doc.namespace()) + "/" + doc.name(), "DELETE", options);
    } catch (KubernetesClientException e) {
      if (e.getCode() != 404 && e.getCode() != 409) {
        throw e;
      }
    }
  }

  /** Starts to list and watch a kind in every namespace; never gives up. */
  SharedIndexInformer<GenericKubernetesResource> watch(
      Kind kind, long resyncMillis, ResourceEventHandler<GenericKubernetesResource> handler) {
    ResourceDefinitionContext context =
        new ResourceDefinitionContext.Builder()
            .withGroup(kind.group())
            .withVersion(kind.version())
            .withPlural(kind.plural())
            .withKind(kind.kindName())
            .withNamespaced(kind.namespaced())
            .build();
    var resources = client.genericKubernetesResources(context);
    SharedIndexInformer<GenericKubernetesResource> informer =
        kind.namespaced()
            ? resources.inAnyNamespace().runnableInformer(resyncMillis)
            : resources.runnableInformer(resyncMillis);
    informer.addEventHandlerWithResyncPeriod(handler, resyncMillis);
    informer.exceptionHandler((started, error) -> true);
    return informer;
  }

  /** The HTTP status of a failed call, 0 when the server did not answer. */
  public static int code(@Nullable Throwable error) {
    return error instanceof KubernetesClientException e ? e.getCode() : 0;
  }

  @Override
  public void close() {
    client.close();
  }
}
