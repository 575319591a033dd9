// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.CopyFault;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.Inventory;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which modes a volume gets, and when nothing may begin, by what the cluster answers over HTTP. */
class TargetStorageTest {
  private static final String RBD = "openshift-storage.rbd.csi.ceph.com";
  private static final String CLASS = "/apis/storage.k8s.io/v1/storageclasses/fast";
  private static final String PROFILE = "/apis/cdi.kubevirt.io/v1beta1/storageprofiles/fast";
  private static final String CEPH =
      "/apis/ceph.rook.io/v1/namespaces/openshift-storage/cephclusters";

  private ToldCluster cluster;
  private KubernetesClient client;
  private TargetStorage storage;

  @BeforeEach
  void start() throws IOException {
    cluster = new ToldCluster(404);
    client = cluster.client();
    storage = new TargetStorage(client);
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private void storageClass(String provisioner) {
    cluster.answers.put(CLASS, storageClass("fast", provisioner, ""));
  }

  private static String storageClass(String name, String provisioner, String annotations) {
    return """
    {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
     "metadata": {"name": "%s", "annotations": {%s}}, "provisioner": "%s"}
    """
        .formatted(name, annotations, provisioner);
  }

  private void profile(String sets) {
    cluster.answers.put(
        PROFILE,
        """
        {"apiVersion": "cdi.kubevirt.io/v1beta1", "kind": "StorageProfile",
         "metadata": {"name": "fast"}, "status": {"claimPropertySets": [%s]}}
        """
            .formatted(sets));
  }

  private static String set(String volume, String... access) {
    return "{\"accessModes\": [\"%s\"], \"volumeMode\": \"%s\"}"
        .formatted(String.join("\", \"", access), volume);
  }

  private void ceph(String health, long used, long total) {
    cluster.answers.put(
        CEPH,
        """
        {"apiVersion": "ceph.rook.io/v1", "kind": "CephClusterList", "metadata": {}, "items": [
          {"apiVersion": "ceph.rook.io/v1", "kind": "CephCluster",
           "metadata": {"name": "ocs", "namespace": "openshift-storage"},
           "status": {"ceph": {"health": "%s", "capacity": {"bytesTotal": %d, "bytesUsed": %d}}}}]}
        """
            .formatted(health, total, used));
  }

  @ParameterizedTest
  @CsvSource({"HEALTH_OK, 849", "HEALTH_WARN, 0"})
  void aCephThatIsWellEnoughTakesCopies(String health, long used) {
    storageClass(RBD);
    ceph(health, used, 1000);

    assertThatCode(() -> storage.gate("fast")).doesNotThrowAnyException();
  }

  @ParameterizedTest
  @CsvSource({
    "HEALTH_ERR, 10, ceph-unhealthy, HEALTH_ERR",
    "HEALTH_WARN, 850, ceph-nearly-full, 85 % full",
    "HEALTH_OK, 999, ceph-nearly-full, 100 % full"
  })
  void oneThatIsIllOrNearlyFullIsWaitedFor(String health, long used, String code, String said) {
    storageClass(RBD);
    ceph(health, used, 1000);

    assertThatThrownBy(() -> storage.gate("fast"))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
              assertThat(fault.problem().code()).isEqualTo(code);
              assertThat(fault.problem().what())
                  .contains(said, "openshift-storage/ocs", "storage class fast");
            });
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 404})
  void aCephThatIsNotShownToUsIsNoHindrance(int status) {
    storageClass(RBD);
    cluster.refusals.put(CEPH, status);

    assertThatCode(() -> storage.gate("fast")).doesNotThrowAnyException();
  }

  private static final long GIB = 1L << 30;

  private static Inventory.Disk disk(int key, long gib, @Nullable Long usedGib) {
    return Disks.disk(key, gib * GIB, usedGib == null ? null : usedGib * GIB);
  }

  private static CopyOrder order(Inventory.Disk... disks) {
    return order(List.of("fast"), disks);
  }

  /** The classes in turn; an empty one is the cluster's default. */
  private static CopyOrder order(List<String> classes, Inventory.Disk... disks) {
    var volumes = new TreeMap<Integer, Volume>();
    for (int i = 0; i < disks.length; i++) {
      String storageClass = classes.get(i % classes.size());
      int key = disks[i].deviceKey();
      volumes.put(key, new Volume("web-" + key, storageClass.isEmpty() ? null : storageClass));
    }
    return Disks.order(Sink.AUTO, volumes, List.of(disks));
  }

  private void noRoom(CopyOrder order, String... said) {
    assertThatThrownBy(() -> new TargetRoom(client, storage).check(order, _ -> true))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.REFUSED);
              assertThat(fault.problem().code()).isEqualTo("target-has-no-room");
              List.of(said).forEach(word -> assertThat(fault.problem().what()).contains(word));
            });
  }

  private void room(CopyOrder order) {
    assertThatCode(() -> new TargetRoom(client, storage).check(order, _ -> true))
        .doesNotThrowAnyException();
  }

  private void pool(String spec) {
    pool("\"pool\": \"blocks\"", spec);
  }

  private void pool(String parameters, String spec) {
    cluster.answers.put(
        CLASS,
        storageClass("fast", RBD, "")
            .strip()
            .replaceFirst("}$", ", \"parameters\": {" + parameters + "}}"));
    cluster.answers.put(
        "/apis/ceph.rook.io/v1/namespaces/openshift-storage/cephblockpools/blocks",
        """
        {"apiVersion": "ceph.rook.io/v1", "kind": "CephBlockPool",
         "metadata": {"name": "blocks", "namespace": "openshift-storage"}, "spec": {%s}}
        """
            .formatted(spec));
  }

  @Test
  void disksThatWouldPushCephPastItsLimitAreRefusedTogether() {
    storageClass(RBD);
    ceph("HEALTH_OK", 700 * GIB, 1000 * GIB);

    room(order(disk(1, 100, null)));
    room(order(disk(1, 2000, 70L), disk(2, 2000, 80L)));
    noRoom(
        order(disk(1, 2000, 70L), disk(2, 2000, 81L)),
        "151.0 GiB to storage class fast",
        "850.0 GiB that Ceph cluster openshift-storage/ocs",
        "700.0 GiB are used");
    noRoom(order(disk(1, 151, null)));
  }

  @ParameterizedTest
  @CsvSource({
    "'\"replicated\": {\"size\": 3}', 50, 51",
    "'\"erasureCoded\": {\"dataChunks\": 4, \"codingChunks\": 2}', 100, 101"
  })
  void theCopiesThatAPoolKeepsAreCounted(String spec, long fits, long tooMuch) {
    pool(spec);
    ceph("HEALTH_OK", 700 * GIB, 1000 * GIB);

    room(order(disk(1, fits, null)));
    noRoom(order(disk(1, tooMuch, null)));
  }

  @Test
  void whereTheBytesHaveAPoolOfTheirOwnItsCopiesCount() {
    pool(
        "\"pool\": \"metadata\", \"dataPool\": \"blocks\"",
        "\"erasureCoded\": {\"dataChunks\": 4, \"codingChunks\": 2}");
    ceph("HEALTH_OK", 700 * GIB, 1000 * GIB);

    room(order(disk(1, 100, null)));
    noRoom(order(disk(1, 101, null)), "151.5 GiB with its copies");
  }

  @Test
  void whatComesByAnotherClassOfTheSameCephCountsToo() {
    storageClass(RBD);
    cluster.answers.put(
        "/apis/storage.k8s.io/v1/storageclasses/files",
        storageClass("files", "openshift-storage.cephfs.csi.ceph.com", ""));
    cluster.answers.put(
        "/apis/storage.k8s.io/v1/storageclasses",
        "{\"kind\": \"StorageClassList\", \"apiVersion\": \"storage.k8s.io/v1\", \"items\": [%s]}"
            .formatted(
                storageClass(
                    "fast", RBD, "\"storageclass.kubernetes.io/is-default-class\": \"true\"")));
    ceph("HEALTH_OK", 700 * GIB, 1000 * GIB);

    room(order(List.of("fast", "files"), disk(1, 70, null), disk(2, 80, null)));
    noRoom(
        order(List.of("fast", "files"), disk(1, 70, null), disk(2, 81, null)),
        "151.0 GiB to storage class fast and files");
    noRoom(order(List.of("fast", ""), disk(1, 70, null), disk(2, 81, null)), "151.0 GiB");
  }

  private void published() {
    storageClass("topolvm.io");
    cluster.answers.put(
        "/apis/storage.k8s.io/v1/csistoragecapacities",
        """
        {"apiVersion": "storage.k8s.io/v1", "kind": "CSIStorageCapacityList", "metadata": {}, "items": [
          {"metadata": {"name": "a", "namespace": "x"}, "storageClassName": "fast", "capacity": "100Gi"},
          {"metadata": {"name": "b", "namespace": "x"}, "storageClassName": "fast", "capacity": "60Gi",
           "maximumVolumeSize": "40Gi"},
          {"metadata": {"name": "c", "namespace": "x"}, "storageClassName": "slow", "capacity": "1Ti"}]}
        """);
  }

  @Test
  void whatADriverPublishesIsTheMostThatVolumesAskFor() {
    published();

    room(order(disk(1, 100, 1L), disk(2, 60, 1L)));
    noRoom(order(disk(1, 101, 1L)), "Hard disk 1", "101.0 GiB", "100.0 GiB");
    noRoom(order(disk(1, 100, 1L), disk(2, 61, 1L)), "161.0 GiB", "160.0 GiB");
  }

  /** What CDI counts with, as it says in the status of its CDIConfig. */
  private void overhead(String said) {
    cluster.answers.put(
        "/apis/cdi.kubevirt.io/v1beta1/cdiconfigs",
        """
        {"apiVersion": "cdi.kubevirt.io/v1beta1", "kind": "CDIConfigList", "metadata": {}, "items": [
          {"apiVersion": "cdi.kubevirt.io/v1beta1", "kind": "CDIConfig",
           "metadata": {"name": "config"}, "status": {"filesystemOverhead": {%s}}}]}
        """
            .formatted(said));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        // What the largest volume, of 100 GiB, and both together, of 160 GiB, leave for disks
        "'\"global\": \"0.06\"'; 94; 56; 6.0 %",
        "'\"global\": \"0.06\", \"storageClass\": {\"fast\": \"0.1\"}'; 90; 54; 10.0 %",
        "'\"global\": \"0.06\", \"storageClass\": {\"slow\": \"0.1\"}'; 94; 56; 6.0 %",
        "''; 94; 56; 6.0 %"
      })
  void aFilesystemTakesItsPartOfAVolume(String said, long fits, long beside, String part) {
    profile(set("Filesystem", "ReadWriteOnce"));
    overhead(said);
    published();

    room(order(disk(1, fits, 1L), disk(2, beside, 1L)));
    noRoom(order(disk(1, fits + 1, 1L)), "Hard disk 1", part, "is 100.0 GiB");
    noRoom(order(disk(1, fits, 1L), disk(2, beside + 1, 1L)), part, "160.0 GiB");
  }

  @ParameterizedTest
  @ValueSource(ints = {403, 404})
  void wherePartsAreNotShownToUsCdisUsualOneCounts(int status) {
    profile(set("Filesystem", "ReadWriteOnce"));
    cluster.refusals.put("/apis/cdi.kubevirt.io/v1beta1/cdiconfigs", status);
    published();

    room(order(disk(1, 94, 1L)));
    noRoom(order(disk(1, 95, 1L)), "6.0 %");
  }

  @Test
  void aBlockDeviceIsAllTheDisks() {
    profile(set("Filesystem", "ReadWriteOnce") + "," + set("Block", "ReadWriteMany"));
    overhead("\"global\": \"0.06\"");
    published();

    room(order(disk(1, 100, 1L), disk(2, 60, 1L)));
    noRoom(order(disk(1, 101, 1L)), "needs a volume of 101.0 GiB, but");
  }

  @Test
  void aVolumeIsWholeMebibytesBesideItsFilesystem() {
    // 1 MiB and a byte become 2 MiB, and those 94 % of the volume
    assertThat(FilesystemOverhead.volume((1 << 20) + 1, 0.06)).isEqualTo(2231013);
    assertThat(FilesystemOverhead.volume((1 << 20) + 1, 0)).isEqualTo(2 << 20);
  }

  @Test
  void whatIsThereAlreadyHasItsRoomAndWhatIsNotKnownIsNoHindrance() {
    storageClass(RBD);
    ceph("HEALTH_OK", 700 * GIB, 1000 * GIB);

    assertThatCode(() ->
            new TargetRoom(client, storage)
                .check(order(disk(1, 900, null)), disk -> disk.deviceKey() != 1))
        .doesNotThrowAnyException();
    storageClass("somebody.else");
    room(order(disk(1, 9000, null)));
  }

  @Test
  void theCephOfAnotherNamespaceIsNotAsked() {
    storageClass("other.cephfs.csi.ceph.com");
    ceph("HEALTH_ERR", 0, 1000);

    assertThatCode(() -> storage.gate("fast")).doesNotThrowAnyException();
  }

  @Test
  void theGateKnowsTheClusterBehindTheDefaultClass() {
    cluster.answers.put(
        "/apis/storage.k8s.io/v1/storageclasses",
        "{\"apiVersion\": \"storage.k8s.io/v1\", \"kind\": \"StorageClassList\", \"items\": [%s, %s]}"
            .formatted(
                storageClass(
                    "slow", "x", "\"storageclass.kubernetes.io/is-default-class\": \"true\""),
                storageClass(
                    "fast", RBD, "\"storageclass.kubevirt.io/is-default-virt-class\": \"true\"")));
    storageClass(RBD);
    ceph("HEALTH_ERR", 0, 1000);

    assertThatThrownBy(() -> storage.gate(null)).hasMessageContaining("storage class fast");
  }

  @Test
  void aSharedBlockDeviceIsAskedForWhereItIsNotOfferedFirst() {
    profile(
        set("Filesystem", "ReadWriteMany") + "," + set("Block", "ReadWriteOnce", "ReadWriteMany"));

    assertThat(storage.modes("fast"))
        .isEqualTo(new TargetStorage.Modes("ReadWriteMany", "Block", true));
  }

  @Test
  void oneThatIsOfferedFirstNeedsNoAsking() {
    profile(
        set("Block", "ReadWriteMany", "ReadWriteOnce") + "," + set("Filesystem", "ReadWriteOnce"));

    assertThat(storage.modes("fast"))
        .isEqualTo(new TargetStorage.Modes("ReadWriteMany", "Block", false));
  }

  @Test
  void withoutASharedBlockDeviceTheFirstOfferStands() {
    profile(set("Filesystem", "ReadWriteMany") + "," + set("Block", "ReadWriteOnce"));

    assertThat(storage.modes("fast"))
        .isEqualTo(new TargetStorage.Modes("ReadWriteMany", "Filesystem", false));
  }

  @Test
  void aProfileThatKnowsNoModeSaysWhatToAdd() {
    profile("");

    assertThatThrownBy(() -> storage.modes("fast"))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.REFUSED);
              assertThat(fault.problem().code()).isEqualTo("storage-profile-empty");
              assertThat(fault.problem().remedy()).contains("claimPropertySets", "fast");
            });
  }

  @Test
  void whereThereIsNoProfileCdiDecides() {
    assertThat(storage.modes("fast")).isNull();
  }
}
