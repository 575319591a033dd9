// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.FieldValidateable.Validation;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** DataVolumes at the API server: made by POST, deleted by uid, waited for by looking. */
final class DataVolumes {
  static final ResourceDefinitionContext KIND =
      new ResourceDefinitionContext.Builder()
          .withGroup("cdi.kubevirt.io")
          .withVersion("v1beta1")
          .withKind("DataVolume")
          .withPlural("datavolumes")
          .withNamespaced(true)
          .build();

  private final KubernetesClient client;

  DataVolumes(KubernetesClient client) {
    this.client = client;
  }

  Optional<DataVolume> get(String namespace, String name) {
    return ClusterFaults.named(
        "read DataVolume " + namespace + "/" + name,
        () ->
            Optional.ofNullable(
                    client
                        .genericKubernetesResources(KIND)
                        .inNamespace(namespace)
                        .withName(name)
                        .get())
                .map(DataVolume::new));
  }

  /** Whether a disk of this order has no volume yet. */
  Predicate<Inventory.Disk> missing(CopyOrder order) {
    return disk -> get(order.namespace(), VolumeDraft.volume(order, disk).name()).isEmpty();
  }

  List<DataVolume> labelled(String namespace, Map<String, String> labels) {
    return ClusterFaults.named(
        "list DataVolumes of namespace " + namespace,
        () ->
            client
                .genericKubernetesResources(KIND)
                .inNamespace(namespace)
                .withLabels(labels)
                .list()
                .getItems()
                .stream()
                .map(DataVolume::new)
                .toList());
  }

  /**
   * Whether CDI copied a checkpoint: it notes each one on the claim. The phase alone does not tell,
   * as a DataVolume stays paused for a while after it was told of the next one.
   */
  boolean copied(DataVolume volume, String checkpoint) {
    String note = "cdi.kubevirt.io/storage.checkpoint.copied." + checkpoint;
    return Cluster.claim(client, volume.namespace(), volume.name())
        .map(claim -> claim.getMetadata().getAnnotations())
        .map(annotations -> annotations.containsKey(note))
        .orElse(false);
  }

  /** Creates it; empty when one of that name is there already. */
  Optional<DataVolume> create(GenericKubernetesResource wanted) {
    String name = wanted.getMetadata().getNamespace() + "/" + wanted.getMetadata().getName();
    try {
      return Optional.of(
          new DataVolume(
              client
                  .genericKubernetesResources(KIND)
                  .inNamespace(wanted.getMetadata().getNamespace())
                  .resource(wanted)
                  .fieldValidation(Validation.STRICT)
                  .create()));
    } catch (KubernetesClientException fault) {
      if (fault.getCode() == 409) {
        return Optional.empty();
      }
      throw ClusterFaults.fault("create DataVolume " + name, fault);
    }
  }

  /**
   * Writes changed metadata or spec back, only if nobody changed it since it was read.
   *
   * @throws CopyFault TRANSIENT when somebody did
   */
  DataVolume replace(DataVolume changed) {
    return ClusterFaults.named(
        "change DataVolume " + changed.namespace() + "/" + changed.name(),
        () ->
            new DataVolume(
                client
                    .genericKubernetesResources(KIND)
                    .inNamespace(changed.namespace())
                    .resource(changed.resource())
                    .fieldValidation(Validation.STRICT)
                    .update()));
  }

  /** The same DataVolume with more annotations, guarded by its resourceVersion. */
  DataVolume annotate(DataVolume volume, Map<String, String> more) {
    var annotations = new LinkedHashMap<String, String>();
    if (volume.resource().getMetadata().getAnnotations() != null) {
      annotations.putAll(volume.resource().getMetadata().getAnnotations());
    }
    annotations.putAll(more);
    volume.resource().getMetadata().setAnnotations(annotations);
    return replace(volume);
  }

