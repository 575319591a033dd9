// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.kafka;

import static io.drover.lab.kafka.Town.eventually;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.networknt.schema.InputFormat;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import io.drover.engine.Outcome;
import io.drover.engine.ServiceSpec;
import io.drover.executor.DispatchService;
import io.drover.executor.MigrationDecider;
import io.drover.executor.MigrationEffect;
import io.drover.executor.MigrationState;
import io.drover.ingest.IngestService;
import io.drover.lab.world.Orders;
import io.drover.planner.InventoryView;
import io.drover.planner.PlannerService;
import io.drover.runtime.body.DroverRuntime;
import io.drover.runtime.body.RuntimeConfig;
import io.drover.runtime.kafka.AuditWriter;
import io.drover.runtime.kafka.InboxWriter;
import io.drover.runtime.kafka.KafkaSettings;
import io.drover.schemas.Actor;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.Brain;
import io.drover.schemas.Evidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryMessage;
import io.drover.schemas.MigrationFact;
import io.drover.schemas.MigrationMessage;
import io.drover.schemas.PlanMessage;
import io.drover.schemas.Problem;
import io.drover.schemas.Topics;
import io.drover.schemas.VmKey;
import io.drover.schemas.WaveId;
import io.drover.schemas.wire.Json;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Our public topics as an outsider reads them, who has kcat, the schemas, and nothing else of ours:
 * the facts and documents of a herd that was inventoried, planned, approved and set out.
 */
class KcatIT {
  private static final String VC = "vc-1";
  private static final WaveId WAVE = new WaveId("erp/1");

  @TempDir static Path directory;
  private static EmbeddedKafka kafka;

  @BeforeAll
  static void aHerdSetsOut() throws Exception {
    Kcat.require();
    kafka = EmbeddedKafka.start(directory, 0);
    var settings = KafkaSettings.local(kafka.bootstrap()).withPartitions(3);
    var one = Orders.vm(new VmKey(VC, "one"), "erp-one", 1, 8L << 30);
    var two = Orders.vm(new VmKey(VC, "two"), "erp-two", 2, 8L << 30);
    var gone = new Inventory.Network(VC, "net-9", "gone", "NETWORK", "7");
    var snapshot =
        new InventoryView.Snapshot(
            List.of(one, two, Orders.gold()),
            Map.of(one.key().toString(), 1L, two.key().toString(), 1L));
    var specs =
        List.of(
            IngestService.spec(List.of()),
            PlannerService.spec(() -> snapshot, List.of()),
            DispatchService.spec(),
            journeys());
    try (var runtime =
            DroverRuntime.start(
                specs, new RuntimeConfig(settings, "kcat-1", new RuntimeConfig.Health(null, -1)));
        var people = new InboxWriter(settings);
        var audit = new AuditWriter(settings)) {
      assertThat(runtime.awaitReady(Duration.ofMinutes(1))).isTrue();
      for (Inventory entity : List.of(one, two, gone)) {
        people.tell(
            Brain.INVENTORY,
            entity.key().toString(),
            new InventoryMessage.EntitySeen(entity),
            Actor.service("ingest"));
      }
      people.tell(
          Brain.INVENTORY,
          gone.key().toString(),
          new InventoryMessage.EntityGoneSeen(gone.key()),
          Actor.service("ingest"));
      Actor ada = Actor.person("ada");
      people.tell(
          Brain.PLAN, "erp", new PlanMessage.ProposePlan(WAVE.plan(), Requests.herd(10)), ada);
      has("proposed", Brain.PLAN.facts(), "io.drover.plan.planProposed.v1");
      for (PlanMessage command :
          List.of(new PlanMessage.ApproveWave(WAVE, 1), new PlanMessage.ReleaseWave(WAVE, 1))) {
        people.tell(Brain.PLAN, "erp", command, ada);
      }
      audit.write(
          new AuditEntry(
              0,
              "",
              Instant.now(),
              "kcat-1",
              ada,
              AuditEntry.Act.ASKED,
              "ApproveWave",
              "plan",
              "erp",
              "{}",
              null,
              List.of(),
              null));
      has("launched", Brain.DISPATCH.facts(), "io.drover.dispatch.migrationLaunched.v1");
      eventually("statuses", () -> read(Topics.MIGRATION_STATUS).size() >= 2);
      eventually("wave status", () -> !read(Topics.WAVE_STATUS).isEmpty());
    }
  }

  @AfterAll
  static void stop() {
    if (kafka != null) {
      kafka.close();
    }
  }

  /** Journeys whose hand always says that the vCenter is not there. */
  private static ServiceSpec<
          MigrationState, MigrationMessage, Evidence, MigrationFact, MigrationEffect>
      journeys() {
    return new ServiceSpec<>(
        Brain.MIGRATION,
        new ServiceSpec.Types<>(
            MigrationState.class, MigrationMessage.class, Evidence.class, MigrationFact.class),
        new MigrationDecider(),
        order ->
            new Outcome.Failed<>(
                new Problem(Problem.Kind.UNAVAILABLE, "away", "It is away.", "Wait.")),
        List.of());
  }

  private static void has(String what, String topic, String type) throws InterruptedException {
    eventually(
        what, () -> read(topic).stream().anyMatch(m -> type.equals(m.headers().get("ce_type"))));
  }

