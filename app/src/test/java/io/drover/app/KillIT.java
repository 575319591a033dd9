// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.drover.app.cli.ConsoleClient;
import io.drover.app.config.DroverConfig;
import io.drover.lab.conformance.Jvm;
import io.drover.runtime.config.Settings;
import io.drover.schemas.wire.Json;
import io.drover.vsphere.EventLog;
import io.drover.vsphere.VSphere;
import java.io.IOException;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.CleanupMode;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code kill -9} of one of three {@code drover up} at random moments of a wave: every VM ends as
 * without it, the vCenter's own record shows each change of a source once, and the API server's
 * each object and each start of a target once. The lab (with its broker) and the console are
 * processes of their own. {@code -Ddrover.kills=N} kills so often in the wave, {@code
 * -Ddrover.seed=N} repeats the moments; {@code app/bench/kill} runs many waves.
 */
class KillIT {
  private static final List<String> WAVE =
      List.of("shop-cache-01", "shop-queue-01", "shop-web-01", "fleet-gate-01");
  private static final String BRAINS = "ingest,planner,converter,executor";

  /**
   * What a journey changes at its source: the mark, when it asked, the fence, the lock; and it is
   * off.
   */
  private static final Map<String, Long> CHANGES =
      Map.of("VmGuestShutdownEvent", 1L, "VmPoweredOffEvent", 1L, "VmReconfiguredEvent", 4L);

  /** A kill between the note of when it asked and the asking: the next process notes it anew. */
  private static final Map<String, Long> NOTED_AGAIN =
      Map.of("VmGuestShutdownEvent", 1L, "VmPoweredOffEvent", 1L, "VmReconfiguredEvent", 5L);

  /** How long a wave takes here, on two cores: kills fall within it. */
  private static final Duration WAVE_TAKES = Duration.ofSeconds(45);

  private static final Duration PATIENCE = Duration.ofMinutes(6);

  @TempDir(cleanup = CleanupMode.ON_SUCCESS)
  private Path folder;

  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void stopAll() {
    for (Process process : processes.reversed()) {
      process.destroy();
      try {
        if (!process.waitFor(20, TimeUnit.SECONDS)) {
          process.destroyForcibly();
        }
      } catch (InterruptedException e) {
        process.destroyForcibly();
      }
    }
  }

  @Test
  void aWaveEndsTheSameHoweverOftenAProcessIsKilled() throws Exception {
    long seed = Long.getLong("drover.seed", System.nanoTime());
    int kills = Integer.getInteger("drover.kills", 3);
    System.out.println("KillIT: -Ddrover.seed=" + seed + " -Ddrover.kills=" + kills);
    var random = new Random(seed);
    Process lab =
        drover(
            "lab",
            "--config",
            folder.resolve("lab.yaml").toString(),
            "--port",
            "0",
            "--folder",
            folder.resolve("lab").toString());
    await(() -> Files.exists(folder.resolve("lab.yaml")), "the lab", lab);
    up("console");
    await(() -> Files.exists(folder.resolve(".drover/console.json")), "the console", lab);
    JsonNode said =
        Json.mapper().readTree(Files.readAllBytes(folder.resolve(".drover/console.json")));
    var console =
        new ConsoleClient(URI.create(said.path("url").asText()), said.path("token").asText());
    Process[] victims = {up(BRAINS), up(BRAINS), up(BRAINS)};
    start(console);
    long begun = System.nanoTime();

    for (long moment : random.longs(kills, 0, WAVE_TAKES.toMillis()).sorted().toArray()) {
      long left = moment - Duration.ofNanos(System.nanoTime() - begun).toMillis();
      Thread.sleep(Math.max(0, left));
      int victim = random.nextInt(victims.length);
      victims[victim].destroyForcibly().waitFor();
      System.out.println("KillIT: killed process " + victim + " after " + moment + " ms");
      victims[victim] = up(BRAINS);
    }
    await(
        () ->
            Onlooker.phases(console).values().stream().filter("SOAKING"::equals).count()
                == WAVE.size(),
        "all to soak",
        lab);
    console.post("/api/v1/waves/kill/1/commit", Map.of());
    await(() -> Onlooker.results(console).size() == WAVE.size(), "the end", lab);

    assertThat(Onlooker.results(console))
        .isEqualTo(
            new TreeMap<>(
                Map.of(
                    WAVE.get(0),
                    "COMMITTED both",
                    WAVE.get(1),
                    "COMMITTED both",
                    WAVE.get(2),
                    "COMMITTED both",
                    WAVE.get(3),
                    "COMMITTED both")));
    assertThat(stepsEnded(console))
        .as("each step of each journey ended exactly once")
        .allSatisfy((step, times) -> assertThat(times).isEqualTo(1));
    assertThat(changes(Settings.read(folder.resolve("lab.yaml"), DroverConfig.class)))
        .as("what vCenter recorded of each source")
        .hasSize(WAVE.size())
        .allSatisfy((vm, events) -> assertThat(events).isIn(CHANGES, NOTED_AGAIN));
    Map<String, Map<String, Integer>> done = done(folder.resolve("lab/audit.log"));
    assertThat(done.get("virtualmachines create")).as("VirtualMachines made").isEqualTo(once());
    assertThat(done.get("virtualmachines delete")).as("VirtualMachines removed").isNull();
    assertThat(done.get("virtualmachineinstances create")).as("starts").isEqualTo(once());
    // A copy that a kill broke begins with a volume of its own: the one before is gone by then.
    Map<String, Integer> volumes = new TreeMap<>(done.get("datavolumes create"));
    done.getOrDefault("datavolumes delete", Map.of())
        .forEach((volume, times) -> volumes.merge(volume, -times, Integer::sum));
    assertThat(volumes.values()).as("a DataVolume for each disk, none twice").containsOnly(1);
    assertThat(volumes).hasSize(disks(console));
  }

