// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.AccessRule.Question;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Who sent a request, and may they: bearer tokens, the rules given with a user, and the RBAC
 * objects in the store.
 */
final class AccessControl {
  private final LabStore store;
  private final ResourceTable table;
  private final Map<String, LabUser> byToken = new ConcurrentHashMap<>();

  AccessControl(LabStore store, ResourceTable table, List<LabUser> users) {
    this.store = store;
    this.table = table;
    users.forEach(this::add);
  }

  void add(LabUser user) {
    byToken.put(user.token(), user);
  }

  /** Ends a token, as the expiry of a session does. */
  void revoke(String token) {
    byToken.remove(token);
  }

  @Nullable LabUser byToken(String token) {
    return byToken.get(token);
  }

  /** The user of a call; 401 when its token is missing or unknown. */
  LabUser authenticate(ApiCall call) {
    String header = call.header("authorization");
    LabUser user =
        header.regionMatches(true, 0, "Bearer ", 0, 7)
            ? byToken.get(header.substring(7).trim())
            : null;
    if (user == null) {
      throw ApiFailure.unauthorized();
    }
    return user;
  }

  /** 403 unless the user may do this. */
  void authorize(LabUser user, Target target, String verb) {
    Question question = target.question(verb);
    if (!allowed(user, question)) {
      String resource =
          question.resource()
              + (question.subresource().isEmpty() ? "" : "/" + question.subresource());
      throw ApiFailure.forbidden(
          target.type(),
          target.name(),
          "User \""
              + user.name()
              + "\" cannot "
              + verb
              + " resource \""
              + resource
              + "\" in API group \""
              + question.group()
              + "\""
              + (question.namespace().isEmpty()
                  ? " at the cluster scope"
                  : " in the namespace \"" + question.namespace() + "\""));
    }
  }

  boolean allowed(LabUser user, Question question) {
    return user.groups().contains("system:masters")
        || rules(user).stream().anyMatch(rule -> rule.allows(question));
  }

  /** All that a user may do, from its own rules and the bindings in the store. */
  List<AccessRule> rules(LabUser user) {
    List<AccessRule> rules = new ArrayList<>(user.allowed());
    if (user.groups().contains("system:masters")) {
      rules.add(new AccessRule("", List.of("*"), List.of("*"), List.of("*"), List.of()));
    }
    // Everybody who is known may ask what they may do.
    rules.add(
        AccessRule.everywhere(
            "authorization.k8s.io",
            List.of("selfsubjectaccessreviews", "selfsubjectrulesreviews"),
            List.of("create")));
    rules.add(
        AccessRule.everywhere(
            "authentication.k8s.io", List.of("selfsubjectreviews"), List.of("create")));
    for (ObjectNode binding : store.stored(rbac("clusterrolebindings"), "")) {
      if (binds(binding, user)) {
        grant(binding, "", rules);
      }
    }
    for (ObjectNode binding : store.stored(rbac("rolebindings"), "")) {
      if (binds(binding, user)) {
        grant(binding, Json.namespace(binding), rules);
      }
    }
    return rules;
  }

  private ResourceType rbac(String plural) {
    return table.named(plural + ".rbac.authorization.k8s.io");
  }

  private static boolean binds(ObjectNode binding, LabUser user) {
    for (JsonNode subject : binding.path("subjects")) {
      String name = Json.text(subject, "name");
      boolean mine =
          switch (Json.text(subject, "kind")) {
            case "User" -> user.name().equals(name);
            case "Group" -> user.groups().contains(name);
            case "ServiceAccount" ->
                user.name()
                    .equals(
                        "system:serviceaccount:" + Json.text(subject, "namespace") + ":" + name);
            default -> false;
          };
      if (mine) {
        return true;
      }
    }
    return false;
  }

  private void grant(ObjectNode binding, String namespace, List<AccessRule> rules) {
    boolean wide = Json.text(binding, "roleRef", "kind").equals("ClusterRole");
    ObjectNode role =
        store.stored(
            rbac(wide ? "clusterroles" : "roles"),
            wide ? "" : namespace,
            Json.text(binding, "roleRef", "name"));
    if (role == null) {
      return;
    }
    for (JsonNode rule : role.path("rules")) {
      rules.add(
          new AccessRule(
              namespace,
              texts(rule.path("apiGroups")),
              texts(rule.path("resources")),
              texts(rule.path("verbs")),
              texts(rule.path("resourceNames"))));
    }
  }

  static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(item -> texts.add(item.asText()));
    return texts;
  }
}
