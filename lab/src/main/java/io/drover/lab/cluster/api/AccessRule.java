// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import java.util.List;

/**
 * What somebody may do, in the words of an RBAC PolicyRule.
 *
 * @param namespace where, "" for everywhere
 * @param groups API groups, "*" for all
 * @param resources resources, "resource/subresource", "*" for all
 * @param verbs get, list, watch, create, update, patch, delete, deletecollection, "*" for all
 * @param names only these objects; empty for all
 */
public record AccessRule(
    String namespace,
    List<String> groups,
    List<String> resources,
    List<String> verbs,
    List<String> names) {

  /** Rule over all objects of some resources of one group in all namespaces. */
  public static AccessRule everywhere(String group, List<String> resources, List<String> verbs) {
    return new AccessRule("", List.of(group), resources, verbs, List.of());
  }

  boolean allows(Question question) {
    return (namespace.isEmpty() || namespace.equals(question.namespace()))
        && covers(groups, question.group())
        && resource(question)
        && covers(verbs, question.verb())
        && (names.isEmpty() || names.contains(question.name()));
  }

  private boolean resource(Question question) {
    if (question.subresource().isEmpty()) {
      return covers(resources, question.resource());
    }
    return resources.contains("*")
        || resources.contains(question.resource() + "/" + question.subresource())
        || resources.contains("*/" + question.subresource());
  }

  private static boolean covers(List<String> allowed, String asked) {
    return allowed.contains("*") || allowed.contains(asked);
  }

  /** May somebody do this? */
  record Question(
      String verb,
      String group,
      String resource,
      String subresource,
      String namespace,
      String name) {}
}
