// SPDX-License-Identifier: Apache-2.0
package io.drover.planner;

import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** Gives each VM a name that Kubernetes can carry: RFC 1123 label, unique in its namespace. */
final class TargetNames {
  /** Room for the suffixes of volumes and Jobs within 63 characters. */
  static final int LONGEST = 40;

  private final Set<String> taken = new TreeSet<>();

  /** A name for {@code source} in {@code namespace} that was not given before. */
  String of(String namespace, String source) {
    String base =
        source.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    if (base.isEmpty()) {
      base = "vm";
    }
    base = base.substring(0, Math.min(LONGEST, base.length())).replaceAll("-+$", "");
    String name = base;
    for (int i = 2; !taken.add(namespace + "/" + name); i++) {
      name = base + "-" + i;
    }
    return name;
  }
}
