// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.ApiFailure.Cause;
import io.drover.lab.cluster.api.ResourceType.Trait;
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
  private final FieldSchemas schemas;
  private final Quotas quotas;

  ObjectRules(LabStore store, ResourceTable table, FieldSchemas schemas) {
    this.store = store;
    this.schemas = schemas;
    this.quotas = new Quotas(store, table);
    this.namespaces = table.named("namespaces");
  }

  FieldSchema schema(ResourceType type) {
    return schemas.of(type);
  }

  /** The object as the server understands it: right type, known fields, defaults of its schema. */
  ObjectNode decoded(ApiCall call, ResourceType type, ObjectNode sent) {
    ObjectNode object = sent.deepCopy();
    typed(type, object);
    Json.metadata(object);
    FieldCheck check = FieldCheck.of(object, schemas.of(type), type.has(Trait.CUSTOM));
    List<String> unknown =
        check.unknown().stream().map(path -> "unknown field \"" + path + "\"").toList();
    switch (call.validation()) {
      case STRICT -> {
        if (!unknown.isEmpty()) {
          throw strict(call, type, String.join(", ", unknown));
        }
      }
      case WARN -> call.warnings().addAll(unknown);
      case IGNORE -> {}
    }
    if (!check.wrong().isEmpty()) {
      for (Cause cause : check.wrong()) {
        // A type that its own kinds do not have never gets as far as validation.
        if (!type.has(Trait.CUSTOM) && cause.reason().equals("FieldValueTypeInvalid")) {
          throw ApiFailure.badRequest(handled(type) + "json: " + cause.sentence());
        }
      }
      throw ApiFailure.invalid(type, Json.name(object), check.wrong());
    }
    return object;
  }

  private static void typed(ResourceType type, ObjectNode object) {
    String apiVersion = Json.text(object, "apiVersion");
    String kind = Json.text(object, "kind");
    boolean custom = type.has(Trait.CUSTOM);
    if (custom && kind.isEmpty()) {
      throw ApiFailure.badRequest(
          "the object provided is unrecognized (must be of type "
              + type.kind()
              + "): Object 'Kind' is missing in the body of the request");
    }
    // For its own kinds the server takes both from the URL.
    if (!apiVersion.equals(type.apiVersion()) && (custom || !apiVersion.isEmpty())) {
      throw ApiFailure.badRequest(
          "the API version in the data ("
              + apiVersion
              + ") does not match the expected API version ("
              + type.apiVersion()
              + ")");
    }
    if (custom && !kind.equals(type.kind())) {
      throw ApiFailure.invalid(
          type,
          Json.name(object),
          List.of(Cause.invalid("kind", "\"" + kind + "\"", "must be " + type.kind())));
    }
    if (!kind.isEmpty() && !kind.equals(type.kind())) {
      throw ApiFailure.badRequest(
          kind + " in version \"" + type.version() + "\" cannot be handled as a " + type.kind());
    }
    object.put("apiVersion", type.apiVersion()).put("kind", type.kind());
  }

  private static ApiFailure strict(ApiCall call, ResourceType type, String unknown) {
    return call.method().equals("PATCH")
        ? ApiFailure.of(
            422,
            "Invalid",
            " \"\" is invalid: patch: Invalid value: the patched object: strict decoding error: "
                + unknown)
        : ApiFailure.badRequest(handled(type) + "strict decoding error: " + unknown);
  }

  private static String handled(ResourceType type) {
    return type.kind()
        + " in version \""
        + type.version()
        + "\" cannot be handled as a "
        + type.kind()
        + ": ";
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

  /** Adds what an object of this kind gets when it is created. */
  void born(ResourceType type, ObjectNode object) {
    Defaults.born(type, object);
  }

  /** Fills in what the server adds to an object of this kind. */
  void completed(ResourceType type, ObjectNode object) {
    Defaults.fill(type, object);
  }

  /** Refuses a new object that breaks a rule. */
  void createAllowed(ResourceType type, ObjectNode object) {
    String name = Json.name(object);
    if (type.namespaced()) {
      quotas.admit(type, object);
    }
    KindRules.admit(type, object);
    List<Cause> causes = new ArrayList<>();
    if (name.isEmpty()) {
      causes.add(Cause.required("metadata.name", "name or generateName is required"));
    } else {
      nameCauses(type, name, causes);
    }
    metadataCauses(object, causes);
    KindRules.validate(type, object, causes);
    if (!causes.isEmpty()) {
      throw ApiFailure.invalid(type, name, causes);
    }
  }

  /** Refuses a change that breaks a rule. */
  void updateAllowed(Target target, ObjectNode current, ObjectNode next) {
    if (target.subresource().equals("status")) {
      return;
    }
    boolean leaving = next.path("metadata").has("deletionTimestamp");
    if (!leaving) {
      KindRules.admit(target.type(), next);
    }
    List<Cause> causes = new ArrayList<>();
    metadataCauses(next, causes);
    KindRules.validate(target.type(), next, causes);
    KindRules.change(target.type(), current, next, causes);
    if (leaving) {
      finalizerCauses(current, next, causes);
    }
    if (!causes.isEmpty()) {
      throw ApiFailure.invalid(target.type(), target.name(), causes);
    }
  }

  /** What is going away can lose its finalizers, but get no new ones. */
  private static void finalizerCauses(ObjectNode current, ObjectNode next, List<Cause> causes) {
    List<String> had = AccessControl.texts(current.path("metadata").path("finalizers"));
    List<String> added =
        new ArrayList<>(AccessControl.texts(next.path("metadata").path("finalizers")));
    added.removeAll(had);
    if (!added.isEmpty()) {
      causes.add(
          Cause.forbidden(
              "metadata.finalizers",
              "no new finalizers can be added if the object is being deleted, found new finalizers "
                  + added));
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

  private static void metadataCauses(ObjectNode object, List<Cause> causes) {
    JsonNode finalizers = object.path("metadata").path("finalizers");
    for (int i = 0; i < finalizers.size(); i++) {
      String finalizer = finalizers.path(i).asText();
      if (!finalizer.contains("/")
          && !finalizer.equals(Deletion.ORPHAN)
          && !finalizer.equals(Deletion.FOREGROUND)) {
        causes.add(
            Cause.invalid(
                "metadata.finalizers[" + i + "]",
                "\"" + finalizer + "\"",
                "name is neither a standard finalizer name nor is it fully qualified"));
      }
    }
    for (var label : object.path("metadata").path("labels").properties()) {
      String key = label.getKey().substring(label.getKey().lastIndexOf('/') + 1);
      if (key.length() > 63 || !key.matches("([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]")) {
        causes.add(
            Cause.invalid(
                "metadata.labels",
                "\"" + label.getKey() + "\"",
                "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character"
                    + " (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is"
                    + " '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"));
      }
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
