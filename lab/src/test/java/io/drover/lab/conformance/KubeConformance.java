// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import io.fabric8.kubernetes.api.model.NamespaceBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.util.UUID;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/**
 * What Drover's adapters and the lab's controllers rely on in a Kubernetes API, spoken to with the
 * client that they use. Runs unchanged against the lab's API server and a real kube-apiserver with
 * the definitions of KubeVirt, CDI and the snapshot controller.
 */
public abstract class KubeConformance
    implements KubeWriteRules,
        KubePatchRules,
        KubeDeleteRules,
        KubeFieldRules,
        KubeReadRules,
        KubeWatchRules,
        KubeAccessRules,
        KubeEyeRules {
  private KubernetesClient client;
  private String namespace;

  @BeforeEach
  void connect() {
    client = new KubernetesClientBuilder().withConfig(world().admin()).build();
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

  @Override
  public KubernetesClient client() {
    return client;
  }

  @Override
  public String namespace() {
    return namespace;
  }
}
