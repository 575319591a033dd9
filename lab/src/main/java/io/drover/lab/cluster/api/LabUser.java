// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import java.util.List;

/**
 * Somebody who may talk to the lab API server, known by a bearer token.
 *
 * @param name the user name; "system:serviceaccount:NAMESPACE:NAME" for a service account
 * @param groups the groups; "system:masters" may do everything
 * @param token the bearer token
 * @param allowed what this user may do beside what Roles and ClusterRoles in the store grant
 */
public record LabUser(String name, List<String> groups, String token, List<AccessRule> allowed) {

  /** A user who may do everything. */
  public static LabUser admin(String name, String token) {
    return new LabUser(name, List.of("system:masters", "system:authenticated"), token, List.of());
  }

  /** A user who may do nothing but what the rules and the roles in the store say. */
  public static LabUser limited(String name, String token, AccessRule... allowed) {
    return new LabUser(name, List.of("system:authenticated"), token, List.of(allowed));
  }

  /** Never shows the token. */
  @Override
  public String toString() {
    return "LabUser[" + name + "]";
  }
}
