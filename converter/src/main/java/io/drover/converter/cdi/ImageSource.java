// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.Attempt;
import io.drover.converter.staging.StagedImage;
import io.drover.converter.staging.Staging;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.Inventory;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.api.model.Secret;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How CDI's importer is told of a staged image: its address, its password, whom to trust. */
final class ImageSource {
  private final KubernetesClient client;
  private final Staging staging;
  private @Nullable Boolean checksums;

  ImageSource(KubernetesClient client, Staging staging) {
    this.client = client;
    this.staging = staging;
  }

  /** The body of {@code source.http}. */
  Map<String, Object> spec(String id, StagedImage.Content content) {
    var source = new LinkedHashMap<String, Object>();
    source.put("url", staging.url(id).toString());
    source.put("secretRef", object(id));
    if (staging.ca() != null) {
      source.put("certConfigMap", object(id));
    }
    if (comparesChecksums()) {
      source.put("checksum", content.fileChecksum());
    }
    return source;
  }

  private static String object(String id) {
    return "drover-http-" + id;
  }

  /** The Secret and the ConfigMap that the importer mounts. */
  void allow(CopyOrder order, Inventory.Disk disk, Attempt attempt) {
    String id = HttpRoad.id(order, disk);
    Secret secret =
        new SecretBuilder()
            .withNewMetadata()
            .withName(object(id))
            .withNamespace(order.namespace())
            .withLabels(Marks.labels(order, disk.deviceKey()))
            .withAnnotations(Marks.annotations(order, attempt))
            .endMetadata()
            .addToStringData("accessKeyId", Staging.USER)
            .addToStringData("secretKey", staging.password(id))
            .build();
    if (client.resource(secret).inNamespace(order.namespace()).get() == null) {
      Cluster.put(client, Cluster.SECRET, secret);
    }
    String ca = staging.ca();
    if (ca != null && !ca.equals(trusted(order.namespace(), object(id)))) {
      Cluster.put(
          client,
          Cluster.CONFIG_MAP,
          new ConfigMapBuilder()
              .withNewMetadata()
              .withName(object(id))
              .withNamespace(order.namespace())
              .withLabels(Marks.labels(order, disk.deviceKey()))
              .withAnnotations(Marks.annotations(order, attempt))
              .endMetadata()
              .addToData("ca.pem", ca)
              .build());
    }
  }

  /** What the importer is told to trust so far, null when nothing. */
  private @Nullable String trusted(String namespace, String name) {
    return ClusterFaults.named(
        "read config map " + namespace + "/" + name,
        () -> {
          var map = client.configMaps().inNamespace(namespace).withName(name).get();
          return map == null || map.getData() == null ? null : map.getData().get("ca.pem");
        });
  }

  void forget(CopyOrder order, Inventory.Disk disk) {
    String name = object(HttpRoad.id(order, disk));
    String namespace = order.namespace();
    ClusterFaults.named(
        "delete secret and config map " + namespace + "/" + name,
        () -> {
          client.secrets().inNamespace(namespace).withName(name).delete();
          return client.configMaps().inNamespace(namespace).withName(name).delete();
        });
  }

  /** Whether this CDI knows {@code checksum} (1.65 and later): its definition says so. */
  private synchronized boolean comparesChecksums() {
    Boolean known = checksums;
    if (known == null) {
      known = definitionSaysChecksum();
      checksums = known;
    }
    return known;
  }

  private boolean definitionSaysChecksum() {
    try {
      var definition =
          client
              .apiextensions()
              .v1()
              .customResourceDefinitions()
              .withName("datavolumes.cdi.kubevirt.io")
              .get();
      return definition != null
          && definition.getSpec().getVersions().stream()
              .filter(version -> version.getName().equals("v1beta1"))
              .map(version -> version.getSchema().getOpenAPIV3Schema())
              .anyMatch(schema -> {
                var at = schema;
                for (String key : new String[] {"spec", "source", "http", "checksum"}) {
                  at =
                      at == null || at.getProperties() == null ? null : at.getProperties().get(key);
                }
                return at != null;
              });
    } catch (KubernetesClientException fault) {
      if (fault.getCode() == 403 || fault.getCode() == 404) {
        // Not shown to us: the read-back proves the copy without it.
        return false;
      }
      throw ClusterFaults.fault("read the definition of DataVolumes", fault);
    }
  }
}
