// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Decides whose a volume is: ours to go on with, ours to throw away, or somebody else's. */
final class TargetVolumes {
  private final KubernetesClient client;
  private final DataVolumes volumes;
  private final CdiSettings.Patience patience;

  TargetVolumes(KubernetesClient client, DataVolumes volumes, CdiSettings.Patience patience) {
    this.client = client;
    this.volumes = volumes;
    this.patience = patience;
  }

  /**
   * The volume of this round, made if need be. One that another round of this migration left is
   * replaced; one that is not ours is refused.
   *
   * @param fresh whether a volume that somebody began to write to is replaced as well
   */
  DataVolume ensure(
      CopyOrder order,
      Inventory.Disk disk,
      boolean fresh,
      Attempt attempt,
      Supplier<GenericKubernetesResource> draft) {
    Volume wanted = VolumeDraft.volume(order, disk);
    String name = order.namespace() + "/" + wanted.name();
    for (int tries = 0; tries < 5; tries++) {
      attempt.stop().check();
      DataVolume there = volumes.get(order.namespace(), wanted.name()).orElse(null);
      if (there == null) {
        refuseForeignClaim(order, wanted.name());
        storageClassExists(wanted.storageClass());
        Optional<DataVolume> made = volumes.create(draft.get());
        if (made.isPresent()) {
          return made.get();
        }
        continue;
      }
      own(order, there, attempt);
      boolean sameRound =
          there.label(Marks.COPY).equals(Marks.value(order.copy().value()))
              && there.label(Marks.DISK).equals(Integer.toString(disk.deviceKey()));
      boolean begun = !there.annotation(Marks.WRITING).isEmpty() || there.succeeded();
      if (sameRound && !there.deleting() && !(fresh && begun)) {
        return there;
      }
      volumes.delete(there, patience.gone(), attempt);
    }
    throw new CopyFault(
        Problem.Kind.TRANSIENT,
        "volume-contended",
        "DataVolume " + name + " is made and removed by somebody else again and again.",
        "See who else works in this namespace.");
  }

  /**
   * Sees that the volume's name is free or ours, and that its storage class is there, and makes
   * nothing.
   */
  void free(CopyOrder order, Inventory.Disk disk, Attempt attempt) {
    Volume wanted = VolumeDraft.volume(order, disk);
    DataVolume there = volumes.get(order.namespace(), wanted.name()).orElse(null);
    if (there != null) {
      own(order, there, attempt);
      return;
    }
    refuseForeignClaim(order, wanted.name());
    storageClassExists(wanted.storageClass());
  }

  /** Refuses what is not this migration's, and what a newer owner works on. */
  void own(CopyOrder order, DataVolume there, Attempt attempt) {
    boolean ours =
        there.annotation(Marks.MIGRATION).equals(order.migration().value())
            && there.label(Marks.COMPONENT).equals(Marks.COPY_COMPONENT);
    if (!ours) {
      throw taken(order, "DataVolume", there.name());
    }
    String token = there.annotation(Marks.TOKEN);
    if (token.matches("[0-9]{1,18}") && Long.parseLong(token) > attempt.token().value()) {
      throw new CopyFault(
          Problem.Kind.UNAVAILABLE,
          "newer-owner",
          "A newer owner works on DataVolume " + there.namespace() + "/" + there.name() + ".",
          "Nothing: this process lost the VM to another.");
    }
  }

  /** Writes down that this effect is about to write bytes: no other may begin on this volume. */
  DataVolume claimForWriting(DataVolume volume, Attempt attempt) {
    return volumes.annotate(
        volume,
        Map.of(
            Marks.WRITING,
            attempt.id().value(),
            Marks.EFFECT,
            attempt.id().value(),
            Marks.TOKEN,
            Long.toString(attempt.token().value())));
  }

  private void refuseForeignClaim(CopyOrder order, String name) {
    var claim = Cluster.claim(client, order.namespace(), name).orElse(null);
    if (claim != null && claim.getMetadata().getDeletionTimestamp() == null) {
      throw taken(order, "PersistentVolumeClaim", name);
    }
  }

  private static CopyFault taken(CopyOrder order, String kind, String name) {
    return new CopyFault(
        Problem.Kind.REFUSED,
        "volume-taken",
        "%s %s/%s is there already, and is not of migration %s."
            .formatted(kind, order.namespace(), name, order.migration()),
        "Remove it if nobody needs it, or give VM "
            + order.vmName()
            + " another target name or namespace.");
  }

  /** Refuses a storage class that the cluster does not have; null is its default. */
  void storageClassExists(@Nullable String name) {
    if (name == null) {
      return;
    }
    boolean there =
        ClusterFaults.named(
            "read storage class " + name,
            () -> client.storage().v1().storageClasses().withName(name).get() != null);
    if (!there) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "storage-class-missing",
          "The cluster has no storage class " + name + ".",
          "Create it, or map the datastore to another one in the plan.");
    }
  }
}
