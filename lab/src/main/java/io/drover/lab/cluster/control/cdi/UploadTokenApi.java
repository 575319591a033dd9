// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.control.cdi;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.AggregatedApi;
import io.drover.lab.cluster.api.ApiCall;
import io.drover.lab.cluster.api.ApiFailure;
import io.drover.lab.cluster.control.kube.Doc;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Plays CDI's aggregated API {@code upload.cdi.kubevirt.io/v1beta1}: a POST gives an upload token.
 */
public final class UploadTokenApi implements AggregatedApi {

  private static final Pattern PATH =
      Pattern.compile(
          "/apis/upload\\.cdi\\.kubevirt\\.io/v1beta1/namespaces/([^/]+)/uploadtokenrequests");

  private final UploadTokens tokens;

  /** Tokens of this signer. */
  public UploadTokenApi(UploadTokens tokens) {
    this.tokens = tokens;
  }

  @Override
  public String group() {
    return "upload.cdi.kubevirt.io";
  }

  @Override
  public String version() {
    return "v1beta1";
  }

  @Override
  public ObjectNode resources() {
    ObjectNode list = Doc.object();
    list.put("kind", "APIResourceList").put("apiVersion", "v1");
    list.put("groupVersion", group() + "/" + version());
    ObjectNode resource = list.putArray("resources").addObject();
    resource.put("name", "uploadtokenrequests").put("singularName", "uploadtokenrequest");
    resource.put("namespaced", true).put("kind", "UploadTokenRequest");
    resource.putArray("verbs").add("create");
    return list;
  }

  @Override
  public Answer answer(ApiCall request) {
    Matcher path = PATH.matcher(request.path());
    if (!path.matches()) {
      throw ApiFailure.of(404, "NotFound", "the server could not find the requested resource");
    }
    if (!request.method().equals("POST")) {
      throw ApiFailure.of(
          405,
          "MethodNotAllowed",
          "the server does not allow this method on the requested resource");
    }
    Doc sent;
    try {
      sent = Doc.parse(new String(request.body(), StandardCharsets.UTF_8));
    } catch (IllegalArgumentException e) {
      throw ApiFailure.badRequest("the object provided is unreadable: " + e.getMessage());
    }
    if (sent.text("/spec/pvcName").isEmpty()) {
      throw ApiFailure.badRequest("spec.pvcName is required");
    }
    return Answer.json(200, tokens.answer(path.group(1), sent).json());
  }
}
