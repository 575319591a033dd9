// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * An API that the server does not keep in its store but hands to somebody: KubeVirt's subresources,
 * CDI's upload tokens. The same handler is mounted in the lab API server ({@link
 * LabApiServer#mount}) or served by an {@link AggregatedApiServer} behind a real kube-apiserver.
 */
public interface AggregatedApi {

  /** The API group, for example {@code upload.cdi.kubevirt.io}. */
  String group();

  /** The version, for example {@code v1beta1}. */
  String version();

  /** The {@code APIResourceList} of discovery. */
  ObjectNode resources();

  /**
   * Answers one request below {@code /apis/GROUP/VERSION}; may block.
   *
   * @param request the request; its path is the full one
   * @return the answer
   * @throws ApiFailure to refuse; any other exception becomes a 500
   */
  Answer answer(ApiCall request);

  /**
   * What an aggregated API answers.
   *
   * @param code the HTTP status code
   * @param contentType the media type of the body
   * @param body the bytes
   */
  record Answer(int code, String contentType, byte[] body) {
    /** An answer of one JSON object. */
    public static Answer json(int code, ObjectNode object) {
      return new Answer(code, "application/json", Json.bytes(object));
    }

    /** 202 with no body, as KubeVirt answers start and stop. */
    public static Answer accepted() {
      return new Answer(202, "text/plain", new byte[0]);
    }
  }
}
