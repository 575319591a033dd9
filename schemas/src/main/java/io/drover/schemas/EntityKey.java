// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas;

/**
 * The identity of anything the inventory knows: the site (vCenter instance UUID or cluster id), the
 * kind and the id within it (VM instance UUID, managed object id, Kubernetes name).
 */
public record EntityKey(String site, String kind, String id) {
  public static EntityKey ofVm(VmKey key) {
    return new EntityKey(key.vcenter(), "vm", key.vm());
  }

  @Override
  public String toString() {
    return site + "/" + kind + "/" + id;
  }
}
