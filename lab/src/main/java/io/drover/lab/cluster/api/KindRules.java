// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.ApiFailure.Cause;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The rules that single kinds have beside their schema: what kube-apiserver validates for its own
 * kinds, and what the admission webhooks of KubeVirt and CDI refuse.
 */
final class KindRules {
  private static final String VM_WEBHOOK = "virtualmachine-validator.kubevirt.io";
  private static final String DV_WEBHOOK = "datavolume-validate.cdi.kubevirt.io";
  private static final Set<String> RUN_STRATEGIES =
      Set.of("Always", "Halted", "Manual", "RerunOnFailure", "Once", "WaitAsReceiver");

  private KindRules() {}

  /** What the webhooks say of a new or changed object. */
  static void admit(ResourceType type, ObjectNode object) {
    switch (type.qualified()) {
      case "virtualmachines.kubevirt.io" -> virtualMachine(object);
      case "datavolumes.cdi.kubevirt.io" -> dataVolume(object);
      default -> {}
    }
  }

  /** What the server says of a new or changed object of its own kinds. */
  static void validate(ResourceType type, ObjectNode object, List<Cause> causes) {
    JsonNode spec = object.path("spec");
    switch (type.qualified()) {
      case "persistentvolumeclaims" -> claim(spec, causes);
      case "pods" -> containers("spec", spec, causes);
      case "jobs.batch" -> job(spec.path("template").path("spec"), causes);
      case "volumesnapshots.snapshot.storage.k8s.io" -> snapshot(spec.path("source"), causes);
      default -> {}
    }
  }

  /** What must not change. */
  static void change(ResourceType type, ObjectNode before, ObjectNode after, List<Cause> causes) {
    switch (type.qualified()) {
      case "datavolumes.cdi.kubevirt.io" -> {
        if (!Json.same(copied(before), copied(after))) {
          throw ApiFailure.denied(DV_WEBHOOK, " Cannot update DataVolume Spec");
        }
      }
      case "persistentvolumeclaims" -> {
        if (!Json.same(settled(before), settled(after))) {
          causes.add(
              Cause.forbidden(
                  "spec",
                  "spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims"));
        }
      }
      case "secrets", "configmaps" -> secret(type, before, after, causes);
      case "jobs.batch" -> {
        immutable(before, after, causes, "spec", "template");
        immutable(before, after, causes, "spec", "selector");
        immutable(before, after, causes, "spec", "completions");
      }
      case "storageclasses.storage.k8s.io" -> {
        immutable(before, after, causes, "parameters");
        immutable(before, after, causes, "provisioner");
        immutable(before, after, causes, "reclaimPolicy");
        immutable(before, after, causes, "volumeBindingMode");
      }
      case "volumesnapshots.snapshot.storage.k8s.io" -> snapshotSource(before, after, causes);
      default -> {}
    }
  }

  private static void virtualMachine(ObjectNode vm) {
    JsonNode spec = vm.path("spec");
    boolean strategy = spec.has("runStrategy");
    if (strategy && spec.has("running")) {
      throw ApiFailure.denied(
          VM_WEBHOOK,
          "Running and RunStrategy are mutually exclusive. Note that Running is deprecated, please use RunStrategy instead");
    }
    if (!strategy && !spec.has("running")) {
      throw ApiFailure.denied(VM_WEBHOOK, "One of Running or RunStrategy must be specified");
    }
    if (strategy && !RUN_STRATEGIES.contains(Json.text(spec, "runStrategy"))) {
      throw ApiFailure.denied(
          VM_WEBHOOK, "Invalid RunStrategy (" + Json.text(spec, "runStrategy") + ")");
    }
    if (Json.name(vm).length() > 63) {
      throw ApiFailure.denied(
          VM_WEBHOOK, "name cannot be longer than 63 characters: " + Json.name(vm));
    }
    JsonNode instance = spec.path("template").path("spec");
    JsonNode devices = instance.path("domain").path("devices");
    named(
        "spec.template.spec.domain.devices.disks",
        devices.path("disks"),
        "spec.template.spec.volumes",
        instance.path("volumes"),
        false);
    named(
        "spec.template.spec.domain.devices.interfaces",
        devices.path("interfaces"),
        "spec.template.spec.networks",
        instance.path("networks"),
        true);
    macs(devices.path("interfaces"));
  }

