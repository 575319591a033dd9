// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * A refusal, in the form in which the Kubernetes API refuses: an HTTP code and a {@code Status}
 * object whose reason a client switches on. Codes, reasons and wordings follow the Kubernetes API
 * conventions ("Response Status Kind").
 */
public final class ApiFailure extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final int code;
  private final transient ObjectNode status;

  private ApiFailure(int code, String reason, String message) {
    super(message, null, false, false);
    this.code = code;
    ObjectNode node = Json.object();
    node.put("kind", "Status").put("apiVersion", "v1");
    node.putObject("metadata");
    node.put("status", "Failure").put("message", message);
    if (!reason.isEmpty()) {
      node.put("reason", reason);
    }
    node.put("code", code);
    this.status = node;
  }

  /** One field that made an object invalid, as it appears among a Status' causes. */
  public record Cause(String reason, String field, String message) {
    /** The sentence that kube-apiserver composes from a field error: "spec.x: Required value". */
    String sentence() {
      return field + ": " + message;
    }

    static Cause required(String field, String more) {
      return new Cause(
          "FieldValueRequired",
          field,
          more.isEmpty() ? "Required value" : "Required value: " + more);
    }

    static Cause invalid(String field, String value, String why) {
      return new Cause("FieldValueInvalid", field, "Invalid value: " + value + ": " + why);
    }

    static Cause forbidden(String field, String why) {
      return new Cause("FieldValueForbidden", field, "Forbidden: " + why);
    }
  }

  /** The HTTP status code. */
  public int code() {
    return code;
  }

  /** The {@code Status} object to send. */
  public ObjectNode status() {
    return status;
  }

  /** Any refusal, for handlers of aggregated APIs that have words of their own. */
  public static ApiFailure of(int code, String reason, String message) {
    return new ApiFailure(code, reason, message);
  }

  /** 400 with reason BadRequest. */
  public static ApiFailure badRequest(String message) {
    return new ApiFailure(400, "BadRequest", message);
  }

  static ApiFailure unauthorized() {
    return new ApiFailure(401, "Unauthorized", "Unauthorized");
  }

  static ApiFailure forbidden(ResourceType type, String name, String why) {
    String what = name.isEmpty() ? type.qualified() : type.qualified() + " \"" + name + "\"";
    return new ApiFailure(403, "Forbidden", what + " is forbidden: " + why)
        .about(type, name, type.plural());
  }

  static ApiFailure forbiddenPath(String message) {
    return new ApiFailure(403, "Forbidden", "forbidden: " + message);
  }

  static ApiFailure noSuchPath() {
    return new ApiFailure(404, "NotFound", "the server could not find the requested resource");
  }

  /** 404 for one object. */
  public static ApiFailure notFound(ResourceType type, String name) {
    return new ApiFailure(404, "NotFound", type.qualified() + " \"" + name + "\" not found")
        .about(type, name, type.plural());
  }

  static ApiFailure methodNotAllowed() {
    return new ApiFailure(
        405, "MethodNotAllowed", "the server does not allow this method on the requested resource");
  }

  static ApiFailure alreadyExists(ResourceType type, String name) {
    return new ApiFailure(
            409, "AlreadyExists", type.qualified() + " \"" + name + "\" already exists")
        .about(type, name, type.plural());
  }

  static ApiFailure conflict(ResourceType type, String name, String why) {
    return new ApiFailure(
            409,
            "Conflict",
            "Operation cannot be fulfilled on " + type.qualified() + " \"" + name + "\": " + why)
        .about(type, name, type.plural());
  }

  /** 409 for a DELETE whose precondition does not hold; here the server names the kind. */
  static ApiFailure precondition(ResourceType type, String name, String why) {
    return new ApiFailure(
            409,
            "Conflict",
            "Operation cannot be fulfilled on "
                + type.qualifiedKind()
                + " \""
                + name
                + "\": "
                + why)
        .about(type, name, type.kind());
  }

  static ApiFailure stale(ResourceType type, String name) {
    return conflict(
        type,
        name,
        "the object has been modified; please apply your changes to the latest version and try again");
  }

  static ApiFailure expired(String message) {
    return new ApiFailure(410, "Expired", message);
  }

  static ApiFailure unsupportedMediaType(String sent, String known) {
    return new ApiFailure(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - "
            + sent
            + ", accepted media types include: "
            + known);
  }

  /** 422: the object breaks its schema or a rule of its kind. */
  static ApiFailure invalid(ResourceType type, String name, List<Cause> causes) {
    String all =
        causes.size() == 1
            ? causes.getFirst().sentence()
            : "[" + String.join(", ", causes.stream().map(Cause::sentence).toList()) + "]";
    ApiFailure failure =
        new ApiFailure(
                422, "Invalid", type.qualifiedKind() + " \"" + name + "\" is invalid: " + all)
            .about(type, name, type.kind());
    failure.causes(causes);
    return failure;
  }

  /** 422 as an admission webhook says it; the words are the webhook's own. */
  static ApiFailure denied(String webhook, String why) {
    return new ApiFailure(
        422, "Invalid", "admission webhook \"" + webhook + "\" denied the request: " + why);
  }

  /** 429 with the seconds after which the client may ask again. */
  static ApiFailure tooManyRequests(int retryAfterSeconds) {
    ApiFailure failure =
        new ApiFailure(
            429,
            "TooManyRequests",
            "the server has received too many requests and has asked us to try again later");
    failure.status.putObject("details").put("retryAfterSeconds", retryAfterSeconds);
    return failure;
  }

  /** 500 with reason InternalError. */
  static ApiFailure internal(String message) {
    return new ApiFailure(500, "InternalError", "Internal error occurred: " + message);
  }

  ApiFailure causes(List<Cause> causes) {
    var list = Json.child(status, "details").putArray("causes");
    for (Cause cause : causes) {
      list.addObject()
          .put("reason", cause.reason())
          .put("message", cause.message())
          .put("field", cause.field());
    }
    return this;
  }

  private ApiFailure about(ResourceType type, String name, String kind) {
    ObjectNode details = Json.child(status, "details");
    if (!name.isEmpty()) {
      details.put("name", name);
    }
    if (!type.group().isEmpty()) {
      details.put("group", type.group());
    }
    details.put("kind", kind);
    return this;
  }
}
