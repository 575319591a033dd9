// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.net.httpserver.HttpServer;
import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
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

  private final Map<String, String> answers = new ConcurrentHashMap<>();
  private final Map<String, Integer> refusals = new ConcurrentHashMap<>();
  private HttpServer server;
  private KubernetesClient client;
  private TargetStorage storage;

  @BeforeEach
  void start() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          String path = exchange.getRequestURI().getPath();
          String answer = answers.get(path);
          byte[] body = (answer == null ? "{}" : answer).getBytes(StandardCharsets.UTF_8);
          exchange.getResponseHeaders().set("Content-Type", "application/json");
          int status = answer == null ? refusals.getOrDefault(path, 404) : 200;
          exchange.sendResponseHeaders(status, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder()
                    .withMasterUrl("http://127.0.0.1:" + server.getAddress().getPort())
                    .withRequestRetryBackoffLimit(0)
                    .build())
            .build();
    storage = new TargetStorage(client);
  }

  @AfterEach
  void stop() {
    client.close();
    server.stop(0);
  }

  private void storageClass(String provisioner) {
    answers.put(CLASS, storageClass("fast", provisioner, ""));
  }

  private static String storageClass(String name, String provisioner, String annotations) {
    return """
    {"apiVersion": "storage.k8s.io/v1", "kind": "StorageClass",
     "metadata": {"name": "%s", "annotations": {%s}}, "provisioner": "%s"}
    """
        .formatted(name, annotations, provisioner);
  }

  private void profile(String sets) {
    answers.put(
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
    answers.put(
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
    refusals.put(CEPH, status);

    assertThatCode(() -> storage.gate("fast")).doesNotThrowAnyException();
  }

  @Test
  void theCephOfAnotherNamespaceIsNotAsked() {
    storageClass("other.cephfs.csi.ceph.com");
    ceph("HEALTH_ERR", 0, 1000);

    assertThatCode(() -> storage.gate("fast")).doesNotThrowAnyException();
  }

  @Test
  void theGateKnowsTheClusterBehindTheDefaultClass() {
    answers.put(
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
