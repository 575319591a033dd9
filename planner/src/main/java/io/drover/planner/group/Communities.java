// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.group;

import io.drover.planner.schedule.SplitMix;
import java.util.Arrays;
import java.util.List;
import java.util.TreeMap;

/**
 * Communities of atoms by their affinity: local moving for modularity with a bound on size, level
 * by level (Blondel et al. 2008), then every community that fell apart is split and single atoms
 * move to where they have more affinity (the refinement of Traag et al. 2019 in a plain form). The
 * same seed gives the same communities.
 */
final class Communities {
  private static final int ROUNDS = 12;

  private final int[] sizes;
  private final List<Grouping.Edge> edges;
  private final int largest;
  private final SplitMix random;

  Communities(int[] sizes, List<Grouping.Edge> edges, int largest, long seed) {
    this.sizes = sizes;
    this.edges = edges;
    this.largest = largest;
    this.random = new SplitMix(seed);
  }

  /** The number of the community of each atom, numbered by their first atom. */
  int[] find() {
    int[] community = new int[sizes.length];
    for (int i = 0; i < sizes.length; i++) {
      community[i] = i;
    }
    int[] nodeSizes = sizes;
    var graph = Graph.of(sizes.length, edges);
    while (true) {
      int[] moved = renumbered(move(graph, nodeSizes));
      int count = Arrays.stream(moved).max().orElse(-1) + 1;
      if (count == graph.size()) {
        break;
      }
      for (int i = 0; i < community.length; i++) {
        community[i] = moved[community[i]];
      }
      int[] merged = new int[count];
      for (int n = 0; n < moved.length; n++) {
        merged[moved[n]] += nodeSizes[n];
      }
      graph = graph.merged(moved, count);
      nodeSizes = merged;
    }
    return renumbered(refined(Graph.of(sizes.length, edges), community));
  }

  /** Local moving: each node to the neighbour community with the highest gain in modularity. */
  private int[] move(Graph graph, int[] nodeSizes) {
    int n = graph.size();
    int[] community = new int[n];
    double[] weight = new double[n];
    int[] size = nodeSizes.clone();
    double total = 0;
    for (int i = 0; i < n; i++) {
      community[i] = i;
      weight[i] = graph.degree[i];
      total += graph.degree[i];
    }
    if (total == 0) {
      return community;
    }
    int[] order = shuffled(n);
    for (int round = 0; round < ROUNDS; round++) {
      boolean changed = false;
      for (int i : order) {
        int from = community[i];
        var toward = toward(graph, community, i);
        weight[from] -= graph.degree[i];
        size[from] -= nodeSizes[i];
        int best = from;
        double bestGain = toward.getOrDefault(from, 0.0) - graph.degree[i] * weight[from] / total;
        for (var entry : toward.entrySet()) {
          int to = entry.getKey();
          double gain = entry.getValue() - graph.degree[i] * weight[to] / total;
          if (to != from && size[to] + nodeSizes[i] <= largest && gain > bestGain + 1e-9) {
            best = to;
            bestGain = gain;
          }
        }
        community[i] = best;
        weight[best] += graph.degree[i];
        size[best] += nodeSizes[i];
        changed |= best != from;
      }
      if (!changed) {
        break;
      }
    }
    return community;
  }

  private static TreeMap<Integer, Double> toward(Graph graph, int[] community, int i) {
    var toward = new TreeMap<Integer, Double>();
    for (int e = graph.first[i]; e < graph.first[i + 1]; e++) {
      toward.merge(community[graph.to[e]], graph.weight[e], Double::sum);
    }
    return toward;
  }

