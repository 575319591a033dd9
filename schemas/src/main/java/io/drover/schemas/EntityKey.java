// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

import java.util.List;

/**
 * The identity of anything the inventory knows: the site (vCenter instance UUID or cluster id), the
 * kind and the id within it (VM instance UUID, managed object id, Kubernetes name).
 */
public record EntityKey(String site, String kind, String id) {
  /** What there is, at the sources and at the target. */
  public static final List<String> KINDS =
      List.of(
          "vm",
          "host",
          "cluster",
          "datastore",
          "network",
          "vcenter",
          "node",
          "storageclass",
          "quota",
          "platform",
          "site");

  public static EntityKey ofVm(VmKey key) {
    return new EntityKey(key.vcenter(), "vm", key.vm());
  }

  @Override
  public String toString() {
    return site + "/" + kind + "/" + id;
  }
}
