// SPDX-License-Identifier: Apache-2.0
package io.drover.executor.kubevirt;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.executor.kubevirt.Rights.Right;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The roles that are shipped grant what the code asks for: no more, no less. */
class RightsTest {
  private static final Path ROLES = Path.of("..", Rights.SHIPPED);

  @Test
  void the_shipped_roles_are_drawn_of_the_table() throws IOException {
    String drawn =
        """
        # SPDX-License-Identifier: Apache-2.0
        #
        # What Drover's account may do in the target cluster; drawn of Rights.java, do not edit:
        #   mvn -pl executor -am test -Dtest=RightsTest -Ddrover.docs=write
        #
        #   kubectl apply -f deploy/rbac.yaml
        #   kubectl create namespace drover
        #   kubectl create serviceaccount drover --namespace drover
        #   kubectl create clusterrolebinding drover-inventory \\
        #     --clusterrole drover-inventory --serviceaccount drover:drover
        #   kubectl create rolebinding drover-target --namespace TARGET \\
        #     --clusterrole drover-target --serviceaccount drover:drover
        #
        # The last one once for each target namespace. drover-secrets, likewise, is bound only where drover.yaml
        # names Secrets. `drover check` says what is missing.
        """
            + role("drover-inventory", "reads what the cluster offers", Rights.EVERYWHERE)
            + role("drover-target", "moves VMs into the namespace it is bound in", Rights.target())
            + role(
                "drover-secrets",
                "reads the Secrets that drover.yaml names (secret:NAMESPACE/NAME/KEY) in the namespace it is bound in",
                Rights.SECRETS);
    if ("write".equals(System.getProperty("drover.docs"))) {
      Files.createDirectories(ROLES.getParent());
      Files.writeString(ROLES, drawn);
    }

    assertThat(Files.readString(ROLES)).isEqualTo(drawn);
  }

  @Test
  void a_kind_that_both_journeys_and_copies_use_is_granted_once_with_all_verbs() {
    assertThat(Rights.target().stream().filter(right -> right.resource().equals("pods")))
        .singleElement()
        .satisfies(right -> assertThat(right.verbs()).containsExactly("delete", "list"));
  }

  private static String role(String name, String does, List<Right> rights) {
    var text =
        new StringBuilder()
            .append("---\n# ")
            .append(does)
            .append("\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\n")
            .append("metadata:\n  name: ")
            .append(name)
            .append("\nrules:\n");
    for (Right right : rights) {
      text.append("  - apiGroups: [\"")
          .append(right.group())
          .append("\"]\n    resources: [")
          .append(right.resource())
          .append("]\n    verbs: [")
          .append(String.join(", ", right.verbs()))
          .append("]\n");
    }
    return text.toString();
  }
}
