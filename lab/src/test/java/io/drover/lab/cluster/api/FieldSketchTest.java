// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.cluster.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.lab.cluster.api.FieldSchema.Type;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The lab's own sketch of fields says the same as the definitions of KubeVirt, CDI and the snapshot
 * controller, where those are given.
 */
class FieldSketchTest {
  private final FieldSchemas sketches = new FieldSchemas();

  @Test
  void a_sketch_knows_the_fields_of_what_it_refers_to() {
    FieldSchema vm = sketches.of(ResourceTable.standard().named("virtualmachines.kubevirt.io"));

    FieldSchema disks = at(vm, "spec", "template", "spec", "domain", "devices", "disks");

    assertThat(disks.type()).isEqualTo(Type.LIST);
    assertThat(at(disks, "", "disk", "bus").type()).isEqualTo(Type.STRING);
    assertThat(at(vm, "spec", "template").required()).isEmpty();
    assertThat(at(vm, "spec").required()).containsExactly("template");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "virtualmachines.kubevirt.io",
        "datavolumes.cdi.kubevirt.io",
        "volumesnapshots.snapshot.storage.k8s.io",
        "volumesnapshotclasses.snapshot.storage.k8s.io",
        "network-attachment-definitions.k8s.cni.cncf.io"
      })
  void a_sketch_agrees_with_the_definition(String resource) throws IOException {
    String folder = System.getProperty("drover.crds");
    assumeTrue(folder != null, "left out: the system property drover.crds names no folder of CRDs");
    FieldSchema sketch = sketches.of(ResourceTable.standard().named(resource));
    FieldSchema definition = definition(Path.of(folder), resource);

    List<String> differences = new ArrayList<>();
    compare("", sketch, definition, differences);

    assertThat(differences).isEmpty();
  }

  private static FieldSchema definition(Path folder, String resource) throws IOException {
    JsonNode definition;
    // The snapshot controller's files are named the other way round in its repository.
    Path file = folder.resolve(resource + ".yaml");
    assumeTrue(Files.exists(file), "left out: " + file + " is not there");
    definition = Json.YAML.readTree(file.toFile());
    for (JsonNode version : definition.path("spec").path("versions")) {
      if (version.path("storage").asBoolean()) {
        return FieldSchemas.structural(version.path("schema").path("openAPIV3Schema"));
      }
    }
    throw new IllegalStateException("no stored version in " + file);
  }

  private static void compare(
      String path, FieldSchema sketch, FieldSchema definition, List<String> differences) {
    // What the sketch does not look into, it cannot get wrong.
    if (sketch.type() == Type.ANY) {
      return;
    }
    boolean emptyObject = sketch.type() == Type.OBJECT && sketch.fields().isEmpty();
    if (sketch.type() != definition.type() && !emptyObject) {
      differences.add(path + " is " + definition.type() + ", not " + sketch.type());
      return;
    }
    if (!sketch.choices().equals(definition.choices())) {
      differences.add(path + " offers " + definition.choices());
    }
    if (sketch.type() == Type.OBJECT) {
      TreeSet<String> names = new TreeSet<>(sketch.fields().keySet());
      names.addAll(definition.fields().keySet());
      names.removeIf(
          name -> path.isEmpty() && List.of("apiVersion", "kind", "metadata").contains(name));
      for (String name : names) {
        String below = path + "." + name;
        if (!definition.fields().containsKey(name)) {
          // Conditions are sketched once for all kinds.
          if (!path.endsWith(".conditions[]")) {
            differences.add(below + " is not in the definition");
          }
        } else if (!sketch.fields().containsKey(name)) {
          differences.add(below + " is missing in the sketch");
        } else {
          compare(below, sketch.below(name), definition.below(name), differences);
        }
      }
      if (!sketch.required().equals(definition.required())) {
        differences.add(path + " requires " + definition.required() + ", not " + sketch.required());
      }
    } else if (sketch.items() != null && definition.items() != null) {
      if (!sketch.listKeys().equals(definition.listKeys())) {
        differences.add(path + " tells items apart by " + definition.listKeys());
      }
      compare(path + "[]", sketch.items(), definition.items(), differences);
    }
  }

  private static FieldSchema at(FieldSchema schema, String... path) {
    FieldSchema at = schema;
    for (String field : path) {
      at = at.below(field);
    }
    return at;
  }
}
