// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import io.drover.executor.Trouble;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import io.fabric8.kubernetes.client.dsl.base.PatchContext;
import io.fabric8.kubernetes.client.dsl.base.PatchType;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** The few calls to the API server that a journey makes, on objects as plain JSON. */
final class Api {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** Code of the problem that the account may not do this. */
  static final String FORBIDDEN = "cluster-answered-403";

  /** Code of the problem that there is no such thing. */
  static final String NOT_FOUND = "cluster-answered-404";

  /** Code of the problem that it is not in a state for that. */
  static final String CONFLICT = "cluster-answered-409";

  private final KubernetesClient client;

  /** A kind of object by its place in the API. */
  enum Kind {
    VM("kubevirt.io", "v1", "VirtualMachine", "virtualmachines"),
    VMI("kubevirt.io", "v1", "VirtualMachineInstance", "virtualmachineinstances"),
    DATA_VOLUME("cdi.kubevirt.io", "v1beta1", "DataVolume", "datavolumes"),
    SNAPSHOT("snapshot.storage.k8s.io", "v1", "VolumeSnapshot", "volumesnapshots"),
    SNAPSHOT_CLASS("snapshot.storage.k8s.io", "v1", "VolumeSnapshotClass", "volumesnapshotclasses"),
    STORAGE_CLASS("storage.k8s.io", "v1", "StorageClass", "storageclasses"),
    STORAGE_PROFILE("cdi.kubevirt.io", "v1beta1", "StorageProfile", "storageprofiles"),
    NETWORK(
        "k8s.cni.cncf.io", "v1", "NetworkAttachmentDefinition", "network-attachment-definitions"),
    JOB("batch", "v1", "Job", "jobs"),
    CONFIG_MAP("", "v1", "ConfigMap", "configmaps"),
    CLAIM("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    POD("", "v1", "Pod", "pods"),
    NAMESPACE("", "v1", "Namespace", "namespaces"),
    ACCESS_REVIEW(
        "authorization.k8s.io", "v1", "SelfSubjectAccessReview", "selfsubjectaccessreviews");

    final String group;
    final String version;
    final String kind;
    final String plural;

    Kind(String group, String version, String kind, String plural) {
      this.group = group;
      this.version = version;
      this.kind = kind;
      this.plural = plural;
    }

    boolean namespaced() {
      return this != SNAPSHOT_CLASS
          && this != STORAGE_CLASS
          && this != STORAGE_PROFILE
          && this != NAMESPACE
          && this != ACCESS_REVIEW;
    }

    String apiVersion() {
      return group.isEmpty() ? version : group + "/" + version;
    }

    ResourceDefinitionContext context() {
      return new ResourceDefinitionContext.Builder()
          .withGroup(group)
          .withVersion(version)
          .withKind(kind)
          .withPlural(plural)
          .withNamespaced(namespaced())
          .build();
    }
  }

  Api(KubernetesClient client) {
    this.client = client;
  }

  /** The object, or null when there is none. */
  @Nullable JsonNode get(Kind kind, String namespace, String name) {
    return named(
        "read " + kind.kind + " " + namespace + "/" + name,
        () -> {
          var resources = client.genericKubernetesResources(kind.context());
          GenericKubernetesResource found =
              kind.namespaced()
                  ? resources.inNamespace(namespace).withName(name).get()
                  : resources.withName(name).get();
          return found == null ? null : tree(found);
        });
  }