  /** Deletes exactly this one and waits until it and its claim are gone. */
  void delete(DataVolume volume, Duration patience, Attempt attempt) {
    Cluster.deleteByUid(client, KIND, volume.namespace(), volume.name(), volume.uid());
    String name = volume.namespace() + "/" + volume.name();
    await(
        "volume-not-gone",
        "DataVolume " + name + " was deleted but is still there",
        patience,
        attempt,
        () -> get(volume.namespace(), volume.name()),
        now -> now.isEmpty() || !now.get().uid().equals(volume.uid()));
    await(
        "claim-not-gone",
        "The claim of DataVolume " + name + " is still there",
        patience,
        attempt,
        () -> Cluster.claim(client, volume.namespace(), volume.name()),
        claim ->
            claim.isEmpty()
                || claim.get().getMetadata().getOwnerReferences().stream()
                    .noneMatch(owner -> volume.uid().equals(owner.getUid())));
  }

  /** Looks until the DataVolume is as wanted; it must still be the same one. */
  DataVolume await(
      DataVolume volume,
      String code,
      String expected,
      Duration patience,
      Attempt attempt,
      Predicate<DataVolume> wanted) {
    String name = volume.namespace() + "/" + volume.name();
    long end = System.nanoTime() + patience.toNanos();
    long pause = 50;
    while (true) {
      attempt.stop().check();
      Optional<Optional<DataVolume>> seen =
          Outage.look(end, () -> get(volume.namespace(), volume.name()));
      if (seen.isEmpty()) {
        Cluster.pause(pause);
        pause = Math.min(1000, pause * 3 / 2);
        continue;
      }
      DataVolume now = seen.get().orElse(null);
      if (now == null || !now.uid().equals(volume.uid()) || now.deleting()) {
        throw new CopyFault(
            Problem.Kind.TRANSIENT,
            "volume-replaced",
            "DataVolume " + name + " was removed while it was waited for.",
            "Nothing: it is made anew. See who deletes volumes in this namespace.");
      }
      if (wanted.test(now)) {
        return now;
      }
      if (now.phase().equals("Failed")) {
        throw new CopyFault(
            Problem.Kind.TRANSIENT,
            "volume-failed",
            "CDI failed DataVolume " + name + ": " + now.says() + ".",
            "See the events and the CDI pod of the claim.");
      }
      if (System.nanoTime() > end) {
        Optional<String> refused = now.overQuota();
        if (refused.isPresent()) {
          throw ClusterFaults.overQuota(
              "Expected DataVolume %s to %s within %d s, but its claim is refused: %s."
                  .formatted(name, expected, patience.toSeconds(), refused.get()));
        }
        throw new CopyFault(
            Problem.Kind.TRANSIENT,
            code,
            "Expected DataVolume %s to %s within %d s, but it is %s: %s."
                .formatted(
                    name,
                    expected,
                    patience.toSeconds(),
                    now.phase().isEmpty() ? "unseen by CDI" : now.phase(),
                    now.says()),
            "See the events of the claim, its storage class, and the CDI pods.");
      }
      Cluster.pause(pause);
      pause = Math.min(1000, pause * 3 / 2);
    }
  }

  /** What is wanted, and has people see meanwhile why its claim is refused. */
  static Predicate<DataVolume> telling(
      Inventory.Disk disk, Attempt attempt, Predicate<DataVolume> wanted) {
    return now -> {
      now.overQuota()
          .ifPresent(refused ->
              attempt
                  .progress()
                  .report(
                      Integer.toString(disk.deviceKey()),
                      waiting(refused),
                      0,
                      disk.capacityBytes()));
      return wanted.test(now);
    };
  }

  /** What goes on while a claim is refused. */
  static String waiting(String refused) {
    return "waiting for its claim: " + refused;
  }

  /** Looks until what is read is as wanted. */
  static <T> T await(
      String code,
      String otherwise,
      Duration patience,
      Attempt attempt,
      Supplier<T> look,
      Predicate<T> wanted) {
    long end = System.nanoTime() + patience.toNanos();
    long pause = 50;
    while (true) {
      attempt.stop().check();
      Optional<T> now = Outage.look(end, look);
      if (now.isPresent() && wanted.test(now.get())) {
        return now.get();
      }
      if (System.nanoTime() > end) {
        throw new CopyFault(
            Problem.Kind.UNAVAILABLE,
            code,
            otherwise + " after " + patience.toSeconds() + " s.",
            "See its finalizers and the pods that use it.");
      }
      Cluster.pause(pause);
      pause = Math.min(1000, pause * 3 / 2);
    }
  }
}
