// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceList;
import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.Watcher;
import io.fabric8.kubernetes.client.WatcherException;
import io.fabric8.kubernetes.client.dsl.MixedOperation;
import io.fabric8.kubernetes.client.dsl.Resource;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * What Drover's adapters rely on in a Kubernetes API; runs unchanged against the lab's server and a
 * real kube-apiserver.
 */
abstract class KubeConformance {
  protected KubernetesClient client;
  protected String namespace;

  /** A connection to the server under test, as somebody who may do everything. */
  abstract Config config();

  @BeforeEach
  void connect() {
    client = new KubernetesClientBuilder().withConfig(config()).build();
    namespace = "herd-" + UUID.randomUUID().toString().substring(0, 8);
    client
        .resource(
            new NamespaceBuilder().withNewMetadata().withName(namespace).endMetadata().build())
        .create();
  }

  @AfterEach
  void disconnect() {
    client.namespaces().withName(namespace).delete();
    client.close();
  }

  @Test
  void watch_tells_of_created_and_deleted() throws Exception {
    BlockingQueue<String> events = new LinkedBlockingQueue<>();
    try (var watch =
        vms()
            .inNamespace(namespace)
            .watch(
                new Watcher<>() {
                  @Override
                  public void eventReceived(Action action, GenericKubernetesResource vm) {
                    events.add(action + " " + vm.getMetadata().getName());
                  }

                  @Override
                  public void onClose(WatcherException cause) {}
                })) {
      client.resource(vm("web-1")).create();
      vms().inNamespace(namespace).withName("web-1").delete();
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("ADDED web-1");
      assertThat(events.poll(10, TimeUnit.SECONDS)).isEqualTo("DELETED web-1");
    }
  }

  @Test
  void a_second_create_is_a_conflict() {
    client.resource(vm("web-1")).create();
    var refusal =
        catchThrowableOfType(
            KubernetesClientException.class, () -> client.resource(vm("web-1")).create());
    assertThat(refusal.getCode()).isEqualTo(409);
    assertThat(refusal.getStatus().getReason()).isEqualTo("AlreadyExists");
  }

  MixedOperation<
          GenericKubernetesResource,
          GenericKubernetesResourceList,
          Resource<GenericKubernetesResource>>
      vms() {
    return client.genericKubernetesResources(
        new ResourceDefinitionContext.Builder()
            .withGroup("kubevirt.io")
            .withVersion("v1")
            .withKind("VirtualMachine")
            .withPlural("virtualmachines")
            .withNamespaced(true)
            .build());
  }

  GenericKubernetesResource vm(String name) {
    GenericKubernetesResource vm = new GenericKubernetesResource();
    vm.setApiVersion("kubevirt.io/v1");
    vm.setKind("VirtualMachine");
    vm.setMetadata(
        new io.fabric8.kubernetes.api.model.ObjectMetaBuilder()
            .withName(name)
            .withNamespace(namespace)
            .build());
    vm.setAdditionalProperty(
        "spec",
        Map.of(
            "runStrategy",
            "Halted",
            "template",
            Map.of("spec", Map.of("domain", Map.of("devices", Map.of())))));
    return vm;
  }
}
