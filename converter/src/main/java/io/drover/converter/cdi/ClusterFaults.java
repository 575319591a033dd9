// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import io.drover.converter.CopyFault;
import io.drover.schemas.Problem;
import io.fabric8.kubernetes.client.KubernetesClientException;
import java.util.function.Supplier;

/** Turns what the Kubernetes API says into what the brain can react to. */
final class ClusterFaults {
  /** Code of what was written by somebody else since it was read, or is there already. */
  static final String CONFLICT = "cluster-answered-409";

  private static final String QUOTA = "quota-exceeded";
  private static final String MORE_QUOTA = "Raise the quota of the namespace, or make room in it.";

  private ClusterFaults() {}

  /** CDI cannot make what it needs, for a quota has no room: others may leave it yet. */
  static CopyFault overQuota(String what) {
    return new CopyFault(Problem.Kind.TRANSIENT, QUOTA, what, MORE_QUOTA);
  }

  /** Does it; a refusal of the API server becomes a problem that names what was being done. */
  static <T> T named(String doing, Supplier<T> action) {
    try {
      return action.get();
    } catch (KubernetesClientException fault) {
      throw fault(doing, fault);
    }
  }

  static CopyFault fault(String doing, KubernetesClientException fault) {
    int code = fault.getCode();
    // The client gives what never came to an answer the code -1, or 0.
    boolean answered = code > 0;
    String said =
        fault.getStatus() != null && fault.getStatus().getMessage() != null
            ? fault.getStatus().getMessage()
            : answered ? String.valueOf(fault.getMessage()) : unanswered(fault);
    return new CopyFault(
        new Problem(
            kind(code),
            !answered
                ? "cluster-unreachable"
                : fullQuota(code, said) ? QUOTA : "cluster-answered-" + code,
            "Could not " + doing + ": " + said + ".",
            remedy(code, said)),
        fault);
  }

  /** What is behind a call that was not answered; the client itself only says which one failed. */
  private static String unanswered(Throwable fault) {
    Throwable root = fault;
    while (root.getCause() != null && root.getCause() != root) {
      root = root.getCause();
    }
    String kind = root.getClass().getSimpleName();
    return "no answer (" + (root.getMessage() == null ? kind : root.getMessage()) + ")";
  }

  private static Problem.Kind kind(int code) {
    // A token that expired is an outage: it is renewed, and copies wait for that.
    if (code <= 0 || code == 401 || code == 429 || code >= 500) {
      return Problem.Kind.UNAVAILABLE;
    }
    if (code == 409 || code == 404 || code == 410) {
      return Problem.Kind.TRANSIENT;
    }
    return Problem.Kind.REFUSED;
  }

  /** By the words of the API server's admission: it answers as where a right is missing. */
  private static boolean fullQuota(int code, String said) {
    return (code == 403 || code == 409) && said.contains("exceeded quota");
  }

  private static String remedy(int code, String said) {
    if (code <= 0 || code >= 500 || code == 429) {
      return "Check the API server of the target cluster; it is tried again.";
    }
    if (fullQuota(code, said)) {
      return MORE_QUOTA;
    }
    if (code == 401) {
      return "Renew the token or certificate of Drover's account; it is tried again.";
    }
    if (code == 403) {
      return "Bind the role drover-target of deploy/rbac.yaml to Drover's account here.";
    }
    return "See the message of the API server.";
  }
}
