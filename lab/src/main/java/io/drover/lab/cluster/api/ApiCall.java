// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP request, apart from the transport that brought it.
 *
 * @param method GET, POST, PUT, PATCH or DELETE
 * @param path the decoded path
 * @param query decoded parameters, the first of each name
 * @param headers by lower-case name
 * @param body the bytes that were sent, maybe none
 * @param user who sent it; null until the server has looked at the token
 * @param warnings what the answer is to warn of; grows while the request is handled
 */
public record ApiCall(
    String method,
    String path,
    Map<String, String> query,
    Map<String, String> headers,
    byte[] body,
    @Nullable LabUser user,
    List<String> warnings) {

  /** A request about which the server has not warned yet. */
  public ApiCall(
      String method,
      String path,
      Map<String, String> query,
      Map<String, String> headers,
      byte[] body,
      @Nullable LabUser user) {
    this(method, path, query, headers, body, user, new CopyOnWriteArrayList<>());
  }

  ApiCall by(LabUser known) {
    return new ApiCall(method, path, query, headers, body, known, warnings);
  }

  /** A query parameter, "" when absent. */
  public String parameter(String name) {
    return query.getOrDefault(name, "");
  }

  boolean flag(String name) {
    String value = parameter(name);
    return value.equals("true")
        || value.equals("1")
        || (query.containsKey(name) && value.isEmpty());
  }

  /** A header, "" when absent. */
  public String header(String name) {
    return headers.getOrDefault(name.toLowerCase(Locale.ROOT), "");
  }

  /** The media type of the body without its parameters. */
  String mediaType() {
    String type = header("content-type");
    int end = type.indexOf(';');
    return (end < 0 ? type : type.substring(0, end)).trim().toLowerCase(Locale.ROOT);
  }

  boolean dryRun() {
    String dryRun = parameter("dryRun");
    if (dryRun.isEmpty() || dryRun.equals("All")) {
      return !dryRun.isEmpty();
    }
    throw invalidOption(
        "dryRun: Unsupported value: [\"" + dryRun + "\"]: supported values: \"All\"");
  }

  /** Whether unknown fields are refused, warned of, or ignored. */
  Validation validation() {
    return switch (parameter("fieldValidation")) {
      case "", "Warn" -> Validation.WARN;
      case "Strict" -> Validation.STRICT;
      case "Ignore" -> Validation.IGNORE;
      default ->
          throw invalidOption(
              "fieldValidation: Unsupported value: \""
                  + parameter("fieldValidation")
                  + "\": supported values: \"\", \"Ignore\", \"Strict\", \"Warn\"");
    };
  }

  /** What happens to unknown fields. */
  enum Validation {
    STRICT,
    WARN,
    IGNORE
  }

  private ApiFailure invalidOption(String why) {
    String options =
        method.equals("POST")
            ? "CreateOptions"
            : method.equals("PUT") ? "UpdateOptions" : "PatchOptions";
    return ApiFailure.of(422, "Invalid", options + ".meta.k8s.io \"\" is invalid: " + why);
  }

  /**
   * Who writes, for managedFields: the given field manager, else the first part of the user agent.
   */
  String manager() {
    String manager = parameter("fieldManager");
    if (!manager.isEmpty()) {
      return manager;
    }
    String agent = header("user-agent");
    int end = agent.indexOf('/');
    return agent.isEmpty() ? "unknown" : end < 0 ? agent : agent.substring(0, end);
  }

  LabUser who() {
    if (user == null) {
      throw ApiFailure.unauthorized();
    }
    return user;
  }
}
