// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.List;
import java.util.Objects;

/**
 * How much larger CDI makes a volume of {@code spec.storage} that carries a filesystem than the
 * disk on it, as its CDIConfig says ({@code status.filesystemOverhead}, "Filesystem overhead" of
 * CDI's cdi-config.md).
 */
final class FilesystemOverhead {
  private static final ResourceDefinitionContext CONFIG =
      new ResourceDefinitionContext.Builder()
          .withGroup("cdi.kubevirt.io")
          .withVersion("v1beta1")
          .withKind("CDIConfig")
          .withPlural("cdiconfigs")
          .withNamespaced(false)
          .build();

  /** CDI's own, where nobody set another one. */
  private static final String USUAL = "0.06";

  private static final double MIB = 1 << 20;

  private final KubernetesClient client;

  FilesystemOverhead(KubernetesClient client) {
    this.client = client;
  }

  /**
   * The part of a volume that the filesystem takes; CDI's usual one where its CDIConfig is not
   * shown to us.
   */
  double of(String storageClass) {
    GenericKubernetesResource config =
        TargetStorage.readable(
                "list CDIConfigs",
                () -> client.genericKubernetesResources(CONFIG).list().getItems())
            .orElse(List.of())
            .stream()
            .filter(each -> "config".equals(each.getMetadata().getName()))
            .findFirst()
            .orElse(null);
    Object said = null;
    if (config != null) {
      said = config.get("status", "filesystemOverhead", "storageClass", storageClass);
      if (said == null) {
        said = config.get("status", "filesystemOverhead", "global");
      }
    }
    String part = Objects.toString(said, "");
    // As its CRD has it: from 0 to 1, three digits at most.
    return Double.parseDouble(part.matches("0(\\.\\d{1,3})?") ? part : USUAL);
  }

  /**
   * Bytes of the volume that CDI asks for: whole MiB, and so many more that they are there beside
   * the filesystem ({@code GetRequiredSpace}).
   *
   * @param overhead 0 for a block device
   */
  static double volume(long capacityBytes, double overhead) {
    return Math.ceil(Math.ceil(capacityBytes / MIB) * MIB / (1 - overhead));
  }
}
