// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import io.drover.planner.assess.TargetName;
import java.util.Set;
import java.util.TreeSet;

/** Gives each VM a name that Kubernetes can carry: RFC 1123 label, unique in its namespace. */
final class TargetNames {
  private final Set<String> taken = new TreeSet<>();

  /** A name for {@code source} in {@code namespace} that was not given before. */
  String of(String namespace, String source) {
    String base = TargetName.nearest(source);
    String name = base;
    for (int i = 2; !taken.add(namespace + "/" + name); i++) {
      name = base + "-" + i;
    }
    return name;
  }
}
