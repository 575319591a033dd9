// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Inventory;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.storage.StorageClass;
import io.fabric8.kubernetes.api.model.storage.StorageClassBuilder;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which Ceph stands behind a class, and how often it keeps a byte of it. */
class CephStoresTest {
  private static final String RBD = "openshift-storage.rbd.csi.ceph.com";
  private static final String CEPHFS = "openshift-storage.cephfs.csi.ceph.com";
  private static final long TIB = 1L << 40;

  private static StorageClass storageClass(String provisioner, Map<String, String> parameters) {
    return new StorageClassBuilder()
        .withNewMetadata()
        .withName("c")
        .endMetadata()
        .withProvisioner(provisioner)
        .withParameters(parameters)
        .build();
  }

  private static GenericKubernetesResource object(String kind, String place, String rest) {
    int slash = place.indexOf('/');
    return Serialization.unmarshal(
        "apiVersion: ceph.rook.io/v1\nkind: %s\nmetadata: {namespace: %s, name: %s}\n%s\n"
            .formatted(kind, place.substring(0, slash), place.substring(slash + 1), rest),
        GenericKubernetesResource.class);
  }

  private static GenericKubernetesResource cluster(String place, String more) {
    return object(
        "CephCluster",
        place,
        more
            + "status: {ceph: {capacity: {bytesTotal: %d, bytesUsed: %d}}}"
                .formatted(256 * TIB, TIB + 1));
  }

  private static Inventory.Store store(
      StorageClass of, GenericKubernetesResource cluster, GenericKubernetesResource... pools) {
    return new CephStores(List.of(of), List.of(cluster), List.of(pools), List.of(pools)).of("c");
  }

  @Test
  void howFullItIsIsSaidInStepsAndNeverTooLow() {
    assertThat(
            store(
                storageClass(RBD, Map.of("pool", "blocks")),
                cluster("openshift-storage/ocs", "spec: {storage: {nearFullRatio: 0.6}}\n"),
                object(
                    "CephBlockPool", "openshift-storage/blocks", "spec: {replicated: {size: 2}}"),
                object("CephBlockPool", "other/blocks", "spec: {replicated: {size: 9}}")))
        .isEqualTo(
            new Inventory.Store(
                "Ceph cluster openshift-storage/ocs", 256 * TIB, 2 * TIB, 0.6, 2.0));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        RBD + "|pool=a|CephBlockPool|a|{replicated: {size: 3}}|3",
        RBD
            + "|pool=m,dataPool=a|CephBlockPool|a|{erasureCoded: {dataChunks: 4, codingChunks:"
            + " 2}}|1.5",
        RBD + "|pool=a|CephBlockPool|b|{replicated: {size: 3}}|",
        RBD + "|pool=a|CephBlockPool|a|{failureDomain: host}|",
        CEPHFS
            + "|fsName=a|CephFilesystem|a|{dataPools: [{replicated: {size: 2}}, {replicated: {size:"
            + " 4}}]}|4",
        CEPHFS + "|fsName=a|CephFilesystem|a|{dataPools: []}|",
        CEPHFS + "||CephFilesystem|a|{dataPools: [{replicated: {size: 2}}]}|",
      })
  void theCopiesAreThoseOfThePoolThatTheBytesLieIn(
      String provisioner, String parameters, String kind, String name, String spec, Double copies) {
    var named = new java.util.TreeMap<String, String>();
    if (parameters != null) {
      for (String one : parameters.split(",", -1)) {
        named.put(one.substring(0, one.indexOf('=')), one.substring(one.indexOf('=') + 1));
      }
    }

    Inventory.Store store =
        store(
            storageClass(provisioner, named),
            cluster("openshift-storage/ocs", ""),
            object(kind, "openshift-storage/" + name, "spec: " + spec));

    assertThat(store.copies()).isEqualTo(copies);
  }

  @ParameterizedTest
  @CsvSource({
    // The class names the namespace of its cluster; else it is that of the driver.
    RBD + ", elsewhere, elsewhere, true",
    RBD + ", '', openshift-storage, true",
    RBD + ", 6a61fe3c, openshift-storage, true",
    RBD + ", '', elsewhere, false",
  })
  void aClassBelongsToTheClusterOfItsNamespace(
      String provisioner, String clusterId, String namespace, boolean known) {
    assertThat(
            store(
                storageClass(provisioner, Map.of("clusterID", clusterId)),
                cluster(namespace + "/ocs", "")))
        .matches(store -> (store != null) == known);
  }

  @Test
  void aClusterThatDoesNotSayHowFullItIsIsNotKnown() {
    assertThat(
            store(
                storageClass(RBD, Map.of()),
                object(
                    "CephCluster", "openshift-storage/ocs", "status: {ceph: {health: HEALTH_OK}}")))
        .isNull();
  }

  @ParameterizedTest
  @CsvSource({"1200, 1200", "' 7 ', 7", "0, ", "-3, ", "fast, ", "1.5, ", "9999999999, "})
  void whatSomebodySaysOfIngestIsAWholeNumberOrNothing(String said, Long ingest) {
    assertThat(ClusterReader.ingest(said)).isEqualTo(ingest);
  }
}
