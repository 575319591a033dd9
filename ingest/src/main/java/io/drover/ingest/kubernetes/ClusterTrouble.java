// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import io.drover.schemas.Problem;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.net.ConnectException;
import java.net.URL;
import java.nio.channels.UnresolvedAddressException;
import java.util.List;

/** Says why a cluster cannot be looked at, and what a person does about it. */
public final class ClusterTrouble {
  private static final String GRANT =
      "Bind the role drover-inventory of deploy/rbac.yaml to its account, as this version ships"
          + " it.";

  private ClusterTrouble() {}

  /** Why nothing of a cluster is seen. */
  public static Problem of(URL cluster, KubernetesClientException fault) {
    return switch (fault.getCode()) {
      case 401 ->
          new Problem(
              Problem.Kind.REFUSED,
              "cluster-login-refused",
              where(cluster) + " does not accept the credential of cluster.kubeconfig.",
              "Renew the token in it, which is taken up without a restart, or its certificate,"
                  + " which is not; or name another context.");
      case 403 ->
          new Problem(
              Problem.Kind.REFUSED,
              "cluster-not-allowed",
              where(cluster) + " does not let Drover look: " + said(fault) + ".",
              GRANT);
      default ->
          new Problem(
              Problem.Kind.UNAVAILABLE,
              "cluster-unreachable",
              where(cluster) + " cannot be read" + why(fault) + ".",
              "See that its address in cluster.kubeconfig is right and that it answers from here.");
    };
  }

  /**
   * Why some kinds of a cluster are not seen.
   *
   * @param hidden as {@code plural.group}
   */
  static Problem partly(URL cluster, List<String> hidden) {
    return new Problem(
        Problem.Kind.REFUSED,
        "cluster-partly-hidden",
        where(cluster) + " shows Drover's account no " + String.join(", ", hidden) + ".",
        GRANT);
  }

  private static String where(URL cluster) {
    return "The cluster at " + cluster;
  }

  private static String said(KubernetesClientException fault) {
    return fault.getStatus() == null || fault.getStatus().getMessage() == null
        ? String.valueOf(fault.getMessage())
        : fault.getStatus().getMessage();
  }

  private static String why(KubernetesClientException fault) {
    Throwable root = fault;
    boolean connecting = false;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
      connecting |= root instanceof ConnectException;
    }
    if (fault.getCode() > 0) {
      return ": it answers " + fault.getCode();
    }
    return " (" + (root.getMessage() == null ? unsaid(root, connecting) : root.getMessage()) + ")";
  }

  /** The JDK's client says nothing of the two that are met most. */
  private static String unsaid(Throwable root, boolean connecting) {
    return root instanceof UnresolvedAddressException
        ? "its name does not resolve"
        : connecting ? "it refuses the connection" : root.getClass().getSimpleName();
  }
}
