// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

/**
 * What a request is about.
 *
 * @param namespace "" for cluster-wide kinds and for lists over all namespaces
 * @param name "" for a collection
 * @param subresource "" for the object itself
 */
record Target(ResourceType type, String namespace, String name, String subresource) {
  AccessRule.Question question(String verb) {
    // A namespace lies in itself: a Role there may show it.
    String where = type.qualified().equals("namespaces") ? name : namespace;
    return new AccessRule.Question(verb, type.group(), type.plural(), subresource, where, name);
  }

  ApiFailure notFound() {
    return ApiFailure.notFound(type, name);
  }
}
