// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.CopyFault;
import io.drover.engine.StopSignal;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.DeleteOptions;
import io.fabric8.kubernetes.api.model.DeleteOptionsBuilder;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.Optional;

/** Calls to the API server that several parts need. */
final class Cluster {
  static final ResourceDefinitionContext CLAIM =
      new ResourceDefinitionContext.Builder()
          .withVersion("v1")
          .withKind("PersistentVolumeClaim")
          .withPlural("persistentvolumeclaims")
          .withNamespaced(true)
          .build();

  static final ResourceDefinitionContext JOB =
      new ResourceDefinitionContext.Builder()
          .withGroup("batch")
          .withVersion("v1")
          .withKind("Job")
          .withPlural("jobs")
          .withNamespaced(true)
          .build();

  static final ResourceDefinitionContext SECRET =
      new ResourceDefinitionContext.Builder()
          .withVersion("v1")
          .withKind("Secret")
          .withPlural("secrets")
          .withNamespaced(true)
          .build();

  static final ResourceDefinitionContext CONFIG_MAP =
      new ResourceDefinitionContext.Builder()
          .withVersion("v1")
          .withKind("ConfigMap")
          .withPlural("configmaps")
          .withNamespaced(true)
          .build();

  private Cluster() {}

  static Optional<PersistentVolumeClaim> claim(
      KubernetesClient client, String namespace, String name) {
    return ClusterFaults.named(
        "read claim " + namespace + "/" + name,
        () ->
            Optional.ofNullable(
                client.persistentVolumeClaims().inNamespace(namespace).withName(name).get()));
  }

  /**
   * Deletes the object if it is still the one of this uid; another one of its name is left alone.
   */
  static void deleteByUid(
      KubernetesClient client,
      ResourceDefinitionContext kind,
      String namespace,
      String name,
      String uid) {
    String path =
        (kind.getGroup() == null || kind.getGroup().isEmpty()
                ? "/api/" + kind.getVersion()
                : "/apis/" + kind.getGroup() + "/" + kind.getVersion())
            + "/namespaces/"
            + namespace
            + "/"
            + kind.getPlural()
            + "/"
            + name;
    DeleteOptions options =
        new DeleteOptionsBuilder()
            .withPropagationPolicy("Background")
            .withNewPreconditions()
            .withUid(uid)
            .endPreconditions()
            .build();
    try {
      client.raw(path, "DELETE", options);
    } catch (KubernetesClientException fault) {
      // Gone, or replaced by another: this one is not there any more.
      if (fault.getCode() != 404 && fault.getCode() != 409) {
        throw ClusterFaults.fault("delete " + kind.getKind() + " " + namespace + "/" + name, fault);
      }
    }
  }

  /** Writes an object of ours, whatever stood under its name before. */
  static void put(KubernetesClient client, ResourceDefinitionContext kind, HasMetadata wanted) {
    String namespace = wanted.getMetadata().getNamespace();
    String name = wanted.getMetadata().getName();
    for (int tries = 0; tries < 5; tries++) {
      try {
        // A field that the cluster does not know would be dropped without a word.
        client.resource(wanted).inNamespace(namespace).fieldValidation(Validation.STRICT).create();
        return;
      } catch (KubernetesClientException fault) {
        if (fault.getCode() != 409) {
          throw ClusterFaults.fault(
              "create " + kind.getKind() + " " + namespace + "/" + name, fault);
        }
      }
      HasMetadata there =
          ClusterFaults.named(
              "read " + kind.getKind() + " " + namespace + "/" + name,
              () -> client.resource(wanted).inNamespace(namespace).get());
      if (there != null) {
        deleteByUid(client, kind, namespace, name, there.getMetadata().getUid());
      }
    }
    throw new CopyFault(
        Problem.Kind.TRANSIENT,
        "object-contended",
        kind.getKind()
            + " "
            + namespace
            + "/"
            + name
            + " is made by somebody else again and again.",
        "See who else works in this namespace.");
  }

  static void pause(long millis) {
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new StopSignal.Stopped();
    }
  }
}
