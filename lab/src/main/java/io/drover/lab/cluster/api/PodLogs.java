// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

/**
 * Where the text of {@code GET pods/NAME/log} comes from: whoever plays the kubelet plugs it in.
 */
@FunctionalInterface
public interface PodLogs {
  /**
   * The log of a container so far.
   *
   * @param container "" when the client named none
   * @throws ApiFailure 404 or 400 when there is no such log
   */
  String read(String namespace, String pod, String container);
}
