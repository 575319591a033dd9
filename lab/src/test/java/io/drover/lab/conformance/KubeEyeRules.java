// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static io.drover.lab.conformance.KubeFixture.await;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.executor.kubevirt.Rights;
import io.drover.ingest.kubernetes.ClusterEye;
import io.drover.ingest.kubernetes.ClusterReader;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.virt.Virt;
import io.drover.schemas.EntityKey;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryMessage;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.PodBuilder;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.api.model.ResourceQuotaBuilder;
import io.fabric8.kubernetes.api.model.apiextensions.v1.CustomResourceDefinition;
import io.fabric8.kubernetes.api.model.rbac.ClusterRole;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBinding;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBindingBuilder;
import io.fabric8.kubernetes.api.model.rbac.ClusterRoleBuilder;
import io.fabric8.kubernetes.api.model.storage.CSIStorageCapacityBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.utils.Serialization;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** What the eye on the target cluster sees, and what it says when it may not see. */
interface KubeEyeRules extends KubeFixture {

  @Test
  default void the_eye_sees_what_a_cluster_offers() {
    furnish();
    List<Inventory> seen = new ClusterReader(client()).look().entities();

    assertThat(only(Inventory.Node.class, seen))
        .filteredOn(node -> node.name().equals("worker-2"))
        .singleElement()
        .satisfies(node -> {
          assertThat(node.schedulable()).isTrue();
          assertThat(node.kvm()).isTrue();
          assertThat(node.cpuMillis()).isEqualTo(31_500);
          assertThat(node.memoryBytes()).isEqualTo(250L << 30);
          assertThat(node.askedMillis()).isGreaterThanOrEqualTo(3_000L);
          assertThat(node.askedBytes()).isGreaterThanOrEqualTo(10L << 30);
          assertThat(node.cpuModels())
              .containsExactly(
                  "Broadwell-noTSX",
                  "Haswell-noTSX",
                  "Icelake-Server-noTSX",
                  "Nehalem",
                  "Skylake-Server-noTSX-IBRS");
        });
    assertThat(only(Inventory.StorageClass.class, seen))
        .filteredOn(storage -> storage.name().equals(LabClusterFixtures.BLOCK_CLASS))
        .containsExactly(
            new Inventory.StorageClass(
                clusterId(),
                LabClusterFixtures.BLOCK_CLASS,
                "openshift-storage.rbd.csi.ceph.com",
                false,
                true,
                List.of("ReadWriteMany/Block", "ReadWriteOnce/Block", "ReadWriteOnce/Filesystem"),
                LabClusterFixtures.BLOCK_SNAPSHOTS,
                null,
                CEPH,
                null));
    assertThat(only(Inventory.StorageClass.class, seen))
        .filteredOn(storage -> storage.name().equals(LabClusterFixtures.FILE_CLASS))
        .singleElement()
        .satisfies(storage -> assertThat(storage.store()).isEqualTo(CEPH));
    assertThat(only(Inventory.StorageClass.class, seen))
        .filteredOn(storage -> storage.name().equals("local-wffc"))
        .singleElement()
        .satisfies(storage -> {
          assertThat(storage.snapshotClass()).isNull();
          assertThat(storage.store()).isNull();
          assertThat(storage.freeBytes()).isGreaterThanOrEqualTo(3L << 40);
        });
    assertThat(only(Inventory.TargetNetwork.class, seen))
        .filteredOn(network ->
            network.namespace().equals(namespace()) || network.name().equals(namespace()))
        .extracting(network -> network.kind() + " " + network.namespace() + "/" + network.name())
        .containsExactly(
            "nad " + namespace() + "/vlan-100",
            "nad " + namespace() + "/vlan-200",
            "udn " + namespace() + "/vlan-100",
            "cudn /" + namespace());
    assertThat(only(Inventory.Quota.class, seen))
        .filteredOn(quota -> quota.namespace().equals(namespace()))
        .singleElement()
        .satisfies(quota ->
            assertThat(quota.hard())
                .isEqualTo(Map.of("requests.memory", "64Gi", "requests.storage", "1Ti")));
    assertThat(only(Inventory.Platform.class, seen))
        .singleElement()
        .satisfies(platform -> {
          assertThat(platform.kubernetesVersion())
              .isEqualTo(client().getKubernetesVersion().getGitVersion());
          assertThat(platform.kubevirtVersion()).isEqualTo(Virt.VERSION);
          assertThat(platform.featureGates())
              .containsExactly("DataVolumes", "HotplugVolumes", "Snapshot", "VMPersistentState");
          assertThat(platform.cdiVersion()).isEqualTo("v1.63.1");
          assertThat(platform.cdiFeatureGates()).containsExactly("HonorWaitForFirstConsumer");
          assertThat(platform.scratchClass()).isEqualTo(LabClusterFixtures.FILE_CLASS);
          assertThat(platform.absent()).isEmpty();
          assertThat(platform.hidden()).isEmpty();
        });
  }

