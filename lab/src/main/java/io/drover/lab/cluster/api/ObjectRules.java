// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.ApiFailure.Cause;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/**
 * What an object must be like before it is stored: type and name, a namespace that takes it,
 * defaults, and the rules of its kind.
 */
final class ObjectRules {
  private static final Pattern SUBDOMAIN =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  private final LabStore store;
  private final ResourceType namespaces;

  ObjectRules(LabStore store, ResourceTable table) {
    this.store = store;
    this.namespaces = table.named("namespaces");
  }

  /** The object as the server understands it: right type, known fields. */
  ObjectNode decoded(ApiCall call, ResourceType type, ObjectNode sent) {
    String apiVersion = Json.text(sent, "apiVersion");
    String kind = Json.text(sent, "kind");
    if (kind.isEmpty()) {
      throw ApiFailure.badRequest("Object 'Kind' is missing in the body of the request");
    }
    if (apiVersion.isEmpty()) {
      throw ApiFailure.badRequest("Object 'apiVersion' is missing in the body of the request");
    }
    if (!apiVersion.equals(type.apiVersion())) {
      throw ApiFailure.badRequest(
          "the API version in the data ("
              + apiVersion
              + ") does not match the expected API version ("
              + type.apiVersion()
              + ")");
    }
    if (!kind.equals(type.kind())) {
      throw ApiFailure.badRequest(
          "the kind in the data ("
              + kind
              + ") does not match the expected kind ("
              + type.kind()
              + ")");
    }
    return sent.deepCopy();
  }

  /** 404 when the namespace is not there, 403 when it is going away. */
  void namespaceTakes(Target target, String name) {
    if (!target.type().namespaced()) {
      return;
    }
    ObjectNode namespace = store.stored(namespaces, "", target.namespace());
    if (namespace == null) {
      throw ApiFailure.notFound(namespaces, target.namespace());
    }
    if (namespace.path("metadata").has("deletionTimestamp")) {
      throw ApiFailure.forbidden(
              target.type(),
              name,
              "unable to create new content in namespace "
                  + target.namespace()
                  + " because it is being terminated")
          .causes(
              List.of(
                  new Cause(
                      "NamespaceTerminating",
                      "metadata.namespace",
                      "namespace " + target.namespace() + " is being terminated")));
    }
  }

  /** Fills in what the server adds to an object of this kind. */
  void completed(ResourceType type, ObjectNode object) {
    Defaults.fill(type, object);
  }

  /** Refuses a new object that breaks a rule. */
  void createAllowed(ApiCall call, ResourceType type, ObjectNode object) {
    String name = Json.name(object);
    List<Cause> causes = new ArrayList<>();
    if (name.isEmpty()) {
      causes.add(Cause.required("metadata.name", "name or generateName is required"));
    } else {
      nameCauses(type, name, causes);
    }
    labelCauses(object, causes);
    if (!causes.isEmpty()) {
      throw ApiFailure.invalid(type, name, causes);
    }
  }

  /** Refuses a change that breaks a rule. */
  void updateAllowed(ApiCall call, Target target, ObjectNode current, ObjectNode next) {
    List<Cause> causes = new ArrayList<>();
    labelCauses(next, causes);
    if (!causes.isEmpty()) {
      throw ApiFailure.invalid(target.type(), target.name(), causes);
    }
  }

  private static void nameCauses(ResourceType type, String name, List<Cause> causes) {
    if (type.group().equals("rbac.authorization.k8s.io")) {
      return;
    }
    boolean label = type.qualified().equals("namespaces") || type.qualified().equals("services");
    int longest = label ? 63 : 253;
    if (name.length() > longest) {
      causes.add(
          Cause.invalid(
              "metadata.name",
              "\"" + name + "\"",
              "must be no more than " + longest + " characters"));
    }
    if (!SUBDOMAIN.matcher(name).matches() || (label && name.contains("."))) {
      causes.add(
          Cause.invalid(
              "metadata.name",
              "\"" + name + "\"",
              label
                  ? "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an"
                      + " alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is"
                      + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
                  : "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end"
                      + " with an alphanumeric character (e.g. 'example.com', regex used for validation is"
                      + " '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"));
    }
  }

  private static void labelCauses(ObjectNode object, List<Cause> causes) {
    for (var label : object.path("metadata").path("labels").properties()) {
      JsonNode value = label.getValue();
      String text = value.asText();
      if (text.length() > 63) {
        causes.add(
            Cause.invalid("metadata.labels", "\"" + text + "\"", "must be no more than 63 bytes"));
      }
      if (!text.isEmpty() && !text.matches("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")) {
        causes.add(
            Cause.invalid(
                "metadata.labels",
                "\"" + text + "\"",
                "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with"
                    + " an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is"
                    + " '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"));
      }
    }
  }
}
