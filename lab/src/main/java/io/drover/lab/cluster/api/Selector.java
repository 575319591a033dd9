// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which objects a list or watch asks for. Grammar of labels: {@code k=v}, {@code k==v}, {@code
 * k!=v}, {@code k in (a,b)}, {@code k notin (a,b)}, {@code k}, {@code !k}, joined by commas; of
 * fields: {@code path=v} and {@code path!=v}.
 */
final class Selector implements Predicate<ObjectNode> {
  private static final Pattern SET = Pattern.compile("(\\S+)\\s+(in|notin)\\s+\\(([^)]*)\\)");
  private static final Pattern EQUAL = Pattern.compile("([^=!\\s]+)\\s*(==|=|!=)\\s*(\\S*)");
  private static final Pattern KEY = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_./]*[A-Za-z0-9])?");
  private static final Set<String> COMMON_FIELDS = Set.of("metadata.name", "metadata.namespace");

  private final List<Predicate<ObjectNode>> terms = new ArrayList<>();

  private Selector() {}

  static Selector of(ResourceType type, String labels, String fields) {
    Selector selector = new Selector();
    for (String term : split(labels)) {
      selector.terms.add(label(term));
    }
    for (String term : split(fields)) {
      selector.terms.add(field(type, term));
    }
    return selector;
  }

  @Override
  public boolean test(ObjectNode object) {
    return terms.stream().allMatch(term -> term.test(object));
  }

  private static Predicate<ObjectNode> label(String term) {
    Matcher set = SET.matcher(term);
    if (set.matches()) {
      String key = key(set.group(1));
      Set<String> values = Set.of(set.group(3).trim().split("\\s*,\\s*"));
      return set.group(2).equals("in")
          ? object -> labels(object).has(key) && values.contains(labels(object).path(key).asText())
          : object ->
              !labels(object).has(key) || !values.contains(labels(object).path(key).asText());
    }
    Matcher equal = EQUAL.matcher(term);
    if (equal.matches()) {
      String key = key(equal.group(1));
      String value = equal.group(3);
      // "!=" also holds for an object that has no such label.
      return equal.group(2).equals("!=")
          ? object -> !labels(object).has(key) || !labels(object).path(key).asText().equals(value)
          : object -> labels(object).has(key) && labels(object).path(key).asText().equals(value);
    }
    if (term.startsWith("!")) {
      String key = key(term.substring(1).trim());
      return object -> !labels(object).has(key);
    }
    String key = key(term);
    return object -> labels(object).has(key);
  }

  private static String key(String key) {
    if (!KEY.matcher(key).matches()) {
      throw ApiFailure.badRequest(
          "unable to parse requirement: <nil>: Invalid value: \""
              + key
              + "\": name part must consist of alphanumeric characters, '-', '_' or '.'");
    }
    return key;
  }

  private static Predicate<ObjectNode> field(ResourceType type, String term) {
    Matcher equal = EQUAL.matcher(term);
    if (!equal.matches()) {
      throw ApiFailure.badRequest(
          "invalid selector: '" + term + "'; can't understand '" + term + "'");
    }
    String path = equal.group(1);
    if (!COMMON_FIELDS.contains(path) && !fieldsOf(type).contains(path)) {
      throw ApiFailure.badRequest(
          type.has(ResourceType.Trait.CUSTOM)
              ? "field label not supported: " + path
              : "field label not supported: " + path);
    }
    boolean wanted = !equal.group(2).equals("!=");
    String value = equal.group(3);
    return object -> value(object, path).equals(value) == wanted;
  }

  private static Set<String> fieldsOf(ResourceType type) {
    return switch (type.qualified()) {
      case "pods" ->
          Set.of(
              "status.phase",
              "spec.nodeName",
              "spec.restartPolicy",
              "spec.serviceAccountName",
              "status.podIP",
              "spec.schedulerName");
      case "events" ->
          Set.of(
              "involvedObject.kind",
              "involvedObject.name",
              "involvedObject.namespace",
              "involvedObject.uid",
              "reason",
              "type",
              "source",
              "involvedObject.apiVersion");
      case "namespaces" -> Set.of("status.phase");
      case "secrets" -> Set.of("type");
      case "nodes" -> Set.of("spec.unschedulable");
      case "jobs.batch" -> Set.of("status.successful");
      default -> Set.of();
    };
  }

  private static String value(JsonNode object, String path) {
    JsonNode at = object;
    for (String part : path.split("\\.")) {
      at = at.path(part);
    }
    return at.asText("");
  }

  private static JsonNode labels(ObjectNode object) {
    return object.path("metadata").path("labels");
  }

  /** Splits at commas that stand outside parentheses. */
  private static List<String> split(String text) {
    List<String> terms = new ArrayList<>();
    int depth = 0;
    StringBuilder term = new StringBuilder();
    for (char c : text.toCharArray()) {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      if (c == ',' && depth == 0) {
        terms.add(term.toString().trim());
        term.setLength(0);
      } else {
        term.append(c);
      }
    }
    terms.add(term.toString().trim());
    terms.removeIf(String::isEmpty);
    return terms;
  }
}