  private static Map<String, Integer> once() {
    var once = new TreeMap<String, Integer>();
    WAVE.forEach(vm -> once.put(vm, 1));
    return once;
  }

  private static int disks(ConsoleClient console) {
    int disks = 0;
    for (JsonNode vm : console.get("/api/v1/inventory?kind=vm")) {
      if (WAVE.contains(vm.path("entity").path("name").asText())) {
        disks += vm.path("entity").path("disks").size();
      }
    }
    return disks;
  }

  /** What the API server did, by resource and verb: how often to each object. */
  private static Map<String, Map<String, Integer>> done(Path audit) throws IOException {
    var done = new TreeMap<String, Map<String, Integer>>();
    for (String line : Files.readAllLines(audit)) {
      JsonNode event = Json.mapper().readTree(line);
      JsonNode about = event.path("objectRef");
      boolean happened =
          event.at("/responseStatus/code").asInt() < 300
              && !event.path("requestURI").asText().contains("dryRun=")
              && !about.has("subresource");
      if (happened) {
        done.computeIfAbsent(
                about.path("resource").asText() + " " + event.path("verb").asText(),
                key -> new TreeMap<>())
            .merge(about.path("name").asText(), 1, Integer::sum);
      }
    }
    return done;
  }

  private static Map<String, Map<String, Long>> changes(DroverConfig config) {
    var changes = new TreeMap<String, Map<String, Long>>();
    try (var vcenter = VSphere.connect(Connections.endpoint(config.vcenters().getFirst()))) {
      for (String vm : WAVE) {
        changes.put(
            vm,
            vcenter
                .events()
                .since(
                    vcenter.inventory().find("VirtualMachine", vm).getFirst(),
                    Instant.EPOCH,
                    EventLog.POWER_AND_CHANGE)
                .stream()
                .filter(event -> CHANGES.containsKey(event.type()))
                .collect(groupingBy(EventLog.Entry::type, counting())));
      }
    }
    return changes;
  }

  private static void start(ConsoleClient console) throws Exception {
    await(
        () ->
            console.get("/api/v1/inventory?kind=vm").size() >= 43
                && console.get("/api/v1/inventory?kind=storageclass").size() > 0,
        "the inventory",
        null);
    Map<String, Object> overrides = new HashMap<>();
    for (String vm : WAVE) {
      overrides.put(vm, Map.of("wave", 1, "networks", Map.of(), "probes", List.of()));
    }
    console.post(
        "/api/v1/plans/kill",
        Map.of("waveSize", 8, "settings", Map.of("overrides", overrides, "bootBudget", "PT2M")));
    await(() -> console.get("/api/v1/waves").size() > 0, "the plan", null);
    console.post("/api/v1/waves/kill/1/approve", Map.of("planVersion", 1));
    console.post("/api/v1/waves/kill/1/start", Map.of("planVersion", 1));
  }

  private static Map<String, Integer> stepsEnded(ConsoleClient console) {
    var ended = new TreeMap<String, Integer>();
    for (JsonNode fact : console.get("/api/v1/facts?type=migration.stepEnded")) {
      ended.merge(
          fact.path("key").asText() + " " + fact.path("data").path("step").asText(),
          1,
          Integer::sum);
    }
    assertThat(ended).hasSizeGreaterThanOrEqualTo(WAVE.size() * 10);
    return ended;
  }

  private Process up(String roles) throws IOException {
    return drover("up", "-c", folder.resolve("lab.yaml").toString(), "--roles", roles);
  }

  private Process drover(String... arguments) throws IOException {
    List<String> command = Jvm.java("1g");
    command.addAll(
        List.of(
            "-Duser.home=" + folder,
            "-jar",
            Path.of("target/drover.jar").toAbsolutePath().toString()));
    command.addAll(List.of(arguments));
    Path log = folder.resolve("process-" + processes.size() + ".log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    processes.add(process);
    return process;
  }

  private static void await(BooleanSupplier condition, String what, Process alive)
      throws Exception {
    Onlooker.await(
        what,
        PATIENCE,
        () -> assertThat(alive == null || alive.isAlive()).as("the lab runs").isTrue(),
        () -> "",
        () -> condition.getAsBoolean() ? true : null);
  }
}
