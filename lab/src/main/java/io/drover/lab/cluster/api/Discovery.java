// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.ResourceType.Trait;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Tells a client what the server serves: versions, groups, resources and their verbs. */
final class Discovery {
  private static final List<String> VERBS =
      List.of("create", "delete", "deletecollection", "get", "list", "patch", "update", "watch");

  private final ResourceTable table;
  private final Map<String, AggregatedApi> aggregated;

  Discovery(ResourceTable table, Map<String, AggregatedApi> aggregated) {
    this.table = table;
    this.aggregated = aggregated;
  }

  /** The discovery document at a path, or null when the path is none of discovery. */
  @Nullable ObjectNode answer(String path) {
    return switch (path) {
      case "/api" -> coreVersions();
      case "/apis" -> groups();
      case "/version" -> version();
      case "/openapi/v3" -> {
        ObjectNode paths = Json.object();
        paths.putObject("paths");
        yield paths;
      }
      default -> below(path.split("/"));
    };
  }

  private @Nullable ObjectNode below(String[] parts) {
    if (parts.length == 3 && parts[1].equals("api")) {
      return resources("", parts[2]);
    }
    if (parts.length == 4 && parts[1].equals("apis")) {
      AggregatedApi api = aggregated.get(parts[2] + "/" + parts[3]);
      return api != null ? api.resources() : resources(parts[2], parts[3]);
    }
    if (parts.length == 3 && parts[1].equals("apis")) {
      for (var node : groups().path("groups")) {
        if (node instanceof ObjectNode group && Json.text(group, "name").equals(parts[2])) {
          return group.put("kind", "APIGroup").put("apiVersion", "v1");
        }
      }
    }
    return null;
  }

  private static ObjectNode version() {
    return Json.object()
        .put("major", "1")
        .put("minor", "36")
        .put("gitVersion", "v1.36.4+drover-lab")
        .put("gitCommit", "")
        .put("gitTreeState", "clean")
        .put("buildDate", "1970-01-01T00:00:00Z")
        .put("goVersion", "")
        .put("compiler", "")
        .put("platform", "lab");
  }

  private static ObjectNode coreVersions() {
    ObjectNode versions = Json.object().put("kind", "APIVersions");
    versions.putArray("versions").add("v1");
    versions.putArray("serverAddressByClientCIDRs");
    return versions;
  }

  private ObjectNode groups() {
    ObjectNode list = Json.object().put("kind", "APIGroupList").put("apiVersion", "v1");
    ArrayNode groups = list.putArray("groups");
    table
        .groups()
        .forEach((group, versions) -> {
          if (!group.isEmpty()) {
            group(groups, group, versions);
          }
        });
    aggregated.keySet().stream()
        .sorted()
        .forEach(groupVersion -> {
          String[] parts = groupVersion.split("/");
          group(groups, parts[0], List.of(parts[1]));
        });
    return list;
  }

  private static void group(ArrayNode groups, String name, List<String> versions) {
    ObjectNode group = groups.addObject().put("name", name);
    ArrayNode list = group.putArray("versions");
    for (String version : versions) {
      list.addObject().put("groupVersion", name + "/" + version).put("version", version);
    }
    group
        .putObject("preferredVersion")
        .put("groupVersion", name + "/" + versions.getFirst())
        .put("version", versions.getFirst());
  }

  private @Nullable ObjectNode resources(String group, String version) {
    List<ResourceType> rows =
        table.rows().stream()
            .filter(row -> row.group().equals(group) && row.version().equals(version))
            .toList();
    if (rows.isEmpty()) {
      return null;
    }
    ObjectNode list = Json.object().put("kind", "APIResourceList").put("apiVersion", "v1");
    list.put("groupVersion", rows.getFirst().apiVersion());
    ArrayNode resources = list.putArray("resources");
    for (ResourceType row : rows) {
      List<String> verbs = row.has(Trait.REVIEW) ? List.of("create") : VERBS;
      ObjectNode resource = resource(resources, row, row.plural(), verbs);
      resource.put("singularName", row.singular());
      if (!row.shortNames().isEmpty()) {
        row.shortNames().forEach(resource.putArray("shortNames")::add);
      }
      if (row.has(Trait.STATUS)) {
        resource(resources, row, row.plural() + "/status", List.of("get", "patch", "update"));
      }
      if (row.qualified().equals("pods")) {
        resource(resources, row, "pods/log", List.of("get"));
      }
    }
    return list;
  }

  private static ObjectNode resource(
      ArrayNode resources, ResourceType row, String name, List<String> verbs) {
    ObjectNode resource =
        resources
            .addObject()
            .put("name", name)
            .put("singularName", "")
            .put("namespaced", row.namespaced());
    resource.put("kind", row.kind());
    verbs.forEach(resource.putArray("verbs")::add);
    return resource;
  }
}
