// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.worker.PackedDigest;
import io.drover.disk.digest.DiskDigest;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.Base64;
import org.jspecify.annotations.Nullable;

/**
 * Keeps what was digested while a source was read until its volume was read back: a ConfigMap a
 * disk, mounted by the worker that reads back, so that it can name what differs. The proof itself
 * is the root in the journal; losing a ConfigMap costs a name, not a proof.
 */
final class SourceDigests {
  /** Key of the packed digest in the ConfigMap. */
  static final String KEY = "digest";

  private final KubernetesClient client;

  SourceDigests(KubernetesClient client) {
    this.client = client;
  }

  /** The ConfigMap's name for a disk of a round. */
  static String name(CopyOrder order, Inventory.Disk disk) {
    return "drover-source-" + Marks.hash(order.copy() + "/" + disk.deviceKey(), 20);
  }

  /** Writes down what the source was; null is nothing to write down. */
  void keep(CopyOrder order, Inventory.Disk disk, @Nullable DiskDigest digest, Attempt attempt) {
    if (digest != null) {
      keep(order, disk, PackedDigest.pack(digest), attempt);
    }
  }

  /** The same of a digest that is packed already. */
  void keep(CopyOrder order, Inventory.Disk disk, byte[] packed, Attempt attempt) {
    ConfigMap wanted =
        new ConfigMapBuilder()
            .withNewMetadata()
            .withName(name(order, disk))
            .withNamespace(order.namespace())
            .withLabels(Marks.labels(order, disk.deviceKey()))
            .withAnnotations(Marks.annotations(order, attempt))
            .endMetadata()
            .addToBinaryData(KEY, Base64.getEncoder().encodeToString(packed))
            .build();
    Cluster.put(client, Cluster.CONFIG_MAP, wanted);
  }

  /** Removes it; one that is not there is no error. */
  void forget(CopyOrder order, Inventory.Disk disk) {
    String name = name(order, disk);
    ClusterFaults.named(
        "delete config map " + order.namespace() + "/" + name,
        () -> client.configMaps().inNamespace(order.namespace()).withName(name).delete());
  }
}
