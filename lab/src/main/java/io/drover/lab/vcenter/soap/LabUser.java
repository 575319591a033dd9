// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.vcenter.soap;

import java.util.Set;

/**
 * Somebody who may log in to the lab vCenter.
 *
 * @param privileges what the role grants everywhere, such as VirtualMachine.Interact.PowerOn; "*"
 *     is all
 */
public record LabUser(String name, String password, Set<String> privileges) {
  private static final Set<String> SYSTEM =
      Set.of("System.Anonymous", "System.View", "System.Read");

  public LabUser {
    privileges = Set.copyOf(privileges);
  }

  /** One who may do everything. */
  public static LabUser administrator(String name, String password) {
    return new LabUser(name, password, Set.of("*"));
  }

  /** One who may look only. */
  public static LabUser readOnly(String name, String password) {
    return new LabUser(name, password, Set.of());
  }

  boolean may(String privilege) {
    return privileges.contains("*") || SYSTEM.contains(privilege) || privileges.contains(privilege);
  }

  @Override
  public String toString() {
    return name;
  }
}
