// SPDX-License-Identifier: Apache-2.0
package io.drover.schemas.wire;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.drover.schemas.Owned;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What consumers rely on: one JSON Schema per event type, the AsyncAPI document, and golden events
 * that every later build must still read. {@code -Ddrover.docs=write} writes the generated files
 * anew; a golden file is only ever added.
 */
class ContractTest {
  private static final boolean WRITE = "write".equals(System.getProperty("drover.docs"));
  private static final Path SCHEMAS = Path.of("src/main/resources/drover/schemas");
  private static final Path GOLDEN = Path.of("src/test/resources/golden");

  @TestFactory
  Stream<DynamicTest> schemasAreWhatTheRecordsSay() {
    var files = new TreeMap<String, JsonNode>();
    for (String type : Events.types()) {
      files.put(
          AsyncApi.schemaFile(type),
          JsonSchemas.of(Events.classOf(type), "urn:drover:schema:" + type));
    }
    AsyncApi.DOCUMENTS.forEach((topic, type) ->
        files.put(AsyncApi.schemaFile(topic), JsonSchemas.of(type, "urn:drover:schema:" + topic)));
    files.put(
        AsyncApi.schemaFile(AsyncApi.OWNER_CLAIMED),
        JsonSchemas.of(Owned.class, "urn:drover:schema:" + AsyncApi.OWNER_CLAIMED));
    files.put("asyncapi.json", AsyncApi.document());
    return files.entrySet().stream()
        .map(file ->
            DynamicTest.dynamicTest(
                file.getKey(),
                () -> upToDate(SCHEMAS.resolve(file.getKey()), pretty(file.getValue()))));
  }

  /** What is read by others: events by their type, documents by their topic. */
  private static Class<?> classOf(String name) {
    Class<?> document = AsyncApi.DOCUMENTS.get(name);
    return document == null ? Events.classOf(name) : document;
  }

  @TestFactory
  Stream<DynamicTest> everyEventAndDocumentHasAGoldenFileThatFitsItsSchema() {
    return Stream.concat(Events.types().stream(), AsyncApi.DOCUMENTS.keySet().stream())
        .map(type ->
            DynamicTest.dynamicTest(
                type,
                () -> {
                  Object sample = Samples.of(classOf(type));
                  Path file = GOLDEN.resolve("1").resolve(type + ".json");
                  if (!Files.exists(file) && WRITE) {
                    Files.createDirectories(file.getParent());
                    Files.writeString(file, pretty(Json.mapper().readTree(Json.write(sample))));
                  }
                  assertThat(file).exists();
                  assertThat(misfits(classOf(type), Json.write(sample))).isEmpty();
                }));
  }

  /** What today's schema of a type has against an event. */
  private static List<?> misfits(Class<?> type, byte[] event) throws IOException {
    return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
        .getSchema(pretty(JsonSchemas.of(type, "urn:x")), InputFormat.JSON)
        .validate(new String(event, StandardCharsets.UTF_8), InputFormat.JSON);
  }

  @TestFactory
  Stream<DynamicTest> everyGoldenFileOfThePastIsStillRead() throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> walk = Files.walk(GOLDEN)) {
      walk.filter(Files::isRegularFile).sorted().forEach(files::add);
    }
    return files.stream()
        .map(file ->
            DynamicTest.dynamicTest(
                GOLDEN.relativize(file).toString(),
                () -> {
                  String type = file.getFileName().toString().replaceAll("\\.json$", "");
                  byte[] golden = Files.readAllBytes(file);
                  Object read = Json.read(golden, classOf(type));
                  JsonNode again = Json.mapper().readTree(Json.write(read));
                  assertThat(lost(Json.mapper().readTree(golden), again, "")).isEmpty();
                  // Facts are kept for ever: who reads from the beginning checks by today's schema.
                  assertThat(misfits(classOf(type), golden)).isEmpty();
                }));
  }

  @Test
  void thereAreGoldenFiles() {
    assertThat(GOLDEN.resolve("1")).isNotEmptyDirectory();
  }

  /** Paths whose value the present code does not give back. */
  private static List<String> lost(JsonNode old, JsonNode now, String path) {
    var lost = new ArrayList<String>();
    if (old.isObject()) {
      old.properties()
          .forEach(
              p -> lost.addAll(lost(p.getValue(), now.path(p.getKey()), path + "/" + p.getKey())));
    } else if (old.isArray()) {
      for (int i = 0; i < old.size(); i++) {
        lost.addAll(lost(old.get(i), now.path(i), path + "/" + i));
      }
    } else if (!old.equals(now)) {
      lost.add(path + ": " + old + " became " + now);
    }
    return lost;
  }

  private static void upToDate(Path file, String content) throws IOException {
    if (WRITE) {
      Files.createDirectories(file.getParent());
      Files.writeString(file, content);
    }
    assertThat(file).exists();
    assertThat(Files.readString(file))
        .as("%s is stale: 'mvn -pl schemas test -Ddrover.docs=write' writes it anew", file)
        .isEqualTo(content);
  }

  private static String pretty(JsonNode node) throws IOException {
    return Json.mapper().writerWithDefaultPrettyPrinter().writeValueAsString(node) + "\n";
  }
}
