// SPDX-License-Identifier: Apache-2.0
package io.drover.planner.assess;

import java.util.Locale;

/**
 * What a VM can be called in Kubernetes: an RFC 1123 label, with room for what is named after it.
 */
public final class TargetName {
  /** Room for the suffixes of volumes and Jobs within 63 characters. */
  public static final int LONGEST = 40;

  private TargetName() {}

  /** The name that comes nearest to {@code name}; the same where Kubernetes can carry it. */
  public static String nearest(String name) {
    String legal =
        name.toLowerCase(Locale.ROOT).replaceAll("[^a-z0-9]+", "-").replaceAll("^-+|-+$", "");
    return legal.isEmpty()
        ? "vm"
        : legal.substring(0, Math.min(LONGEST, legal.length())).replaceAll("-+$", "");
  }
}
