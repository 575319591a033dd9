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
  private static final String FULL = "claims \"a\" is forbidden: exceeded quota: herd, used: 2Gi";

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
    Problem full = problem(403, FULL);
    Problem forbidden = problem(403, "claims is forbidden: no right");

    assertThat(full.code()).isEqualTo("quota-exceeded");
    assertThat(full.kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(full.remedy()).contains("Raise the quota");
    assertThat(forbidden.code()).isEqualTo("cluster-answered-403");
    assertThat(forbidden.remedy()).contains("Bind the role");
  }

  @Test
  void anOutageIsOneWhateverItSays() {
    Problem outage = problem(503, FULL);

    assertThat(outage.code()).isEqualTo("cluster-answered-503");
    assertThat(outage.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
  }

  private static Problem problem(int code, String said) {
    return ClusterFaults.fault(
            "create claim herd/a",
            new KubernetesClientException(
                said, code, new StatusBuilder().withCode(code).withMessage(said).build()))
        .problem();
  }
}
