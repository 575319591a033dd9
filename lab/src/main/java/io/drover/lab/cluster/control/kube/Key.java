// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.kube;

/**
 * What a controller is woken for: an object by namespace (empty for cluster-wide kinds) and name.
 *
 * @param namespace namespace, or empty
 * @param name object name
 */
public record Key(String namespace, String name) {

  @Override
  public String toString() {
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
