// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.kube.Controller;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Key;
import io.drover.lab.cluster.control.kube.Kind;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** Plays the node controller: a node that a rule calls lost is not ready until the rule is gone. */
final class NodeController implements Controller {

  private static final Duration LOOK = Duration.ofMillis(200);

  private final Virt virt;

  NodeController(Virt virt) {
    this.virt = virt;
  }

  @Override
  public String name() {
    return "nodes";
  }

  @Override
  public Set<Kind> watches() {
    return Set.of(Kind.NODE);
  }

  @Override
  public List<Key> wakes(Kind kind, Doc changed) {
    return List.of(changed.key());
  }

  @Override
  public Duration reconcile(Key key) {
    Optional<Doc> node = virt.world().get(Kind.NODE, key);
    if (node.isEmpty()) {
      return Duration.ZERO;
    }
    boolean lost = virt.faults().active(Fault.What.NODE_LOST, "", key.name());
    Doc copy = node.get().copy();
    boolean changed =
        lost
            ? copy.setCondition(
                "Ready",
                "Unknown",
                "NodeStatusUnknown",
                "Kubelet stopped posting node status.",
                "lastHeartbeatTime")
            : copy.condition("Ready").equals("Unknown")
                && copy.setCondition(
                    "Ready",
                    "True",
                    "KubeletReady",
                    "kubelet is posting ready status",
                    "lastHeartbeatTime");
    if (changed) {
      var _ = virt.world().wrote(Kind.NODE, virt.kube().replaceStatus(Kind.NODE, copy));
    }
    return LOOK;
  }
}
