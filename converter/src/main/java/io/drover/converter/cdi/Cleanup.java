// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.staging.StagedImage;
import io.drover.converter.staging.Staging;
import io.drover.schemas.ClusterMarks;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.HasMetadata;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaim;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.io.IOException;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Ends and removes what copies made in the cluster, found by its marks, deleted by uid. */
final class Cleanup {
  private final KubernetesClient client;
  private final DataVolumes volumes;
  private final WorkerJobs jobs;
  private final CdiSettings.Patience patience;
  private final @Nullable Staging staging;

  Cleanup(Target target, WorkerJobs jobs) {
    this.client = target.client();
    this.volumes = target.volumes();
    this.jobs = jobs;
    this.patience = target.settings().patience();
    this.staging = target.settings().sinks().staging();
  }

  /**
   * Deletes the DataVolumes of this round that CDI still works on, or that wait for bytes, then
   * what they were fed from.
   */
  void halt(CopyOrder order, Attempt attempt) {
    for (Volume wanted : order.volumes().values()) {
      DataVolume volume = volumes.get(order.namespace(), wanted.name()).orElse(null);
      if (volume == null
          || !volume.annotation(Marks.MIGRATION).equals(order.migration().value())
          || !volume.annotation(Marks.COPY).equals(order.copy().value())) {
        continue;
      }
      // A paused one holds its checkpoints, whole, and nothing runs for it; but one that CDI has
      // not begun with would be read later, from a snapshot that is removed now.
      boolean resting =
          volume.landed()
              || (volume.phase().equals("Paused")
                  && volumes.copied(volume, volume.lastCheckpoint()));
      if (!resting) {
        volumes.delete(volume, patience.gone(), attempt);
      }
    }
    unfeed(
        client,
        order.namespace(),
        Map.of(
            Marks.COMPONENT, Marks.COPY_COMPONENT, Marks.COPY, Marks.value(order.copy().value())));
    unstage(image -> image.copy().equals(order.copy().value()));
    unstage(order);
  }

  /** Removes the Secrets and ConfigMaps with these labels: addresses, passwords, digests. */
  static void unfeed(KubernetesClient client, String namespace, Map<String, String> labels) {
    ClusterFaults.named(
            "list secrets of namespace " + namespace,
            () -> client.secrets().inNamespace(namespace).withLabels(labels).list().getItems())
        .forEach(secret -> delete(client, Cluster.SECRET, namespace, secret));
    ClusterFaults.named(
            "list config maps of namespace " + namespace,
            () -> client.configMaps().inNamespace(namespace).withLabels(labels).list().getItems())
        .forEach(map -> delete(client, Cluster.CONFIG_MAP, namespace, map));
  }

  private void unstage(Predicate<StagedImage> whose) {
    staged(there -> {
      for (StagedImage image : there.all()) {
        if (whose.test(image)) {
          there.remove(image.id());
        }
      }
    });
  }

  /** By their names: what is known of an image may be damaged. */
  private void unstage(CopyOrder order) {
    staged(there -> {
      for (Inventory.Disk disk : order.disks()) {
        there.remove(HttpRoad.id(order, disk));
      }
    });
  }

  private interface Removal {
    void from(Staging there) throws IOException;
  }

  private void staged(Removal removal) {
    if (staging == null) {
      return;
    }
    try {
      removal.from(staging);
    } catch (IOException e) {
      throw new CopyFault(
          new Problem(
              Problem.Kind.TRANSIENT,
              "staging-broke",
              "Staged images could not be removed: " + e.getMessage() + ".",
              "See that the staging folder is mounted and may be written."),
          e);
    }
  }

  /** Removes all that a migration's copies made. */
  void remove(MigrationId migration, @Nullable CopyOrder order, Attempt attempt) {
    Map<String, String> labels = Marks.ofMigration(migration);
    Set<String> namespaces =
        order == null ? namespacesOf(labels) : new LinkedHashSet<>(List.of(order.namespace()));
    Predicate<HasMetadata> ours = volumesOf(migration, order);
    for (String namespace : namespaces) {
      remove(migration, namespace, labels, ours, attempt);
    }
    unstage(image -> image.migration().equals(migration.value()));
    if (order != null) {
      unstage(order);
    }
  }

  /**
   * Which volumes are those of a migration. Labels alone do not tell: KubeVirt copies them to what
   * it restores from a snapshot, and to the volumes of a clone, which are somebody's. The name
   * does: a copy's volume ends in its disk, the hash of its migration and, of a later generation,
   * that.
   */
  private static Predicate<HasMetadata> volumesOf(
      MigrationId migration, @Nullable CopyOrder order) {
    var known = new HashSet<String>();
    if (order != null) {
      order.volumes().values().forEach(volume -> known.add(volume.name()));
    }
    Pattern named =
        Pattern.compile(".+-\\d+-" + ClusterMarks.hash(migration.value(), 8) + "(-g[1-9]\\d*)?");
    return object -> {
      String name = object.getMetadata().getName();
      return known.contains(name) || named.matcher(name).matches();
    };
  }

  private void remove(
      MigrationId migration,
      String namespace,
      Map<String, String> labels,
      Predicate<HasMetadata> ours,
      Attempt attempt) {
    jobs.end(namespace, labels, attempt);
    for (DataVolume volume : volumes.labelled(namespace, labels)) {
      if (volume.annotation(Marks.MIGRATION).equals(migration.value())
          && ours.test(volume.resource())) {
        volumes.delete(volume, patience.gone(), attempt);
      }
    }
    for (PersistentVolumeClaim claim : claims(namespace, labels, ours)) {
      delete(client, Cluster.CLAIM, namespace, claim);
    }
    unfeed(client, namespace, labels);
    DataVolumes.await(
        "claims-not-gone",
        "A claim of migration " + migration + " in namespace " + namespace + " is still there",
        patience.gone(),
        attempt,
        () -> claims(namespace, labels, ours),
        List::isEmpty);
  }

  private List<PersistentVolumeClaim> claims(
      String namespace, Map<String, String> labels, Predicate<HasMetadata> ours) {
    return ClusterFaults.named(
        "list claims of namespace " + namespace,
        () ->
            client
                .persistentVolumeClaims()
                .inNamespace(namespace)
                .withLabels(labels)
                .list()
                .getItems()
                .stream()
                .filter(ours)
                .toList());
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

  private static void delete(
      KubernetesClient client,
      ResourceDefinitionContext kind,
      String namespace,
      HasMetadata object) {
    Cluster.deleteByUid(
        client, kind, namespace, object.getMetadata().getName(), object.getMetadata().getUid());
  }
}