  @Test
  default void networks_of_one_name_stay_apart_and_nothing_is_said_twice() throws Exception {
    furnish();
    var said = new Said(2);

    said.lookThrough(client());

    assertThat(said.seen)
        .doesNotHaveDuplicates()
        .filteredOn(Inventory.TargetNetwork.class::isInstance)
        .extracting(entity -> ((Inventory.TargetNetwork) entity).kind())
        .contains("nad", "udn", "cudn");
    assertThat(said.gone).isEmpty();
    assertThat(said.site().problem()).isNull();
  }

  @Test
  default void kinds_that_a_cluster_does_not_have_are_told() {
    defineUserNetworks();
    for (CustomResourceDefinition definition : userNetworks()) {
      client().resource(definition).withTimeoutInMillis(30_000).delete();
    }
    try {
      awaitLook(client(), 2, 0);

      Inventory.Platform platform = platform(client());

      assertThat(platform.absent())
          .containsExactly(
              "clusteruserdefinednetworks.k8s.ovn.org", "userdefinednetworks.k8s.ovn.org");
      assertThat(platform.hidden()).isEmpty();
    } finally {
      defineUserNetworks();
    }
  }

  @Test
  default void the_shipped_role_is_all_that_the_eye_needs() throws Exception {
    furnish();
    ClusterRole shipped;
    try (var roles = Files.newInputStream(Path.of("..", Rights.SHIPPED))) {
      shipped =
          client().load(roles).items().stream()
              .filter(ClusterRole.class::isInstance)
              .map(ClusterRole.class::cast)
              .filter(role -> role.getMetadata().getName().equals("drover-inventory"))
              .findFirst()
              .orElseThrow();
    }
    asEye(
        shipped,
        eye -> {
          awaitLook(eye, 0, 0);

          List<Inventory> seen = new ClusterReader(eye).look().entities();

          assertThat(seen).containsAll(new ClusterReader(client()).look().entities());
        });
  }

  @Test
  default void what_the_account_may_not_see_is_in_the_inventory() throws Exception {
    furnish();
    ClusterRole narrow =
        new ClusterRoleBuilder()
            .withNewMetadata()
            .withName("drover-narrow")
            .endMetadata()
            .addNewRule()
            .withApiGroups("", "k8s.cni.cncf.io", "kubevirt.io")
            .withResources("namespaces", "nodes", "network-attachment-definitions", "kubevirts")
            .withVerbs("get", "list")
            .endRule()
            .build();
    asEye(
        narrow,
        eye -> {
          awaitLook(eye, 0, 10);
          var quota = new EntityKey(clusterId(), "quota", namespace() + ".herd");
          var node = new EntityKey(clusterId(), "node", "worker-gone");
          var said = new Said(1, quota, node);

          said.lookThrough(eye);

          assertThat(said.site().problem())
              .isEqualTo(
                  new Problem(
                      Problem.Kind.REFUSED,
                      "cluster-partly-hidden",
                      "The cluster at "
                          + eye.getMasterUrl()
                          + " shows Drover's account no cdiconfigs.cdi.kubevirt.io,"
                          + " cdis.cdi.kubevirt.io,"
                          + " clusteruserdefinednetworks.k8s.ovn.org,"
                          + " csistoragecapacities.storage.k8s.io, pods, resourcequotas,"
                          + " storageclasses.storage.k8s.io, storageprofiles.cdi.kubevirt.io,"
                          + " userdefinednetworks.k8s.ovn.org,"
                          + " volumesnapshotclasses.snapshot.storage.k8s.io.",
                      "Bind the role drover-inventory of deploy/rbac.yaml to its account, as this"
                          + " version ships it."));
          assertThat(only(Inventory.Node.class, said.seen)).hasSize(3);
          assertThat(only(Inventory.Platform.class, said.seen).getFirst().hidden()).hasSize(10);
          assertThat(said.gone).containsExactly(node);
        });
  }