  /** All objects with these labels ({@code a=b,c=d}); none where the API has no such kind. */
  List<JsonNode> list(Kind kind, String namespace, String selector) {
    return named(
        "list " + kind.plural + " of " + namespace,
        () -> {
          var found = new ArrayList<JsonNode>();
          try {
            var resources = client.genericKubernetesResources(kind.context());
            var labels = Map.<String, String>of();
            if (!selector.isEmpty()) {
              labels = new java.util.TreeMap<>();
              for (String pair : selector.split(",")) {
                labels.put(
                    pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
              }
            }
            var items =
                kind.namespaced()
                    ? resources.inNamespace(namespace).withLabels(labels).list().getItems()
                    : resources.withLabels(labels).list().getItems();
            items.forEach(item -> found.add(tree(item)));
          } catch (KubernetesClientException e) {
            if (e.getCode() != 404) {
              throw e;
            }
          }
          return found;
        });
  }

  /**
   * Creates the object; false when one of its name exists already.
   *
   * @param dry only asks the server whether it would
   */
  boolean create(Kind kind, Map<String, Object> object, boolean dry) {
    GenericKubernetesResource resource = JSON.convertValue(object, GenericKubernetesResource.class);
    String name = resource.getMetadata() == null ? "" : resource.getMetadata().getName();
    String namespace = resource.getMetadata() == null ? "" : resource.getMetadata().getNamespace();
    try {
      var resources = client.genericKubernetesResources(kind.context());
      var one =
          kind.namespaced()
              ? resources.inNamespace(namespace).resource(resource)
              : resources.resource(resource);
      // A cluster that does not know a field would drop it without a word: a VM without its TPM.
      var _ = one.dryRun(dry).fieldValidation(Validation.STRICT).create();
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == 409 && !fullQuota(409, said(e))) {
        return false;
      }
      throw trouble((dry ? "check " : "create ") + kind.kind + " " + namespace + "/" + name, e);
    }
  }

  /** Asks the API server something, such as an access review; gives its answer. */
  JsonNode ask(Kind kind, Map<String, Object> question) {
    return named(
        "ask for " + kind.kind,
        () ->
            tree(
                client
                    .genericKubernetesResources(kind.context())
                    .resource(JSON.convertValue(question, GenericKubernetesResource.class))
                    .create()));
  }

  /**
   * A merge patch; the server refuses it when uid or resourceVersion in it are not the object's.
   *
   * @return false when there is no such object
   */
  boolean patch(Kind kind, String namespace, String name, Map<String, Object> change) {
    try {
      var _ =
          client
              .genericKubernetesResources(kind.context())
              .inNamespace(namespace)
              .withName(name)
              .patch(PatchContext.of(PatchType.JSON_MERGE), JSON.writeValueAsString(change));
      return true;
    } catch (KubernetesClientException e) {
      if (e.getCode() == 404) {
        return false;
      }
      if (e.getCode() == 409 || e.getCode() == 422) {
        throw new Trouble(
            new Problem(
                Problem.Kind.TRANSIENT,
                "target-changed-meanwhile",
                kind.kind
                    + " "
                    + namespace
                    + "/"
                    + name
                    + " is not as it was seen: "
                    + said(e)
                    + ".",
                "Nothing to do: it is looked at again."),
            e);
      }
      throw trouble("change " + kind.kind + " " + namespace + "/" + name, e);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("A map is always JSON", e);
    }
  }

  /** Deletes exactly the object of this uid; another one of its name is left alone. */
  void delete(Kind kind, String namespace, String name, String uid) {
    delete(kind, namespace, name, uid, null);
  }

  /** Deletes exactly this pod, whose containers get a second to end by themselves. */
  void kill(String namespace, String pod, String uid) {
    // Never 0: that takes the pod off the API while its containers may still run.
    delete(Kind.POD, namespace, pod, uid, 1L);
  }

  private void delete(
      Kind kind, String namespace, String name, String uid, @Nullable Long graceSeconds) {
    String path =
        (kind.group.isEmpty() ? "/api/" : "/apis/")
            + kind.apiVersion()
            + "/namespaces/"
            + namespace
            + "/"
            + kind.plural
            + "/"
            + name;
    DeleteOptions options =
        new DeleteOptionsBuilder()
            .withPropagationPolicy("Background")
            .withGracePeriodSeconds(graceSeconds)
            .withNewPreconditions()
            .withUid(uid)
            .endPreconditions()
            .build();
    try {
      var _ = client.raw(path, "DELETE", options);
    } catch (KubernetesClientException e) {
      if (e.getCode() != 404 && e.getCode() != 409) {
        throw trouble("delete " + kind.kind + " " + namespace + "/" + name, e);
      }
    }
  }

