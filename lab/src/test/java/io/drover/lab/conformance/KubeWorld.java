// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.conformance;

import io.drover.lab.cluster.api.AggregatedApi;
import io.fabric8.kubernetes.client.Config;

/** A running API server that the suite can talk to, whoever provides it. */
public interface KubeWorld extends AutoCloseable {

  /** A connection of somebody who may do everything. */
  Config admin();

  /** A connection of the user "lab-limited", who may do nothing but what roles grant. */
  Config limited();

  /**
   * Makes the server answer below the API's group and version with it; may take some seconds to
   * show.
   */
  void serve(AggregatedApi api);

  @Override
  void close();
}
