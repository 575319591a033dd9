// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.drover.lab.cluster.api.LabStore.Change;
import io.drover.lab.cluster.api.LabStore.Kind;
import io.drover.lab.cluster.api.ResourceType.Trait;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.stream.Stream;

/**
 * Serves what CustomResourceDefinitions define. A definition that is created over the API or read
 * from a folder adds a kind with its schema (types, required fields, enums, patterns and limits;
 * CEL rules are not evaluated); the kinds of the table have definitions too, for clients that look.
 */
final class CustomResources {
  private final LabStore store;
  private final ResourceTable table;
  private final FieldSchemas schemas;
  private final Timestamps now;
  private final ResourceType definitions;

  CustomResources(LabStore store, ResourceTable table, FieldSchemas schemas, Timestamps now) {
    this.store = store;
    this.table = table;
    this.schemas = schemas;
    this.now = now;
    this.definitions = table.named("customresourcedefinitions.apiextensions.k8s.io");
  }

  /**
   * Puts a definition into the store for every custom kind of the table, then follows the
   * definitions that come.
   */
  void start() {
    for (ResourceType row : table.rows()) {
      if (row.has(Trait.CUSTOM)) {
        put(definition(row));
      }
    }
    store.followAll(this::changed);
  }

  /**
   * Reads all definitions of a folder ({@code *.yaml}, one or more documents a file).
   *
   * @throws IllegalArgumentException when a file is unreadable or holds something else
   */
  void load(Path folder) {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.filter(f -> f.toString().endsWith(".yaml")).sorted().toList()) {
        var parser = Json.YAML.getFactory().createParser(file.toFile());
        for (JsonNode node : Json.YAML.readValues(parser, JsonNode.class).readAll()) {
          if (!(node instanceof ObjectNode object)
              || !Json.text(node, "kind").equals(definitions.kind())) {
            throw new IllegalArgumentException(
                "The folder of CRDs holds something else in "
                    + file.getFileName()
                    + "; take it out.");
          }
          put(object);
        }
      }
    } catch (IOException e) {
      throw new IllegalArgumentException(
          "The folder of CRDs cannot be read: " + folder + " (" + e.getMessage() + ")", e);
    }
  }

  private void put(ObjectNode definition) {
    ObjectNode metadata = Json.metadata(definition);
    metadata
        .put("uid", UUID.randomUUID().toString())
        .put("creationTimestamp", now.now())
        .put("generation", 1);
    Defaults.fill(definitions, definition);
    store.put(definitions, definition);
  }

  private static ObjectNode definition(ResourceType row) {
    ObjectNode definition =
        Json.object()
            .put("kind", "CustomResourceDefinition")
            .put("apiVersion", "apiextensions.k8s.io/v1");
    definition.putObject("metadata").put("name", row.qualified());
    ObjectNode spec =
        definition
            .putObject("spec")
            .put("group", row.group())
            .put("scope", row.namespaced() ? "Namespaced" : "Cluster");
    ObjectNode names =
        spec.putObject("names").put("plural", row.plural()).put("singular", row.singular());
    names.put("kind", row.kind()).put("listKind", row.kind() + "List");
    row.shortNames().forEach(names.withArray("shortNames")::add);
    ObjectNode version = spec.putArray("versions").addObject().put("name", row.version());
    version.put("served", true).put("storage", true);
    version
        .putObject("schema")
        .putObject("openAPIV3Schema")
        .put("type", "object")
        .put("x-kubernetes-preserve-unknown-fields", true);
    if (row.has(Trait.STATUS)) {
      version.putObject("subresources").putObject("status");
    }
    return definition;
  }

  private void changed(Change change) {
    if (!change.type().qualified().equals(definitions.qualified())) {
      return;
    }
    JsonNode spec = change.object().path("spec");
    String qualified = Json.text(spec, "names", "plural") + "." + Json.text(spec, "group");
    if (change.kind() == Kind.DELETED) {
      table.remove(qualified);
      return;
    }
    for (JsonNode version : spec.path("versions")) {
      if (version.path("storage").asBoolean()) {
        Set<Trait> traits = EnumSet.of(Trait.CUSTOM, Trait.GENERATION);
        if (version.path("subresources").has("status")) {
          traits.add(Trait.STATUS);
        }
        List<String> shortNames = AccessControl.texts(spec.path("names").path("shortNames"));
        table.add(
            new ResourceType(
                Json.text(spec, "group"),
                Json.text(version, "name"),
                Json.text(spec, "names", "plural"),
                Json.text(spec, "names", "kind"),
                shortNames,
                Json.text(spec, "scope").equals("Namespaced"),
                Set.copyOf(traits)));
        schemas.define(qualified, version.path("schema").path("openAPIV3Schema"));
      }
    }
  }
}