  @Test
  default void an_account_without_rights_is_told_which_role_it_lacks() throws Exception {
    try (KubernetesClient nobody =
        new KubernetesClientBuilder().withConfig(world().limited()).build()) {
      var said = new Said(1);

      assertThatThrownBy(() -> said.lookThrough(nobody))
          .isInstanceOf(KubernetesClientException.class);

      assertThat(said.site().problem())
          .isEqualTo(
              new Problem(
                  Problem.Kind.REFUSED,
                  "cluster-not-allowed",
                  "The cluster at "
                      + nobody.getMasterUrl()
                      + " does not let Drover look: namespaces \"kube-system\" is forbidden: User"
                      + " \"lab-limited\" cannot get resource \"namespaces\" in API group \"\" in"
                      + " the namespace \"kube-system\".",
                  "Bind the role drover-inventory of deploy/rbac.yaml to its account, as this"
                      + " version ships it."));
    }
  }

  @Test
  default void a_token_that_is_not_valid_is_told_with_a_remedy() throws Exception {
    try (KubernetesClient expired =
        new KubernetesClientBuilder()
            .withConfig(new ConfigBuilder(world().admin()).withOauthToken("expired").build())
            .build()) {
      var said = new Said(1);

      assertThatThrownBy(() -> said.lookThrough(expired))
          .isInstanceOf(KubernetesClientException.class);

      assertThat(said.site().problem())
          .isEqualTo(
              new Problem(
                  Problem.Kind.REFUSED,
                  "cluster-login-refused",
                  "The cluster at "
                      + expired.getMasterUrl()
                      + " does not accept the credential of cluster.kubeconfig.",
                  "Renew the token in it, which is taken up without a restart, or its certificate,"
                      + " which is not; or name another context."));
    }
  }

  /** What a cluster of OpenShift Virtualization has, and one network twice, as OVN makes it. */
  private void furnish() {
    LabClusterFixtures.apply(world().url(), world().caPem(), world().token(), List.of(namespace()));
    defineUserNetworks();
    var network = object("k8s.ovn.org/v1", "UserDefinedNetwork", "vlan-100", LAYER_2);
    resource(network).create();
    var everywhere = object("k8s.ovn.org/v1", "ClusterUserDefinedNetwork", namespace(), LOCALNET);
    everywhere.getMetadata().setNamespace(null);
    resource(everywhere).create();
    client()
        .resource(
            new PodBuilder()
                .withNewMetadata()
                .withName("busy")
                .withNamespace(namespace())
                .endMetadata()
                .withNewSpec()
                .withNodeName("worker-2")
                .addNewContainer()
                .withName("a")
                .withImage("example/a")
                .withNewResources()
                .addToRequests("cpu", new Quantity("3"))
                .addToRequests("memory", new Quantity("10Gi"))
                .endResources()
                .endContainer()
                .endSpec()
                .build())
        .create();
    client()
        .resource(
            new CSIStorageCapacityBuilder()
                .withNewMetadata()
                .withName("local")
                .withNamespace(namespace())
                .endMetadata()
                .withStorageClassName("local-wffc")
                .withCapacity(new Quantity("3Ti"))
                .build())
        .create();
    client()
        .resource(
            new ResourceQuotaBuilder()
                .withNewMetadata()
                .withName("herd")
                .withNamespace(namespace())
                .endMetadata()
                .withNewSpec()
                .addToHard("requests.memory", new Quantity("64Gi"))
                .addToHard("requests.storage", new Quantity("1Ti"))
                .endSpec()
                .build())
        .create();
  }

  /** Defines OVN-Kubernetes' networks where the server does not have them; waits until it does. */
  private void defineUserNetworks() {
    for (CustomResourceDefinition definition : userNetworks()) {
      if (client().resource(definition).get() == null) {
        client().resource(definition).create();
      }
    }
    awaitLook(client(), 0, 0);
  }

