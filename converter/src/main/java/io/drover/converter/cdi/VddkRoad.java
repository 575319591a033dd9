// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import java.time.Clock;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code source.vddk}: CDI's importer reads the disk from ESXi itself. Rounds are checkpoints of
 * one DataVolume: {@code current} is a snapshot, {@code previous} a change id, and {@code
 * finalCheckpoint} ends it. What VMware's library does is not seen from here.
 */
final class VddkRoad {
  private final DataVolumes volumes;
  private final TargetVolumes targets;
  private final VolumeDraft draft;
  private final CdiSettings settings;
  private final Clock clock;

  VddkRoad(Target target) {
    this.volumes = target.volumes();
    this.targets = target.targets();
    this.draft = target.draft();
    this.settings = target.settings();
    this.clock = target.clock();
  }

  /** Nothing can be made before there is a snapshot; what will be needed is looked for. */
  CopyEvidence.VolumeReady prepare(CopyOrder order, Inventory.Disk disk, Attempt attempt) {
    var _ = vcenter(order);
    String name = VolumeDraft.volume(order, disk).name();
    DataVolume there = volumes.get(order.namespace(), name).orElse(null);
    if (there != null) {
      targets.own(order, there, attempt);
    } else if (since(order, disk) != null && order.round() == Round.FINAL) {
      // The source is off: a whole copy would keep it off far longer than anybody agreed to.
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "base-copy-missing",
          "DataVolume %s/%s, which changed blocks were to be added to, is gone."
              .formatted(order.namespace(), name),
          "Begin again with a seed of VM " + order.vmName() + ".");
    }
    return new CopyEvidence.VolumeReady(order.namespace() + "/" + name);
  }

  /** What the volume is at already; null = the whole disk is to be copied. */
  private static @Nullable String since(CopyOrder order, Inventory.Disk disk) {
    String since = order.since().get(disk.deviceKey());
    return since == null || since.isEmpty() ? null : since;
  }

  static CopyFault notConfigured(CopyOrder order) {
    return new CopyFault(
        Problem.Kind.REFUSED,
        "vddk-not-configured",
        "The transfer vddk is not configured for the vCenter of VM " + order.vmName() + ".",
        "Configure VMware's VDDK image and a Secret for it, or use the transfer stream.");
  }

  private CdiSettings.Vddk vcenter(CopyOrder order) {
    CdiSettings.Vddk vddk = settings.vddk().apply(order.vm().vcenter());
    if (vddk == null) {
      throw notConfigured(order);
    }
    return vddk;
  }

  /** While the source runs, a volume that is gone is copied whole again. */
  CopyEvidence.DiskTransferred pull(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.SnapshotTaken snapshot, Attempt attempt) {
    Instant began = clock.instant();
    String previous = since(order, disk);
    boolean anew =
        previous == null
            || (order.round() != Round.FINAL
                && volumes
                    .get(order.namespace(), VolumeDraft.volume(order, disk).name())
                    .isEmpty());
    DataVolume volume =
        anew
            ? whole(order, disk, snapshot, attempt)
            : delta(order, disk, snapshot, String.valueOf(previous), attempt);
    boolean last = order.round() == Round.FINAL;
    var watched = new ImportWatch(disk, attempt);
    DataVolume landed =
        volumes.await(
            volume,
            "import-stalled",
            last ? "succeed" : "pause after its checkpoint",
            settings.patience().landed().plus(watched.most()),
            attempt,
            now -> {
              watched.at(now);
              return last
                  ? now.succeeded()
                  : now.phase().equals("Paused") && volumes.copied(now, snapshot.snapshot());
            });
    return new CopyEvidence.DiskTransferred(
        landed.namespace() + "/" + landed.name(), 0, 0, null, null, began, clock.instant());
  }

  private DataVolume whole(
      CopyOrder order, Inventory.Disk disk, CopyEvidence.SnapshotTaken snapshot, Attempt attempt) {
    CdiSettings.Vddk vddk = vcenter(order);
    var source = new LinkedHashMap<String, Object>();
    source.put("backingFile", disk.path());
    source.put("url", vddk.url().toString());
    source.put("uuid", order.vm().vm());
    source.put("thumbprint", vddk.thumbprint());
    source.put("secretRef", vddk.secret());
    String image = vddk.image();
    if (image != null) {
      source.put("initImageURL", image);
    }
    return targets.ensure(
        order,
        disk,
        false,
        attempt,
        () -> {
          var made =
              draft.dataVolume(
                  order,
                  disk,
                  "vddk",
                  source,
                  // A populator's claim cannot be read between two checkpoints.
                  Map.of("cdi.kubevirt.io/storage.usePopulator", "false"),
                  attempt);
          var spec = new LinkedHashMap<>(spec(made.getAdditionalProperties().get("spec")));
          spec.put("checkpoints", List.of(checkpoint("", snapshot.snapshot())));
          spec.put("finalCheckpoint", order.round() == Round.FINAL);
          made.setAdditionalProperty("spec", spec);
          return made;
        });
  }

  /** Adds this round's checkpoint to the DataVolume of the rounds before. */
  private DataVolume delta(
      CopyOrder order,
      Inventory.Disk disk,
      CopyEvidence.SnapshotTaken snapshot,
      String previous,
      Attempt attempt) {
    String name = VolumeDraft.volume(order, disk).name();
    DataVolume volume =
        volumes
            .get(order.namespace(), name)
            .orElseThrow(() ->
                new CopyFault(
                    Problem.Kind.REFUSED,
                    "base-copy-missing",
                    "DataVolume " + order.namespace() + "/" + name + " is gone.",
                    "Begin again with a seed of VM " + order.vmName() + "."));
    targets.own(order, volume, attempt);
    if (volume.lastCheckpoint().equals(snapshot.snapshot())) {
      return volume;
    }
    var spec = new LinkedHashMap<>(spec(volume.resource().getAdditionalProperties().get("spec")));
    var checkpoints = new ArrayList<Object>();
    if (spec.get("checkpoints") instanceof List<?> earlier) {
      checkpoints.addAll(earlier);
    }
    checkpoints.add(checkpoint(previous, snapshot.snapshot()));
    spec.put("checkpoints", checkpoints);
    spec.put("finalCheckpoint", order.round() == Round.FINAL);
    volume.resource().setAdditionalProperty("spec", spec);
    var labels = new LinkedHashMap<>(volume.resource().getMetadata().getLabels());
    labels.putAll(Marks.labels(order, disk.deviceKey()));
    volume.resource().getMetadata().setLabels(labels);
    return volumes.annotate(volume, Marks.annotations(order, attempt));
  }

  private static Map<String, Object> checkpoint(String previous, String current) {
    return Map.of("previous", previous, "current", current);
  }

  @SuppressWarnings("unchecked")
  private static Map<String, Object> spec(@Nullable Object value) {
    return value instanceof Map<?, ?> map ? (Map<String, Object>) map : Map.of();
  }
}
