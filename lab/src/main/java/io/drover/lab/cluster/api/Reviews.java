// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.AccessRule.Question;
import java.util.List;

/**
 * Answers the questions of {@code authorization.k8s.io} and {@code authentication.k8s.io}: who am
 * I, may I, what may I.
 */
final class Reviews {
  private final AccessControl access;

  Reviews(AccessControl access) {
    this.access = access;
  }

  ObjectNode answer(ApiCall call, ResourceType type, ObjectNode review) {
    ObjectNode answer = review.deepCopy();
    Json.metadata(answer);
    switch (type.kind()) {
      case "SelfSubjectAccessReview" -> mayI(call.who(), answer);
      case "SubjectAccessReview" -> {
        JsonNode spec = answer.path("spec");
        mayI(
            new LabUser(
                Json.text(spec, "user"), AccessControl.texts(spec.path("groups")), "", List.of()),
            answer);
      }
      case "SelfSubjectRulesReview" -> whatMayI(call.who(), answer);
      case "TokenReview" -> whose(Json.text(review, "spec", "token"), answer);
      case "SelfSubjectReview" ->
          user(Json.child(Json.child(answer, "status"), "userInfo"), call.who());
      default -> throw ApiFailure.methodNotAllowed();
    }
    return answer;
  }

  private void mayI(LabUser user, ObjectNode review) {
    JsonNode asked = review.path("spec").path("resourceAttributes");
    if (asked.isMissingNode() && !review.path("spec").has("nonResourceAttributes")) {
      throw ApiFailure.badRequest(
          "spec.resourceAttributes: exactly one of nonResourceAttributes or resourceAttributes must be specified");
    }
    Question question =
        new Question(
            Json.text(asked, "verb"),
            Json.text(asked, "group"),
            Json.text(asked, "resource"),
            Json.text(asked, "subresource"),
            Json.text(asked, "namespace"),
            Json.text(asked, "name"));
    boolean allowed =
        asked.isMissingNode()
            ? user.groups().contains("system:masters")
            : access.allowed(user, question);
    ObjectNode status = review.putObject("status").put("allowed", allowed);
    if (!allowed) {
      status.put("reason", "no rule of the user, and no role bound to it, allows this");
    }
  }

  private void whatMayI(LabUser user, ObjectNode review) {
    String namespace = Json.text(review, "spec", "namespace");
    if (namespace.isEmpty()) {
      throw ApiFailure.badRequest("no namespace on request");
    }
    ObjectNode status = review.putObject("status");
    ArrayNode rules = status.putArray("resourceRules");
    for (AccessRule rule : access.rules(user)) {
      if (rule.namespace().isEmpty() || rule.namespace().equals(namespace)) {
        ObjectNode node = rules.addObject();
        rule.verbs().forEach(node.putArray("verbs")::add);
        rule.groups().forEach(node.putArray("apiGroups")::add);
        rule.resources().forEach(node.putArray("resources")::add);
        if (!rule.names().isEmpty()) {
          rule.names().forEach(node.putArray("resourceNames")::add);
        }
      }
    }
    status.putArray("nonResourceRules");
    status.put("incomplete", false);
  }

  private void whose(String token, ObjectNode review) {
    ObjectNode status = review.putObject("status");
    LabUser user = access.byToken(token);
    status.put("authenticated", user != null);
    if (user != null) {
      user(status.putObject("user"), user);
    }
  }

  private static void user(ObjectNode info, LabUser user) {
    info.put("username", user.name());
    user.groups().forEach(info.putArray("groups")::add);
  }
}
