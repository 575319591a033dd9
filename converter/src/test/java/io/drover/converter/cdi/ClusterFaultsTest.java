// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
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
}
