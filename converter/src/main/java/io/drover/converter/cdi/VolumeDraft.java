// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the DataVolumes that copies make. */
final class VolumeDraft {
  private static final long MIB = 1 << 20;

  private final TargetStorage storage;

  VolumeDraft(TargetStorage storage) {
    this.storage = storage;
  }

  /** The target volume's name for a disk of the order. */
  static Volume volume(CopyOrder order, Inventory.Disk disk) {
    Volume volume = order.volumes().get(disk.deviceKey());
    if (volume == null) {
      throw new CopyFault(
          Problem.Kind.REFUSED,
          "volume-unnamed",
          "Copy " + order.copy() + " names no volume for disk " + disk.label() + ".",
          "Plan the VM again: its disks are not those that were planned.");
    }
    return volume;
  }

  /** The capacity as Kubernetes is asked for it: rounded up to whole MiB. */
  static String quantity(long bytes) {
    return (bytes + MIB - 1) / MIB + "Mi";
  }

  /**
   * A DataVolume of {@code spec.storage}: access and volume mode come from CDI's StorageProfile,
   * unless a better one than its first is offered.
   *
   * @param source the one source, for example {@code upload} with an empty object
   * @param more further annotations
   */
  GenericKubernetesResource dataVolume(
      CopyOrder order,
      Inventory.Disk disk,
      String source,
      Map<String, Object> details,
      Map<String, String> more,
      Attempt attempt) {
    Volume volume = volume(order, disk);
    var annotations = new LinkedHashMap<>(Marks.annotations(order, attempt));
    // Without a consumer there would be no volume to write to.
    annotations.put("cdi.kubevirt.io/storage.bind.immediate.requested", "true");
    annotations.put("cdi.kubevirt.io/storage.deleteAfterCompletion", "false");
    annotations.putAll(more);
    var wanted = new LinkedHashMap<String, Object>();
    wanted.put("resources", Map.of("requests", Map.of("storage", quantity(disk.capacityBytes()))));
    String storageClass = volume.storageClass();
    if (storageClass != null) {
      wanted.put("storageClassName", storageClass);
    }
    TargetStorage.Modes modes = storage.modes(storageClass);
    if (modes != null && modes.asked()) {
      wanted.put("accessModes", List.of(modes.access()));
      wanted.put("volumeMode", modes.volume());
    }
    return new GenericKubernetesResourceBuilder()
        .withApiVersion("cdi.kubevirt.io/v1beta1")
        .withKind("DataVolume")
        .withNewMetadata()
        .withName(volume.name())
        .withNamespace(order.namespace())
        .withLabels(Marks.labels(order, disk.deviceKey()))
        .withAnnotations(annotations)
        .endMetadata()
        .addToAdditionalProperties(
            "spec", Map.of("source", Map.of(source, details), "storage", wanted))
        .build();
  }
}
