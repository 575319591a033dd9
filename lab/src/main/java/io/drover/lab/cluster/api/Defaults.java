// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.util.Base64;

/**
 * Fills in what kube-apiserver fills in when a client leaves it out, for the built-in kinds that
 * Drover touches.
 */
final class Defaults {
  private Defaults() {}

  static void fill(ResourceType type, ObjectNode object) {
    switch (type.qualified()) {
      case "namespaces" -> namespace(object);
      case "secrets" -> secret(object);
      case "persistentvolumeclaims" -> claim(object);
      case "persistentvolumes" -> volume(object);
      case "pods" -> pod(object);
      case "jobs.batch" -> job(object);
      case "storageclasses.storage.k8s.io" -> storageClass(object);
      case "customresourcedefinitions.apiextensions.k8s.io" -> established(object);
      default -> {}
    }
  }

  private static void established(ObjectNode definition) {
    ObjectNode status = Json.child(definition, "status");
    if (!status.has("conditions")) {
      var conditions = status.putArray("conditions");
      for (String type : new String[] {"NamesAccepted", "Established"}) {
        conditions
            .addObject()
            .put("type", type)
            .put("status", "True")
            .put("reason", "Lab")
            .put("message", "served by the lab");
      }
      status.set("acceptedNames", definition.path("spec").path("names").deepCopy());
      var stored = status.putArray("storedVersions");
      for (var version : definition.path("spec").path("versions")) {
        if (version.path("storage").asBoolean()) {
          stored.add(Json.text(version, "name"));
        }
      }
    }
  }

  /**
   * Adds what a new object gets once: volumes and claims are protected from deletion while they are
   * used.
   */
  static void born(ResourceType type, ObjectNode object) {
    String protection =
        switch (type.qualified()) {
          case "persistentvolumeclaims" -> "kubernetes.io/pvc-protection";
          case "persistentvolumes" -> "kubernetes.io/pv-protection";
          default -> "";
        };
    if (!protection.isEmpty()) {
      var finalizers = Json.metadata(object).withArray("finalizers");
      for (var finalizer : finalizers) {
        if (finalizer.asText().equals(protection)) {
          return;
        }
      }
      finalizers.add(protection);
    }
  }

  private static void namespace(ObjectNode object) {
    Json.child(Json.metadata(object), "labels")
        .put("kubernetes.io/metadata.name", Json.name(object));
    if (!object.path("metadata").has("deletionTimestamp")) {
      ObjectNode spec = Json.child(object, "spec");
      if (!spec.has("finalizers")) {
        spec.putArray("finalizers").add("kubernetes");
      }
      absent(Json.child(object, "status"), "phase", "Active");
    }
  }

  /** stringData is a way to write only: it ends in data, in base64. */
  private static void secret(ObjectNode object) {
    if (object.remove("stringData") instanceof ObjectNode texts) {
      ObjectNode data = Json.child(object, "data");
      for (var entry : texts.properties()) {
        data.put(
            entry.getKey(),
            Base64.getEncoder()
                .encodeToString(entry.getValue().asText().getBytes(StandardCharsets.UTF_8)));
      }
    }
    absent(object, "type", "Opaque");
  }

  private static void claim(ObjectNode object) {
    absent(Json.child(object, "spec"), "volumeMode", "Filesystem");
    absent(Json.child(object, "status"), "phase", "Pending");
  }

  private static void volume(ObjectNode object) {
    ObjectNode spec = Json.child(object, "spec");
    absent(spec, "volumeMode", "Filesystem");
    absent(spec, "persistentVolumeReclaimPolicy", "Retain");
    absent(Json.child(object, "status"), "phase", "Pending");
  }

  private static void pod(ObjectNode object) {
    ObjectNode spec = Json.child(object, "spec");
    podSpec(spec, "Always");
    absent(Json.child(object, "status"), "phase", "Pending");
  }

  private static void podSpec(ObjectNode spec, String restartPolicy) {
    absent(spec, "restartPolicy", restartPolicy);
    absent(spec, "dnsPolicy", "ClusterFirst");
    absent(spec, "schedulerName", "default-scheduler");
    if (!spec.has("terminationGracePeriodSeconds")) {
      spec.put("terminationGracePeriodSeconds", 30);
    }
    if (!spec.has("securityContext")) {
      spec.putObject("securityContext");
    }
    for (String list : new String[] {"containers", "initContainers"}) {
      for (var container : spec.path(list)) {
        if (container instanceof ObjectNode one) {
          absent(one, "terminationMessagePath", "/dev/termination-log");
          absent(one, "terminationMessagePolicy", "File");
          absent(
              one,
              "imagePullPolicy",
              Json.text(one, "image").matches(".*:(?!latest$)[^/]+") ? "IfNotPresent" : "Always");
          if (!one.has("resources")) {
            one.putObject("resources");
          }
        }
      }
    }
  }

  private static void job(ObjectNode object) {
    ObjectNode spec = Json.child(object, "spec");
    for (String one : new String[] {"parallelism", "completions"}) {
      if (!spec.has(one)) {
        spec.put(one, 1);
      }
    }
    if (!spec.has("backoffLimit")) {
      spec.put("backoffLimit", 6);
    }
    absent(spec, "completionMode", "NonIndexed");
    absent(spec, "podReplacementPolicy", "TerminatingOrFailed");
    if (!spec.has("suspend")) {
      spec.put("suspend", false);
    }
    ObjectNode template = Json.child(spec, "template");
    podSpec(Json.child(template, "spec"), "Always");
    // A Job owns the pods that carry its uid: the selector and the template's labels are the
    // server's to set.
    if (!spec.has("selector") && !Json.uid(object).isEmpty()) {
      Json.child(Json.child(spec, "selector"), "matchLabels")
          .put("batch.kubernetes.io/controller-uid", Json.uid(object));
      ObjectNode labels = Json.child(Json.metadata(template), "labels");
      labels
          .put("batch.kubernetes.io/controller-uid", Json.uid(object))
          .put("batch.kubernetes.io/job-name", Json.name(object));
      labels.put("controller-uid", Json.uid(object)).put("job-name", Json.name(object));
      spec.put("manualSelector", false);
      if (object.path("metadata").path("labels").isEmpty()) {
        Json.metadata(object).set("labels", labels.deepCopy());
      }
    }
    Json.child(object, "status");
  }

  private static void storageClass(ObjectNode object) {
    absent(object, "reclaimPolicy", "Delete");
    absent(object, "volumeBindingMode", "Immediate");
  }

  private static void absent(ObjectNode object, String field, String value) {
    if (!object.hasNonNull(field)) {
      object.put(field, value);
    }
  }
}