  /** Raw GET of a path, for subresources; null when there is nothing. */
  @Nullable JsonNode raw(String path) {
    return named(
        "read " + path,
        () -> {
          try {
            String text = client.raw(path);
            return text == null ? null : JSON.readTree(text);
          } catch (JsonProcessingException e) {
            return null;
          }
        });
  }

  private static JsonNode tree(Object resource) {
    return JSON.valueToTree(resource);
  }

  /** A field by its path, missing where it is. */
  static JsonNode at(@Nullable JsonNode object, String pointer) {
    return object == null ? MissingNode.getInstance() : object.at(pointer);
  }

  static String text(@Nullable JsonNode object, String pointer) {
    return at(object, pointer).asText("");
  }

  /** Whether a condition of this type is {@code True}. */
  static boolean condition(@Nullable JsonNode object, String type) {
    return "True".equals(text(conditionOf(object, type), "/status"));
  }

  /** The condition of this type, missing where there is none. */
  static JsonNode conditionOf(@Nullable JsonNode object, String type) {
    for (JsonNode condition : at(object, "/status/conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition;
      }
    }
    return MissingNode.getInstance();
  }

  private static <T extends @Nullable Object> T named(String doing, Supplier<T> action) {
    try {
      return action.get();
    } catch (KubernetesClientException e) {
      throw trouble(doing, e);
    }
  }

  private static String said(KubernetesClientException e) {
    String words =
        e.getStatus() != null && e.getStatus().getMessage() != null
            ? e.getStatus().getMessage()
            : answered(e) ? String.valueOf(e.getMessage()) : unanswered(e);
    return words.endsWith(".") ? words.substring(0, words.length() - 1) : words;
  }

  /** The client gives what never came to an answer the code -1, or 0. */
  private static boolean answered(KubernetesClientException e) {
    return e.getCode() > 0;
  }

  /** What is behind a call that was not answered; the client itself only says which one failed. */
  private static String unanswered(Throwable e) {
    Throwable root = e;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String kind = root.getClass().getSimpleName();
    return "no answer (" + (root.getMessage() == null ? kind : root.getMessage()) + ")";
  }

  static Trouble trouble(String doing, KubernetesClientException e) {
    int code = e.getCode();
    String said = said(e);
    return new Trouble(
        new Problem(
            kind(code),
            !answered(e)
                ? "cluster-unreachable"
                : fullQuota(code, said) ? "quota-exceeded" : "cluster-answered-" + code,
            "Could not " + doing + ": " + said + ".",
            remedy(code, said)),
        e);
  }

  /** By the words of the API server's admission: it answers as where a right is missing. */
  private static boolean fullQuota(int code, String said) {
    return (code == 403 || code == 409) && said.contains("exceeded quota");
  }

  private static Problem.Kind kind(int code) {
    // A token that expired is an outage: it is renewed, and journeys wait for that.
    if (code <= 0 || code == 401 || code == 429 || code >= 500) {
      return Problem.Kind.UNAVAILABLE;
    }
    return code == 404 || code == 409 || code == 410
        ? Problem.Kind.TRANSIENT
        : Problem.Kind.REFUSED;
  }

  private static String remedy(int code, String said) {
    if (code <= 0 || code == 429 || code >= 500) {
      return "Check the API server of the target cluster; it is tried again.";
    }
    if (fullQuota(code, said)) {
      return "Raise the quota of the namespace, or make room in it.";
    }
    if (code == 401) {
      return "Renew the credential of cluster.kubeconfig; it is tried again.";
    }
    if (code == 403) {
      return Rights.REMEDY;
    }
    return "See the message of the API server.";
  }
}
