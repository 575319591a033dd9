// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;

class ClusterFaultsTest {
  @Test
  void anApiServerThatIsNotThereIsAnOutageAndEndsNoCopy() throws Exception {
    var cluster = new ToldCluster(404);
    var client = cluster.client();
    cluster.gone();

    CopyFault fault =
        catchThrowableOfType(
            CopyFault.class,
            () ->
                ClusterFaults.named(
                    "list the claims of apps",
                    () -> client.persistentVolumeClaims().inNamespace("apps").list()));

    assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
    assertThat(fault.problem().code()).isEqualTo("cluster-unreachable");
    assertThat(fault.problem().what()).startsWith("Could not list the claims of apps: no answer (");
    assertThat(fault.problem().remedy()).contains("it is tried again");
    cluster.close();
  }

  @Test
  void aFullQuotaIsNotAMissingRight() {
    CopyFault full =
        ClusterFaults.fault(
            "create claim apps/disk-1",
            refused(
                "claims \"disk-1\" is forbidden: exceeded quota: herd, requested: storage=2Gi"));
    CopyFault forbidden =
        ClusterFaults.fault("create claim apps/disk-1", refused("claims is forbidden: no right"));

    assertThat(full.problem().code()).isEqualTo("quota-exceeded");
    assertThat(full.problem().remedy()).contains("Raise the quota");
    assertThat(forbidden.problem().code()).isEqualTo("cluster-answered-403");
    assertThat(forbidden.problem().remedy()).contains("Bind the role");
  }

  private static KubernetesClientException refused(String said) {
    return new KubernetesClientException(
        said, 403, new StatusBuilder().withCode(403).withMessage(said).build());
  }
}
