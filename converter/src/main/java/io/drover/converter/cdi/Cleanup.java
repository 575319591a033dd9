// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.MigrationId;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Ends and removes what copies made in the cluster, found by its marks, deleted by uid. */
final class Cleanup {
  private final KubernetesClient client;
  private final DataVolumes volumes;
  private final WorkerJobs jobs;
  private final CdiSettings.Patience patience;

  Cleanup(
      KubernetesClient client,
      DataVolumes volumes,
      WorkerJobs jobs,
      CdiSettings.Patience patience) {
    this.client = client;
    this.volumes = volumes;
    this.jobs = jobs;
    this.patience = patience;
  }

  /** Deletes the DataVolumes of this round that CDI still works on, or waits for bytes for. */
  void halt(CopyOrder order, Attempt attempt) {
    for (Volume wanted : order.volumes().values()) {
      DataVolume volume = volumes.get(order.namespace(), wanted.name()).orElse(null);
      if (volume == null
          || !volume.annotation(Marks.MIGRATION).equals(order.migration().value())
          || !volume.annotation(Marks.COPY).equals(order.copy().value())) {
        continue;
      }
      // A paused one holds an earlier checkpoint, whole: nothing runs for it.
      boolean resting = volume.succeeded() || volume.phase().equals("Paused");
      if (!resting) {
        volumes.delete(volume, patience.gone(), attempt);
      }
    }
  }

  /** Removes all that a migration's copies made. */
  void remove(MigrationId migration, @Nullable CopyOrder order, Attempt attempt) {
    Map<String, String> labels = Marks.ofMigration(migration);
    Set<String> namespaces =
        order == null ? namespacesOf(labels) : new LinkedHashSet<>(List.of(order.namespace()));
    for (String namespace : namespaces) {
      remove(migration, namespace, labels, attempt);
    }
  }

  private void remove(
      MigrationId migration, String namespace, Map<String, String> labels, Attempt attempt) {
    jobs.end(namespace, labels, attempt);
    for (DataVolume volume : volumes.labelled(namespace, labels)) {
      if (volume.annotation(Marks.MIGRATION).equals(migration.value())) {
        volumes.delete(volume, patience.gone(), attempt);
      }
    }
    for (PersistentVolumeClaim claim : claims(namespace, labels)) {
      delete(Cluster.CLAIM, namespace, claim);
    }
    ClusterFaults.named(
            "list secrets and config maps of namespace " + namespace,
            () -> client.secrets().inNamespace(namespace).withLabels(labels).list().getItems())
        .forEach(secret -> delete(Cluster.SECRET, namespace, secret));
    ClusterFaults.named(
            "list config maps of namespace " + namespace,
            () -> client.configMaps().inNamespace(namespace).withLabels(labels).list().getItems())
        .forEach(map -> delete(Cluster.CONFIG_MAP, namespace, map));
    DataVolumes.await(
        "claims-not-gone",
        "A claim of migration " + migration + " in namespace " + namespace + " is still there",
        patience.gone(),
        attempt,
        () -> claims(namespace, labels),
        List::isEmpty);
  }

  private List<PersistentVolumeClaim> claims(String namespace, Map<String, String> labels) {
    return ClusterFaults.named(
        "list claims of namespace " + namespace,
        () ->
            client
                .persistentVolumeClaims()
                .inNamespace(namespace)
                .withLabels(labels)
                .list()
                .getItems());
  }

  /** Nothing is known of the migration: its marks are looked for everywhere. */
  private Set<String> namespacesOf(Map<String, String> labels) {
    var namespaces = new LinkedHashSet<String>();
    ClusterFaults.named(
        "look for copies in all namespaces",
        () -> {
          client
              .genericKubernetesResources(DataVolumes.KIND)
              .inAnyNamespace()
              .withLabels(labels)
              .list()
              .getItems()
              .forEach(volume -> namespaces.add(volume.getMetadata().getNamespace()));
          client
              .persistentVolumeClaims()
              .inAnyNamespace()
              .withLabels(labels)
              .list()
              .getItems()
              .forEach(claim -> namespaces.add(claim.getMetadata().getNamespace()));
          client
              .batch()
              .v1()
              .jobs()
              .inAnyNamespace()
              .withLabels(labels)
              .list()
              .getItems()
              .forEach(job -> namespaces.add(job.getMetadata().getNamespace()));
          return true;
        });
    return namespaces;
  }

  private void delete(ResourceDefinitionContext kind, String namespace, HasMetadata object) {
    Cluster.deleteByUid(
        client, kind, namespace, object.getMetadata().getName(), object.getMetadata().getUid());
  }
}
