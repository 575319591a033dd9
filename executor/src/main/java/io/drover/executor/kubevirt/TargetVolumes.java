// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import static io.drover.executor.kubevirt.VirtualMachineManifest.map;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.executor.TargetVm.Presence;
import io.drover.executor.TargetVm.Snap;
import io.drover.executor.Trouble;
import io.drover.executor.VolumeNames;
import io.drover.schemas.Inventory.Disk;
import io.drover.schemas.MigrationSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** The volumes of a target and the snapshots that bring them back to how they were copied. */
final class TargetVolumes {
  private final Api api;
  private final Preflight preflight;

  TargetVolumes(Api api, Preflight preflight) {
    this.api = api;
    this.preflight = preflight;
  }

  Map<Integer, Snap> snapshots(MigrationSpec spec, int seal) {
    var found = new TreeMap<Integer, Snap>();
    for (JsonNode one :
        api.list(Api.Kind.SNAPSHOT, spec.target().namespace(), JourneyMarks.selector(spec))) {
      int key = one.at("/metadata/labels").path(JourneyMarks.DISK).asInt();
      if (!VolumeNames.snapshot(spec, key, seal).equals(one.at("/metadata/name").asText())) {
        continue;
      }
      String error = Api.text(one, "/status/error/message");
      found.put(
          key,
          new Snap(
              one.at("/metadata/name").asText(),
              Api.at(one, "/status/readyToUse").asBoolean(),
              error.isEmpty() ? null : error));
    }
    return found;
  }

  boolean canSnapshot(MigrationSpec spec) {
    return spec.source().disks().stream()
        .allMatch(disk -> preflight.snapshotClass(spec, disk) != null);
  }

  void snapshot(MigrationSpec spec, int deviceKey, int seal) {
    Disk disk =
        spec.source().disks().stream()
            .filter(d -> d.deviceKey() == deviceKey)
            .findFirst()
            .orElseThrow();
    var _ =
        api.create(
            Api.Kind.SNAPSHOT,
            Preflight.snapshot(spec, deviceKey, seal, preflight.snapshotClass(spec, disk)),
            false);
  }

  Presence volume(MigrationSpec spec, int deviceKey, int generation) {
    JsonNode found =
        api.get(
            Api.Kind.CLAIM, spec.target().namespace(), VolumeNames.of(spec, deviceKey, generation));
    if (found == null) {
      return Presence.ABSENT;
    }
    return found.at("/metadata/deletionTimestamp").isMissingNode()
        ? Presence.PRESENT
        : Presence.LEAVING;
  }

  void restore(MigrationSpec spec, int deviceKey, int generation, String snapshot) {
    String namespace = spec.target().namespace();
    JsonNode before = null;
    for (int older = generation - 1; older >= 0 && before == null; older--) {
      before = api.get(Api.Kind.CLAIM, namespace, VolumeNames.of(spec, deviceKey, older));
    }
    if (before == null) {
      throw Trouble.refused(
          "volume-missing",
          "No earlier volume of disk " + deviceKey + " exists to be made again.",
          "Roll back and copy again.");
    }
    var modes = new ArrayList<Object>();
    before.at("/spec/accessModes").forEach(mode -> modes.add(mode.asText()));
    var body =
        map(
            "accessModes",
            modes,
            "resources",
            map(
                "requests",
                map("storage", before.at("/spec/resources/requests/storage").asText())));
    String storageClass = before.at("/spec/storageClassName").asText("");
    if (!storageClass.isEmpty()) {
      body.put("storageClassName", storageClass);
    }
    String mode = before.at("/spec/volumeMode").asText("");
    if (!mode.isEmpty()) {
      body.put("volumeMode", mode);
    }
    var _ =
        api.create(Api.Kind.CLAIM, restored(spec, deviceKey, generation, snapshot, body), false);
  }

  /**
   * The claim of a volume that comes from a snapshot.
   *
   * @param like the spec of the volume that it takes the place of
   */
  static Map<String, Object> restored(
      MigrationSpec spec,
      int deviceKey,
      int generation,
      String snapshot,
      Map<String, Object> like) {
    var labels = JourneyMarks.labels(spec);
    labels.put(JourneyMarks.DISK, Integer.toString(deviceKey));
    var body = new LinkedHashMap<>(like);
    body.put(
        "dataSource",
        map("apiGroup", "snapshot.storage.k8s.io", "kind", "VolumeSnapshot", "name", snapshot));
    return map(
        "apiVersion",
        "v1",
        "kind",
        "PersistentVolumeClaim",
        "metadata",
        map(
            "name",
            VolumeNames.of(spec, deviceKey, generation),
            "namespace",
            spec.target().namespace(),
            "labels",
            labels,
            "annotations",
            JourneyMarks.annotations(spec)),
        "spec",
        body);
  }

  void deleteOlder(MigrationSpec spec, int deviceKey, int generation) {
    String namespace = spec.target().namespace();
    for (int older = generation - 1; older >= 0; older--) {
      String name = VolumeNames.of(spec, deviceKey, older);
      // The DataVolume that made it goes first, else CDI would make the claim again.
      for (Api.Kind kind : List.of(Api.Kind.DATA_VOLUME, Api.Kind.CLAIM)) {
        JsonNode found = api.get(kind, namespace, name);
        if (found != null && JourneyMarks.made(spec, found)) {
          api.delete(kind, namespace, name, Api.text(found, "/metadata/uid"));
        }
      }
    }
  }
}