  /** Every device names something that is there, once; for networks also the other way round. */
  private static void named(
      String path, JsonNode devices, String otherPath, JsonNode others, boolean both) {
    Set<String> known = names(others);
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < devices.size(); i++) {
      String name = Json.text(devices.path(i), "name");
      if (!known.contains(name)) {
        throw ApiFailure.denied(VM_WEBHOOK, path + "[" + i + "].name '" + name + "' not found.");
      }
      if (!seen.add(name)) {
        throw ApiFailure.denied(
            VM_WEBHOOK, path + "[" + i + "].name '" + name + "' must not have duplicates.");
      }
    }
    if (both) {
      for (int i = 0; i < others.size(); i++) {
        String name = Json.text(others.path(i), "name");
        if (!seen.contains(name)) {
          throw ApiFailure.denied(
              VM_WEBHOOK, otherPath + "[" + i + "].name '" + name + "' not found.");
        }
      }
    }
  }

  private static void macs(JsonNode interfaces) {
    for (int i = 0; i < interfaces.size(); i++) {
      String mac = Json.text(interfaces.path(i), "macAddress");
      if (!mac.isEmpty() && !mac.matches("(?i)[0-9a-f]{2}([:-][0-9a-f]{2}){5}")) {
        throw ApiFailure.denied(
            VM_WEBHOOK,
            "interface spec.template.spec.domain.devices.interfaces["
                + i
                + "].name has malformed MAC address ("
                + mac
                + ").");
      }
    }
  }

  private static Set<String> names(JsonNode list) {
    Set<String> names = new HashSet<>();
    list.forEach(item -> names.add(Json.text(item, "name")));
    return names;
  }

  private static void dataVolume(ObjectNode volume) {
    JsonNode spec = volume.path("spec");
    if (spec.has("pvc") == spec.has("storage")) {
      throw ApiFailure.denied(
          DV_WEBHOOK,
          spec.has("pvc")
              ? " Duplicate storage definition, both target storage and target pvc defined"
              : " Missing Data volume PVC");
    }
    if (spec.has("source") == spec.has("sourceRef")) {
      throw ApiFailure.denied(
          DV_WEBHOOK,
          spec.has("source")
              ? " Data volume should have either Source or SourceRef, not both"
              : " Data volume should have either Source or SourceRef, or be externally populated");
    }
    if (spec.has("source") && spec.path("source").size() != 1) {
      throw ApiFailure.denied(
          DV_WEBHOOK,
          spec.path("source").isEmpty()
              ? " Missing Data volume source"
              : " Multiple Data volume sources");
    }
    JsonNode target = spec.has("pvc") ? spec.path("pvc") : spec.path("storage");
    boolean sized = target.path("resources").path("requests").has("storage");
    boolean clone =
        spec.has("sourceRef")
            || spec.path("source").has("pvc")
            || spec.path("source").has("snapshot");
    if (!sized && !clone) {
      throw ApiFailure.denied(DV_WEBHOOK, " PVC size is missing");
    }
    if (sized
        && Quantity.parse(Json.text(target, "resources", "requests", "storage")).signum() <= 0) {
      throw ApiFailure.denied(DV_WEBHOOK, " PVC size can't be equal or less than zero");
    }
  }

  private static void claim(JsonNode spec, List<Cause> causes) {
    if (spec.path("accessModes").isEmpty()) {
      causes.add(Cause.required("spec.accessModes", "at least 1 access mode is required"));
    }
    if (!spec.path("resources").path("requests").has("storage")) {
      causes.add(Cause.required("spec.resources[storage]", ""));
    }
  }

  private static void containers(String path, JsonNode spec, List<Cause> causes) {
    if (spec.path("containers").isEmpty()) {
      causes.add(Cause.required(path + ".containers", ""));
    }
  }

  private static void job(JsonNode spec, List<Cause> causes) {
    containers("spec.template.spec", spec, causes);
    String restart = Json.text(spec, "restartPolicy");
    if (!restart.equals("Never") && !restart.equals("OnFailure")) {
      causes.add(
          Cause.required(
              "spec.template.spec.restartPolicy", "valid values: \"OnFailure\", \"Never\""));
    }
  }

  private static void snapshot(JsonNode source, List<Cause> causes) {
    if (source.size() != 1) {
      causes.add(
          new Cause(
              "FieldValueInvalid",
              "spec.source",
              "Invalid value: exactly one of volumeSnapshotContentName and persistentVolumeClaimName must be set"));
    }
  }

  private static void snapshotSource(ObjectNode before, ObjectNode after, List<Cause> causes) {
    for (String field : List.of("persistentVolumeClaimName", "volumeSnapshotContentName")) {
      JsonNode was = before.path("spec").path("source").path(field);
      JsonNode is = after.path("spec").path("source").path(field);
      if (!was.equals(is)) {
        causes.add(Cause.invalid("spec.source." + field, is.toString(), field + " is immutable"));
      }
    }
  }

  private static void secret(
      ResourceType type, ObjectNode before, ObjectNode after, List<Cause> causes) {
    if (before.path("immutable").asBoolean()) {
      if (!after.path("immutable").asBoolean()) {
        causes.add(Cause.forbidden("immutable", "field is immutable when `immutable` is set"));
      }
      if (!before.path("data").equals(after.path("data"))) {
        causes.add(Cause.forbidden("data", "field is immutable when `immutable` is set"));
      }
    }
    if (type.qualified().equals("secrets")
        && !Json.text(before, "type").equals(Json.text(after, "type"))) {
      causes.add(
          Cause.invalid("type", "\"" + Json.text(after, "type") + "\"", "field is immutable"));
    }
  }

  private static void immutable(
      ObjectNode before, ObjectNode after, List<Cause> causes, String... path) {
    JsonNode was = before;
    JsonNode is = after;
    for (String field : path) {
      was = was.path(field);
      is = is.path(field);
    }
    if (!Json.same(was, is)) {
      causes.add(Cause.invalid(String.join(".", path), is.toString(), "field is immutable"));
    }
  }

  /** The part of a DataVolume that is fixed once it exists. */
  private static ObjectNode copied(ObjectNode volume) {
    ObjectNode copy = Json.object();
    copy.set("spec", volume.path("spec").deepCopy());
    Json.child(copy, "spec").remove(List.of("checkpoints", "finalCheckpoint"));
    return copy;
  }

  /**
   * The part of a claim that is fixed once it exists: a binder may still name the volume, and a
   * bound claim may grow.
   */
  private static ObjectNode settled(ObjectNode claim) {
    ObjectNode copy = Json.object();
    copy.set("spec", claim.path("spec").deepCopy());
    ObjectNode spec = Json.child(copy, "spec");
    spec.remove(List.of("volumeAttributesClassName", "volumeName", "storageClassName"));
    Json.child(spec, "resources").remove("requests");
    return copy;
  }
}
