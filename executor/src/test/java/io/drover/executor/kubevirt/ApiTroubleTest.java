// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.schemas.Problem;
import io.fabric8.kubernetes.api.model.StatusBuilder;
import io.fabric8.kubernetes.client.KubernetesClientException;
import org.junit.jupiter.api.Test;

/** What the API server refuses is told apart by what a person does about it. */
class ApiTroubleTest {
  private static final String FULL = "claims \"a\" is forbidden: exceeded quota: herd, used: 2Gi";

  @Test
  void aFullQuotaIsNotAMissingRight() {
    Problem full = problem(403, FULL);
    Problem forbidden = problem(403, "claims is forbidden: no right");

    assertThat(full.code()).isEqualTo("quota-exceeded");
    assertThat(full.kind()).isEqualTo(Problem.Kind.REFUSED);
    assertThat(full.remedy()).contains("Raise the quota");
    assertThat(forbidden.code()).isEqualTo("cluster-answered-403");
    assertThat(forbidden.remedy()).isEqualTo(Rights.REMEDY);
  }

  @Test
  void anOutageIsOneWhateverItSays() {
    Problem outage = problem(503, FULL);

    assertThat(outage.code()).isEqualTo("cluster-answered-503");
    assertThat(outage.kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
  }

  private static Problem problem(int code, String said) {
    return Api.trouble(
            "create claim herd/a",
            new KubernetesClientException(
                said, code, new StatusBuilder().withCode(code).withMessage(said).build()))
        .problem();
  }
}