  /** Splits what is not connected, then moves single atoms to where they cut least. */
  private int[] refined(Graph graph, int[] community) {
    int[] connected = connected(graph, community);
    int[] size = new int[connected.length];
    for (int i = 0; i < connected.length; i++) {
      size[connected[i]] += sizes[i];
    }
    for (int round = 0; round < 3; round++) {
      for (int i : shuffled(connected.length)) {
        int from = connected[i];
        var toward = toward(graph, connected, i);
        int best = from;
        double most = toward.getOrDefault(from, 0.0);
        for (var entry : toward.entrySet()) {
          if (entry.getValue() > most + 1e-9 && size[entry.getKey()] + sizes[i] <= largest) {
            best = entry.getKey();
            most = entry.getValue();
          }
        }
        size[from] -= sizes[i];
        size[best] += sizes[i];
        connected[i] = best;
      }
    }
    return connected;
  }

  private static int[] connected(Graph graph, int[] community) {
    int[] part = new int[community.length];
    Arrays.fill(part, -1);
    for (int i = 0; i < part.length; i++) {
      if (part[i] >= 0) {
        continue;
      }
      var queue = new java.util.ArrayDeque<Integer>();
      queue.add(i);
      part[i] = i;
      while (!queue.isEmpty()) {
        int node = queue.remove();
        for (int e = graph.first[node]; e < graph.first[node + 1]; e++) {
          int next = graph.to[e];
          if (part[next] < 0 && community[next] == community[i]) {
            part[next] = i;
            queue.add(next);
          }
        }
      }
    }
    return part;
  }

  private int[] shuffled(int n) {
    int[] order = new int[n];
    for (int i = 0; i < n; i++) {
      int j = random.below(i + 1);
      order[i] = order[j];
      order[j] = i;
    }
    return order;
  }

  private static int[] renumbered(int[] community) {
    int[] name = new int[community.length];
    Arrays.fill(name, -1);
    int[] result = new int[community.length];
    int next = 0;
    for (int i = 0; i < community.length; i++) {
      if (name[community[i]] < 0) {
        name[community[i]] = next++;
      }
      result[i] = name[community[i]];
    }
    return result;
  }

  /** Neighbours in rows, both directions of every edge. */
  @SuppressWarnings("ArrayRecordComponent")
  private record Graph(int[] first, int[] to, double[] weight, double[] degree) {
    int size() {
      return degree.length;
    }

    static Graph of(int nodes, List<Grouping.Edge> edges) {
      int[] first = new int[nodes + 1];
      double[] degree = new double[nodes];
      for (Grouping.Edge edge : edges) {
        first[edge.a() + 1]++;
        first[edge.b() + 1]++;
        degree[edge.a()] += edge.weight();
        degree[edge.b()] += edge.weight();
      }
      for (int i = 0; i < nodes; i++) {
        first[i + 1] += first[i];
      }
      int[] at = Arrays.copyOf(first, nodes);
      int[] to = new int[first[nodes]];
      double[] weight = new double[first[nodes]];
      for (Grouping.Edge edge : edges) {
        to[at[edge.a()]] = edge.b();
        weight[at[edge.a()]++] = edge.weight();
        to[at[edge.b()]] = edge.a();
        weight[at[edge.b()]++] = edge.weight();
      }
      return new Graph(first, to, weight, degree);
    }

    /** The graph of communities; what is inside one still counts in its degree. */
    Graph merged(int[] community, int count) {
      var sums = new TreeMap<Long, Double>();
      for (int i = 0; i < size(); i++) {
        for (int e = first[i]; e < first[i + 1]; e++) {
          int a = community[i];
          int b = community[to[e]];
          if (a < b) {
            sums.merge(((long) a << 32) | b, weight[e], Double::sum);
          }
        }
      }
      var edges =
          sums.entrySet().stream()
              .map(s ->
                  new Grouping.Edge((int) (s.getKey() >>> 32), s.getKey().intValue(), s.getValue()))
              .toList();
      Graph plain = of(count, edges);
      double[] degrees = new double[count];
      for (int i = 0; i < size(); i++) {
        degrees[community[i]] += degree[i];
      }
      return new Graph(plain.first, plain.to, plain.weight, degrees);
    }
  }
}
