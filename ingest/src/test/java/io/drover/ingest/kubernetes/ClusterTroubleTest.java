// SPDX-License-Identifier: Apache-2.0
package io.drover.ingest.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import io.fabric8.kubernetes.client.KubernetesClientException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URL;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.UnresolvedAddressException;
import org.junit.jupiter.api.Test;

/** What people read of a cluster that does not answer. */
class ClusterTroubleTest {
  /** As the JDK's client nests them: neither has a word of its own. */
  @Test
  void whatTheClientLeavesUnsaidIsSaid() throws Exception {
    assertThat(said(new ConnectException(), new ClosedChannelException()))
        .isEqualTo("The cluster at https://api:6443 cannot be read (it refuses the connection).");
    assertThat(said(new ConnectException(), new UnresolvedAddressException()))
        .isEqualTo("The cluster at https://api:6443 cannot be read (its name does not resolve).");
    assertThat(said(new IOException("x"), new IOException("certificate expired")))
        .isEqualTo("The cluster at https://api:6443 cannot be read (certificate expired).");
  }

  private static String said(Exception outer, Exception root) throws Exception {
    URL url = URI.create("https://api:6443").toURL();
    outer.initCause(root);
    return ClusterTrouble.of(url, new KubernetesClientException("An error", outer)).what();
  }
}
