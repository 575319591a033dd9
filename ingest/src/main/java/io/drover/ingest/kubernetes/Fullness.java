// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import io.drover.ingest.kubernetes.Listing.Kind;
import io.fabric8.kubernetes.api.model.Container;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.ListOptionsBuilder;
import io.fabric8.kubernetes.api.model.Pod;
import io.fabric8.kubernetes.api.model.PodList;
import io.fabric8.kubernetes.api.model.PodSpec;
import io.fabric8.kubernetes.api.model.Quantity;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How full a cluster is: what pods ask of each node, and what drivers say of the room of their
 * storage classes. In steps, else every pod would be a fact.
 */
final class Fullness {
  /** Pods of one answer: a large cluster has tens of thousands. */
  private static final long PAGE = 500;

  private static final int STEPS = 64;

  /**
   * What pods ask of one node.
   *
   * @param millis thousandths of a CPU
   */
  record Asked(double millis, double bytes) {
    private Asked and(Asked more) {
      return new Asked(millis + more.millis, bytes + more.bytes);
    }

    private Asked orMore(Asked other) {
      return new Asked(Math.max(millis, other.millis), Math.max(bytes, other.bytes));
    }
  }

  private static final Asked NOTHING = new Asked(0, 0);

  private final @Nullable Map<String, Asked> nodes;
  private final Map<String, Double> free = new HashMap<>();

  Fullness(KubernetesClient client, Listing listing) {
    var asked = new HashMap<String, Asked>();
    boolean shown = listing.shows(Kind.POD, () -> sum(client, asked));
    this.nodes = shown ? asked : null;
    for (GenericKubernetesResource one : listing.all(Kind.CAPACITY)) {
      Object storageClass = one.getAdditionalProperties().get("storageClassName");
      Object capacity = one.getAdditionalProperties().get("capacity");
      if (storageClass != null && capacity != null) {
        free.merge(storageClass.toString(), bytes(new Quantity(capacity.toString())), Double::sum);
      }
    }
  }

  private static void sum(KubernetesClient client, Map<String, Asked> asked) {
    String more = null;
    do {
      PodList page =
          client
              .pods()
              .inAnyNamespace()
              .list(new ListOptionsBuilder().withLimit(PAGE).withContinue(more).build());
      for (Pod pod : page.getItems()) {
        PodSpec spec = pod.getSpec();
        String phase = pod.getStatus() == null ? "" : pod.getStatus().getPhase();
        boolean over = "Succeeded".equals(phase) || "Failed".equals(phase);
        if (spec != null && spec.getNodeName() != null && !over) {
          asked.merge(spec.getNodeName(), of(spec), Asked::and);
        }
      }
      more = page.getMetadata() == null ? null : page.getMetadata().getContinue();
    } while (more != null && !more.isEmpty());
  }

  /** As the scheduler counts: all containers together, or the most that one asks before them. */
  private static Asked of(PodSpec spec) {
    Asked sum = NOTHING;
    for (Container container : orNone(spec.getContainers())) {
      sum = sum.and(of(container));
    }
    for (Container container : orNone(spec.getInitContainers())) {
      sum =
          "Always".equals(container.getRestartPolicy())
              ? sum.and(of(container))
              : sum.orMore(of(container));
    }
    return spec.getOverhead() == null ? sum : sum.and(of(spec.getOverhead()));
  }

  private static <T> List<T> orNone(@Nullable List<T> list) {
    return list == null ? new ArrayList<>() : list;
  }

  private static Asked of(Container container) {
    Map<String, Quantity> requests =
        container.getResources() == null ? null : container.getResources().getRequests();
    return requests == null ? NOTHING : of(requests);
  }

  private static Asked of(Map<String, Quantity> requests) {
    Quantity cpu = requests.get("cpu");
    Quantity memory = requests.get("memory");
    return new Asked(
        cpu == null ? 0 : cpu.getNumericalAmount().doubleValue() * 1000,
        memory == null ? 0 : bytes(memory));
  }

  private static double bytes(Quantity quantity) {
    return Quantity.getAmountInBytes(quantity).doubleValue();
  }

  /** Thousandths of its CPUs that pods ask of a node, null if they are hidden. */
  @Nullable Long askedMillis(String node, long allocatable) {
    return nodes == null
        ? null
        : up(nodes.getOrDefault(node, NOTHING).millis(), Math.max(1, allocatable / STEPS));
  }

  /** Memory that pods ask of a node, null if they are hidden. */
  @Nullable Long askedBytes(String node, long allocatable) {
    return nodes == null
        ? null
        : up(nodes.getOrDefault(node, NOTHING).bytes(), Math.max(1, allocatable / STEPS));
  }

  private static long up(double value, long step) {
    return (long) Math.ceil(value / step) * step;
  }

  /** Room of a storage class, null if its driver says nothing. */
  @Nullable Long freeBytes(String storageClass) {
    Double bytes = free.get(storageClass);
    if (bytes == null) {
      return null;
    }
    long step = Math.max(1 << 20, Long.highestOneBit(bytes.longValue()) / STEPS);
    return bytes.longValue() / step * step;
  }
}
