// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.virt;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.lab.cluster.control.faults.ClusterFaults;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.cluster.control.kube.Doc;
import io.drover.lab.cluster.control.kube.Kind;
import io.drover.lab.cluster.control.kube.Pods;
import io.drover.lab.cluster.control.kube.World;
import io.fabric8.kubernetes.api.model.Quantity;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.Optional;

/** Plays the scheduler for launcher pods: a node that is ready, fits, and has the CPU model. */
final class Scheduler {

  /** What a launcher pod needs beside its guest, about as KubeVirt reckons it. */
  private static final long OVERHEAD = 250L << 20;

  /** KubeVirt's default: ten virtual CPUs ask for one. */
  private static final long CPU_RATIO = 10;

  private final World world;
  private final ClusterFaults faults;

  Scheduler(World world, ClusterFaults faults) {
    this.world = world;
    this.faults = faults;
  }

  /** The node with most memory left that takes the instance; empty when none does. */
  Optional<String> nodeFor(Doc instance) {
    if (faults
        .strike(Fault.What.UNSCHEDULABLE, instance.namespace(), instance.name())
        .isPresent()) {
      return Optional.empty();
    }
    return world.list(Kind.NODE).stream()
        .filter(Pods::takesPods)
        .filter(node -> selects(instance, node))
        .filter(node -> memoryLeft(node) >= memoryRequest(instance))
        .filter(node -> cpuMillisLeft(node) >= cpuMillisRequest(instance))
        .max(Comparator.comparingLong(this::memoryLeft).thenComparing(Doc::name))
        .map(Doc::name);
  }

  /** Why no node takes it, in the scheduler's words. */
  String refusal(Doc instance) {
    int all = world.list(Kind.NODE).size();
    long selected = world.list(Kind.NODE).stream().filter(n -> selects(instance, n)).count();
    String why =
        selected == 0
            ? all + " node(s) didn't match Pod's node affinity/selector"
            : selected + " Insufficient memory";
    return "0/" + all + " nodes are available: " + why + ".";
  }

  /** Memory that the launcher pod asks for, in bytes. */
  static long memoryRequest(Doc instance) {
    return guestMemory(instance) + OVERHEAD;
  }

  /** Memory of the guest in bytes. */
  static long guestMemory(Doc instance) {
    String guest = instance.text("/spec/domain/memory/guest");
    return Doc.bytes(
        guest.isEmpty() ? instance.text("/spec/domain/resources/requests/memory") : guest);
  }

  /** CPU that the launcher pod asks for, in thousandths. */
  static long cpuMillisRequest(Doc instance) {
    String asked = instance.text("/spec/domain/resources/requests/cpu");
    return asked.isEmpty() ? vcpus(instance) * 1000 / CPU_RATIO : millis(asked);
  }

  private static long vcpus(Doc instance) {
    JsonNode cpu = instance.at("/spec/domain/cpu");
    return Math.max(1L, cpu.path("cores").asLong(1))
        * Math.max(1L, cpu.path("sockets").asLong(1))
        * Math.max(1L, cpu.path("threads").asLong(1));
  }

  private boolean selects(Doc instance, Doc node) {
    for (var wanted : instance.at("/spec/nodeSelector").properties()) {
      if (!node.label(wanted.getKey()).equals(wanted.getValue().asText())) {
        return false;
      }
    }
    String model = instance.text("/spec/domain/cpu/model");
    return model.isEmpty()
        || model.startsWith("host-")
        || node.label("cpu-model.node.kubevirt.io/" + model).equals("true");
  }

  private long memoryLeft(Doc node) {
    return Doc.bytes(node.text("/status/allocatable/memory"))
        - asked(node, "/resources/requests/memory", false);
  }

  private long cpuMillisLeft(Doc node) {
    return millis(node.text("/status/allocatable/cpu"))
        - asked(node, "/resources/requests/cpu", true);
  }

  private long asked(Doc node, String pointer, boolean cpu) {
    long sum = 0;
    for (Doc pod : world.list(Kind.POD)) {
      if (pod.text("/spec/nodeName").equals(node.name())
          && !pod.text("/status/phase").matches("Succeeded|Failed")) {
        for (JsonNode container : pod.at("/spec/containers")) {
          String text = container.at(pointer).asText("");
          sum += text.isEmpty() ? 0 : cpu ? millis(text) : Doc.bytes(text);
        }
      }
    }
    return sum;
  }

  private static long millis(String quantity) {
    return quantity.isEmpty()
        ? 0
        : Quantity.parse(quantity)
            .getNumericalAmount()
            .multiply(BigDecimal.valueOf(1000))
            .longValue();
  }
}