  private static List<Kcat.Message> read(String topic) {
    try {
      return Kcat.read(kafka.bootstrap(), topic, "read_committed");
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** The file that a {@code dataschema} or a topic's name leads to. */
  private static List<String> violations(String name, String value) throws Exception {
    try (InputStream in =
        KcatIT.class
            .getClassLoader()
            .getResourceAsStream("drover/schemas/" + name + ".schema.json")) {
      String schema =
          new String(
              Objects.requireNonNull(in, "no schema " + name).readAllBytes(),
              StandardCharsets.UTF_8);
      return SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12)
          .getSchema(schema, InputFormat.JSON)
          .validate(value, InputFormat.JSON)
          .stream()
          .map(Object::toString)
          .toList();
    }
  }

  @Test
  void factsAreCloudEventsInBinaryModeThatFitTheirSchema() throws Exception {
    for (Brain brain : List.of(Brain.INVENTORY, Brain.PLAN, Brain.DISPATCH, Brain.MIGRATION)) {
      var sequences = new HashMap<String, Long>();
      var ids = new ArrayList<String>();
      for (Kcat.Message message : read(brain.facts())) {
        if (message.value() == null) {
          continue;
        }
        Map<String, String> h = message.headers();
        assertThat(h)
            .as(brain + " " + message)
            .containsEntry("ce_specversion", "1.0")
            .containsEntry("content-type", "application/json")
            .containsEntry("ce_partitionkey", message.key())
            .containsEntry("ce_source", "/drover/" + brain.entity() + "/" + message.key())
            .containsKeys("ce_id", "ce_time", "ce_subject", "ce_instance");
        assertThat(h.get("ce_type")).startsWith("io.drover." + brain.entity() + ".");
        assertThat(Instant.parse(h.get("ce_time"))).isBefore(Instant.now().plusSeconds(60));
        assertThat(h.get("ce_dataschema")).startsWith("urn:drover:schema:");
        String schema = h.get("ce_dataschema").substring("urn:drover:schema:".length());
        assertThat(violations(schema, message.value())).as(schema).isEmpty();
        ids.add(h.get("ce_source") + " " + h.get("ce_id"));
        if (claim(message)) {
          continue;
        }
        assertThat(h).containsKey("ce_actor");
        long sequence = Long.parseLong(h.get("ce_sequence"));
        assertThat(sequence).isEqualTo(sequences.getOrDefault(message.key(), 0L) + 1);
        sequences.put(message.key(), sequence);
      }
      assertThat(sequences).as(brain.facts()).isNotEmpty();
      assertThat(ids).doesNotHaveDuplicates();
    }
  }

  /** What a new owner of a partition leaves among the facts. */
  private static boolean claim(Kcat.Message message) {
    return message.headers().getOrDefault("ce_type", "").endsWith(".ownerClaimed.v1");
  }

  @Test
  void factsOfAJourneyNameTheirWave() throws Exception {
    var facts = read(Brain.MIGRATION.facts()).stream().filter(m -> !claim(m)).toList();
    assertThat(facts)
        .isNotEmpty()
        .allSatisfy(m ->
            assertThat(m.headers())
                .containsEntry("ce_correlationid", WAVE.value())
                .containsKey("ce_causationid"));
  }

  @Test
  void whatWentAwayIsATombstone() {
    var latest = new TreeMap<String, Kcat.Message>();
    read(Brain.INVENTORY.facts()).forEach(m -> latest.put(String.valueOf(m.key()), m));
    assertThat(latest.values()).filteredOn(m -> m.value() == null).hasSize(1);
    assertThat(latest.keySet()).anyMatch(k -> k.contains("net-9"));
    assertThat(latest.values()).filteredOn(m -> m.value() != null && !claim(m)).hasSize(2);
  }

  @Test
  void statusesAndAuditFitTheSchemaOfTheirTopic() throws Exception {
    for (String topic : List.of(Topics.MIGRATION_STATUS, Topics.WAVE_STATUS, Topics.AUDIT)) {
      var messages = read(topic);
      assertThat(messages).as(topic).isNotEmpty();
      for (Kcat.Message message : messages) {
        assertThat(message.headers()).containsEntry("content-type", "application/json");
        assertThat(violations(topic, String.valueOf(message.value()))).as(topic).isEmpty();
        JsonNode document = Json.mapper().readTree(String.valueOf(message.value()));
        assertThat(message.key())
            .isEqualTo(
                switch (topic) {
                  case Topics.MIGRATION_STATUS ->
                      document.path("vm").path("vcenter").asText()
                          + "/"
                          + document.path("vm").path("vm").asText();
                  case Topics.WAVE_STATUS -> document.path("wave").asText();
                  default -> document.path("actor").path("name").asText();
                });
      }
    }
    assertThat(read(Topics.MIGRATION_STATUS))
        .extracting(Kcat.Message::key)
        .contains(VC + "/one", VC + "/two");
  }

  @Test
  void onlyWhatWasCommittedIsRead() throws Exception {
    String topic = Topics.WAVE_STATUS;
    int before = read(topic).size();
    try (var producer =
        new KafkaProducer<>(
            Map.<String, Object>of(
                "bootstrap.servers", kafka.bootstrap(), "transactional.id", "an-outsider"),
            new StringSerializer(),
            new StringSerializer())) {
      producer.initTransactions();
      producer.beginTransaction();
      producer.send(new ProducerRecord<>(topic, 0, "none", "{\"never\":true}")).get();
      producer.abortTransaction();
    }
    assertThat(read(topic)).hasSize(before);
    assertThat(Kcat.read(kafka.bootstrap(), topic, "read_uncommitted")).hasSize(before + 1);
  }
}