  private static List<CustomResourceDefinition> userNetworks() {
    return Stream.of("UserDefinedNetwork", "ClusterUserDefinedNetwork")
        .map(kind ->
            Serialization.unmarshal(
                """
                apiVersion: apiextensions.k8s.io/v1
                kind: CustomResourceDefinition
                metadata: {name: %1$ss.k8s.ovn.org}
                spec:
                  group: k8s.ovn.org
                  scope: %3$s
                  names: {plural: %1$ss, singular: %1$s, kind: %2$s, listKind: %2$sList}
                  versions:
                  - name: v1
                    served: true
                    storage: true
                    subresources: {status: {}}
                    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
                """
                    .formatted(
                        kind.toLowerCase(Locale.ROOT),
                        kind,
                        kind.startsWith("Cluster") ? "Cluster" : "Namespaced"),
                CustomResourceDefinition.class))
        .toList();
  }

  private String clusterId() {
    return new ClusterReader(client()).clusterId();
  }

  private static Inventory.Platform platform(KubernetesClient client) {
    return only(Inventory.Platform.class, new ClusterReader(client).look().entities()).getFirst();
  }

  /** Waits until so many kinds are absent and so many hidden. */
  private static void awaitLook(KubernetesClient eye, int absent, int hidden) {
    await(
        absent + " kinds are absent and " + hidden + " hidden",
        () -> {
          try {
            Inventory.Platform platform = platform(eye);
            return size(platform.absent()) == absent && size(platform.hidden()) == hidden;
          } catch (KubernetesClientException notYet) {
            // A role that is not in force yet, a kind whose storage is not ready yet.
            return false;
          }
        });
  }

  private static int size(@Nullable List<String> list) {
    return list == null ? 0 : list.size();
  }

  private static <T extends Inventory> List<T> only(Class<T> kind, List<Inventory> seen) {
    return seen.stream().filter(kind::isInstance).map(kind::cast).toList();
  }

  /** Looks as the limited user with one role, which is taken away again. */
  private void asEye(ClusterRole role, Looking looking) throws Exception {
    ClusterRoleBinding binding =
        new ClusterRoleBindingBuilder()
            .withNewMetadata()
            .withName(role.getMetadata().getName())
            .endMetadata()
            .withNewRoleRef(
                "rbac.authorization.k8s.io", "ClusterRole", role.getMetadata().getName())
            .addNewSubject("rbac.authorization.k8s.io", "User", "lab-limited", null)
            .build();
    client().resource(role).create();
    client().resource(binding).create();
    try (KubernetesClient eye =
        new KubernetesClientBuilder().withConfig(world().limited()).build()) {
      looking.with(eye);
    } finally {
      client().resource(binding).delete();
      client().resource(role).delete();
    }
  }

  /** What somebody does with the rights that were lent. */
  interface Looking {
    void with(KubernetesClient eye) throws Exception;
  }

  /** Listens to an eye for some looks. */
  final class Said {
    final List<Inventory> seen = new ArrayList<>();
    final List<EntityKey> gone = new ArrayList<>();
    private final Set<EntityKey> known;
    private int looks;

    Said(int looks, EntityKey... known) {
      this.looks = looks;
      this.known = Set.of(known);
    }

    void lookThrough(KubernetesClient client) throws InterruptedException {
      new ClusterEye(
              client,
              Duration.ofMillis(1),
              site -> {
                looks--;
                return known;
              })
          .look(
              (key, message) -> {
                switch (message) {
                  case InventoryMessage.EntitySeen m -> seen.add(m.entity());
                  case InventoryMessage.EntityGoneSeen m -> gone.add(m.entity());
                }
              },
              () -> looks == 0);
    }

    Inventory.Site site() {
      return only(Inventory.Site.class, seen).getLast();
    }
  }

  Inventory.Store CEPH =
      new Inventory.Store(
          "Ceph cluster openshift-storage/ocs-storagecluster-cephcluster",
          192L << 40,
          0,
          null,
          3.0);

  String LAYER_2 = "{'topology':'Layer2','layer2':{'role':'Secondary','subnets':['10.20.0.0/16']}}";
  String LOCALNET =
      "{'namespaceSelector':{},'network':{'topology':'Localnet','localnet':{'role':'Secondary','physicalNetworkName':'physnet'}}}";
}
