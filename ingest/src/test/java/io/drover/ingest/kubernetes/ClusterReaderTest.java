// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.api.model.Node;
import io.fabric8.kubernetes.api.model.NodeBuilder;
import io.fabric8.kubernetes.api.model.TaintBuilder;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Which nodes count as room for VMs. */
class ClusterReaderTest {
  @ParameterizedTest
  @CsvSource({
    "True, false, , , true",
    "True, true, , , false",
    "False, false, , , false",
    "Unknown, false, , , false",
    "True, false, node-role.kubernetes.io/control-plane, NoSchedule, false",
    "True, false, gpu, NoExecute, false",
    "True, false, gpu, PreferNoSchedule, true",
    // The cluster's own: what its condition says, and it may lag behind.
    "True, false, node.kubernetes.io/not-ready, NoSchedule, true",
  })
  void a_node_takes_our_vms_where_it_is_ready_and_keeps_nobody_away(
      String ready,
      boolean cordoned,
      @Nullable String taint,
      @Nullable String effect,
      boolean takes) {
    Node node =
        new NodeBuilder()
            .withNewSpec()
            .withUnschedulable(cordoned ? Boolean.TRUE : null)
            .endSpec()
            .withNewStatus()
            .addNewCondition()
            .withType("Ready")
            .withStatus(ready)
            .endCondition()
            .endStatus()
            .build();
    if (taint != null) {
      node.getSpec()
          .setTaints(List.of(new TaintBuilder().withKey(taint).withEffect(effect).build()));
    }

    boolean found = ClusterReader.takesPods(node);

    assertThat(found).isEqualTo(takes);
  }
}
