// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.World;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Optional;

/**
 * Renders the claim of a DataVolume as CDI does: {@code spec.pvc} as it is, {@code spec.storage}
 * completed from the StorageProfile, and a filesystem volume enlarged by its overhead.
 */
final class ClaimDraft {

  private static final String DEFAULT_CLASS = "storageclass.kubernetes.io/is-default-class";
  private static final String DEFAULT_VIRT = "storageclass.kubevirt.io/is-default-virt-class";

  private final World world;

  ClaimDraft(World world) {
    this.world = world;
  }

  /** The claim is not renderable; the message is what CDI writes into an event. */
  static final class Unrenderable extends Exception {
    private static final long serialVersionUID = 1L;

    Unrenderable(String message) {
      super(message);
    }
  }

  Doc of(Doc dataVolume, String source, boolean populator) throws Unrenderable {
    boolean byStorage = dataVolume.at("/spec/storage").isObject();
    JsonNode wanted = dataVolume.at(byStorage ? "/spec/storage" : "/spec/pvc");
    Doc claim = Doc.of(Kind.CLAIM, dataVolume.namespace(), dataVolume.name());
    var labels = claim.obj("metadata", "labels");
    dataVolume.labels().forEach(labels::put);
    labels.put("alerts.k8s.io/KubePersistentVolumeFillingUp", "disabled");
    labels.put("app", "containerized-data-importer");
    labels.put("app.kubernetes.io/component", "storage");
    labels.put("app.kubernetes.io/managed-by", "cdi-controller");
    dataVolume
        .at("/metadata/annotations")
        .properties()
        .forEach(e -> {
          if (!e.getKey().startsWith("kubectl.kubernetes.io/")) {
            claim.annotate(e.getKey(), e.getValue().asText());
          }
        });
    claim.annotate("cdi.kubevirt.io/storage.contentType", "kubevirt");
    claim.annotate("cdi.kubevirt.io/storage.usePopulator", String.valueOf(populator));
    if (source.equals("upload")) {
      claim.annotate("cdi.kubevirt.io/storage.upload.target", "");
    } else {
      claim.annotate(
          "cdi.kubevirt.io/storage.import.source", source.equals("blank") ? "none" : source);
    }
    claim.ownedBy(dataVolume);
    ObjectNode spec = claim.spec();
    spec.setAll((ObjectNode) wanted.deepCopy());
    if (byStorage) {
      complete(dataVolume, spec);
    }
    if (spec.path("accessModes").isEmpty()) {
      throw new Unrenderable(
          "DataVolume.storage spec is missing accessMode and no storageClass to choose profile");
    }
    if (populator) {
      spec.putObject("dataSourceRef")
          .put("apiGroup", "cdi.kubevirt.io")
          .put("kind", source.equals("upload") ? "VolumeUploadSource" : "VolumeImportSource")
          .put(
              "name",
              "volume-"
                  + (source.equals("upload") ? "upload" : "import")
                  + "-source-"
                  + dataVolume.uid());
    }
    return claim;
  }

  private void complete(Doc dataVolume, ObjectNode spec) throws Unrenderable {
    String named = spec.path("storageClassName").asText("");
    Optional<String> className =
        named.isEmpty()
            ? byAnnotation(DEFAULT_VIRT).or(() -> byAnnotation(DEFAULT_CLASS))
            : Optional.of(named);
    if (className.isEmpty()) {
      throw new Unrenderable(
          "DataVolume.storage spec is missing accessMode and no storageClass to choose profile");
    }
    spec.put("storageClassName", className.get());
    Optional<Doc> profile = world.get(Kind.STORAGE_PROFILE, "", className.get());
    JsonNode sets =
        profile.map(p -> p.at("/status/claimPropertySets")).orElse(Doc.object().path("none"));
    boolean hasModes = spec.path("accessModes").size() > 0;
    boolean hasVolumeMode = spec.path("volumeMode").isTextual();
    for (JsonNode set : sets) {
      boolean fits =
          (!hasModes || contains(set.path("accessModes"), spec.path("accessModes").path(0)))
              && (!hasVolumeMode
                  || set.path("volumeMode").asText().equals(spec.path("volumeMode").asText()));
      if (fits) {
        if (!hasModes) {
          spec.putArray("accessModes").add(set.path("accessModes").path(0));
        }
        if (!hasVolumeMode) {
          spec.set("volumeMode", set.path("volumeMode"));
        }
        break;
      }
    }
    String size = spec.at("/resources/requests/storage").asText("");
    if (size.isEmpty()) {
      throw new Unrenderable(
          "Datavolume Spec is not valid - missing storage size on " + dataVolume.name());
    }
    if (!spec.path("volumeMode").asText("").equals("Block")) {
      BigDecimal usable = BigDecimal.ONE.subtract(overhead(className.get()));
      long bytes =
          BigDecimal.valueOf(Doc.bytes(size))
              .divide(usable, 0, RoundingMode.CEILING)
              .longValueExact();
      ((ObjectNode) spec.at("/resources/requests")).put("storage", Long.toString(bytes));
    }
  }

  private BigDecimal overhead(String className) {
    JsonNode all =
        world
            .get(Kind.CDI_CONFIG, "", "config")
            .map(c -> c.at("/status/filesystemOverhead"))
            .orElse(Doc.object().path("none"));
    String own = all.path("storageClass").path(className).asText("");
    String text = own.isEmpty() ? all.path("global").asText("0.06") : own;
    return new BigDecimal(text);
  }

  private Optional<String> byAnnotation(String annotation) {
    return world.list(Kind.STORAGE_CLASS).stream()
        .filter(c -> c.annotation(annotation).equals("true"))
        .map(Doc::name)
        .sorted()
        .findFirst();
  }

  private static boolean contains(JsonNode list, JsonNode one) {
    for (JsonNode each : list) {
      if (each.equals(one)) {
        return true;
      }
    }
    return false;
  }
}
