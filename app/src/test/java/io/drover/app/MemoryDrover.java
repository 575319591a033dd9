// SPDX-License-Identifier: Apache-2.0
package io.drover.app;

import io.drover.app.cli.ConsoleClient;
import io.drover.app.config.DroverConfig;
import io.drover.console.Access;
import io.drover.console.Answers;
import io.drover.console.Commands;
import io.drover.console.Console;
import io.drover.console.Herd;
import io.drover.console.Read;
import io.drover.converter.ConversionDecider;
import io.drover.converter.ConversionState;
import io.drover.engine.Outcome;
import io.drover.engine.ServiceSpec;
import io.drover.executor.DispatchService;
import io.drover.executor.MigrationService;
import io.drover.ingest.IngestService;
import io.drover.lab.cluster.api.LabCertificates;
import io.drover.lab.sim.Faults;
import io.drover.lab.sim.SimHand;
import io.drover.lab.sim.Simulation;
import io.drover.lab.world.Mischief;
import io.drover.lab.world.ModelCopies;
import io.drover.lab.world.ModelSourceVm;
import io.drover.lab.world.ModelTargetVm;
import io.drover.lab.world.OneLook;
import io.drover.lab.world.Orders;
import io.drover.lab.world.World;
import io.drover.planner.InventoryView;
import io.drover.planner.PlannerService;
import io.drover.runtime.Entry;
import io.drover.runtime.Partitions;
import io.drover.runtime.config.Settings;
import io.drover.runtime.kafka.KafkaSetupException;
import io.drover.schemas.Actor;
import io.drover.schemas.AuditEntry;
import io.drover.schemas.Brain;
import io.drover.schemas.ConversionFact;
import io.drover.schemas.ConversionMessage;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.Inventory;
import io.drover.schemas.InventoryMessage;
import io.drover.schemas.Message;
import io.drover.schemas.Problem;
import io.drover.schemas.VmKey;
import io.vertx.core.Vertx;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All brains and the console that ship, on a log in memory and a modelled world, so that commands
 * can be tried on whole waves within milliseconds. The console is one for others: HTTPS by a
 * private authority, tokens of two people, four eyes. Time passes when something is asked for, and
 * when a test says so.
 */
public final class MemoryDrover implements AutoCloseable {
  public static final String VCENTER = "vc-1";
  private static final int PARTITIONS = 4;

  /** What a brain needs from one question to its answer. */
  private static final Duration ANSWER = Duration.ofSeconds(3);

  private final Simulation sim = new Simulation(7, 1, PARTITIONS, Faults.NONE);
  private final World world = new World(sim::now, sim::after, sim::trace, Mischief.NONE);
  private final ModelSourceVm source = new ModelSourceVm(world);
  private final Herd herd = new Herd();
  private final Map<String, Long> read = new HashMap<>();
  private final List<AuditEntry> audit = new CopyOnWriteArrayList<>();
  private final Vertx vertx = Vertx.vertx();
  private final Path ca;
  private final Path folder;
  private final Console console;
  private final Map<String, Problem> troubles = new ConcurrentHashMap<>();
  private volatile boolean deaf;
  private volatile @Nullable String trouble;

  /**
   * Starts it.
   *
   * @param vms names of those that the inventory has
   */
  public MemoryDrover(Path folder, String... vms) throws Exception {
    this.folder = folder;
    brains();
    see(new Inventory.VCenter(VCENTER, "lab", "9.0"));
    see(Orders.gold());
    for (String name : vms) {
      see(name);
    }
    LabCertificates certificates = LabCertificates.create();
    ca = Files.writeString(folder.resolve("ca.pem"), certificates.caPem());
    Door door = Door.of(configuration(certificates));
    console =
        Console.start(
            vertx,
            door.settings(),
            door.access(),
            new Console.Model(herd, new LivePlans(herd)),
            new Answers(new Inboxes(), herd, audit::add, "memory-1"),
            new Console.Condition(() -> true, () -> true, () -> trouble));
  }

  private void brains() {
    var target = new ModelTargetVm(world);
    sim.brain(IngestService.spec(List.of()), SimHand.of(IngestService.spec(List.of()).hand()));
    var planner = PlannerService.spec(this::estate, List.of());
    sim.brain(planner, SimHand.of(planner.hand()));
    sim.brain(DispatchService.spec(), SimHand.of(DispatchService.spec().hand()));
    var journeys = MigrationService.spec(source, target, new OneLook(sim::now));
    sim.brain(
        journeys,
        SimHand.of(order -> {
          Problem problem = troubles.get(order.key());
          return problem == null ? journeys.hand().ensure(order) : new Outcome.Failed<>(problem);
        }));
    var copies = new ModelCopies(world, source, target);
    sim.brain(
        new ServiceSpec<>(
            Brain.CONVERSION,
            new ServiceSpec.Types<>(
                ConversionState.class,
                ConversionMessage.class,
                CopyEvidence.class,
                ConversionFact.class),
            new ConversionDecider(),
            copies,
            List.of()),
        SimHand.of(copies));
  }

  private DroverConfig configuration(LabCertificates certificates) throws Exception {
    var tokens = new ArrayList<String>();
    for (String person : List.of("ada", "grace")) {
      String token = Access.newToken();
      Files.writeString(token(person), token + "\n");
      byte[] hash =
          MessageDigest.getInstance("SHA-256").digest(token.getBytes(StandardCharsets.UTF_8));
      tokens.add(person + " " + HexFormat.of().formatHex(hash));
    }
    return Settings.parse(
        """
        kafka: {bootstrap: 'localhost:1'}
        console:
          port: 0
          certificate: %s
          key: %s
          tokens: %s
        plan:
          fourEyes: true
          compatibility: true
          sink: upload
          storage: {"*": gold}
          soak: 10m
          soakEnd: hold
        """
            .formatted(
                Files.writeString(folder.resolve("tls.crt"), certificates.certificatePem()),
                Files.writeString(folder.resolve("tls.key"), certificates.keyPem()),
                Files.write(folder.resolve("tokens"), tokens)),
        "drover.yaml",
        DroverConfig.class);
  }

  private void see(Inventory entity) {
    sim.tell(
        Brain.INVENTORY,
        entity.key().toString(),
        new InventoryMessage.EntitySeen(entity),
        Actor.service("ingest"));
  }

  /** What plans are made of. */
  InventoryView.Snapshot estate() {
    return LivePlans.snapshot(herd, null);
  }

  /** The inventory sees another VM. */
  synchronized void see(String name) {
    Inventory.Vm vm = Orders.vm(new VmKey(VCENTER, "u-" + name), name, 1, 1 << 20);
    var _ = source.add(vm);
    see(vm);
    pass(ANSWER);
  }

  /** Whether the inboxes take nothing, as when Kafka is gone. */
  void deaf(boolean now) {
    deaf = now;
  }

  /** What the console says of what it shows, as when Kafka does not answer. */
  public void trouble(@Nullable String now) {
    trouble = now;
  }

  /** Lets time pass, and the console hear what became of it. */
  public synchronized void pass(Duration time) {
    sim.run(time);
    for (String topic : Herd.topics()) {
      for (int partition = 0; partition < PARTITIONS; partition++) {
        String at = topic + "-" + partition;
        for (Entry entry :
            sim.log().read(topic, partition, read.getOrDefault(at, 0L), Integer.MAX_VALUE)) {
          read.put(at, entry.offset() + 1);
          String key = entry.key();
          if (key != null) {
            herd.apply(
                new Read(topic, key, entry.headers(), entry.value(), partition, entry.offset()));
          }
        }
      }
    }
  }

  /** Lets time pass by itself, a second of it in a few milliseconds, until it is closed. */
  AutoCloseable clock() {
    Thread ticking =
        Thread.ofVirtual()
            .start(() -> {
              while (!Thread.currentThread().isInterrupted()) {
                pass(Duration.ofSeconds(1));
                try {
                  Thread.sleep(5);
                } catch (InterruptedException e) {
                  return;
                }
              }
            });
    return () -> {
      ticking.interrupt();
      ticking.join();
    };
  }

  /** What every step and undo of this VM comes to from now on; null is what it is worth. */
  void trouble(String vm, @Nullable Problem problem) {
    String key = new VmKey(VCENTER, "u-" + vm).toString();
    if (problem == null) {
      troubles.remove(key);
    } else {
      troubles.put(key, problem);
    }
  }

  /** The console as this person asks it. */
  public ConsoleClient console(String person) throws IOException {
    return new ConsoleClient(URI.create(url()), Files.readString(token(person)).strip(), ca);
  }

  /** Where the console is. */
  public String url() {
    return console.url();
  }

  /** The authority that signed its certificate. */
  Path ca() {
    return ca;
  }

  /** The file with somebody's token. */
  public Path token(String person) {
    return folder.resolve(person + ".token");
  }

  /** What people asked for so far. */
  List<AuditEntry> audit() {
    return audit;
  }

  /** What a command prints that this person gives; its exit code has to be the expected one. */
  String as(String person, int expected, String... arguments) {
    return Terminal.run(expected, by(person, arguments));
  }

  /** A command line of this person, who trusts the authority unless another is named. */
  String[] by(String person, String... arguments) {
    var all = new ArrayList<>(List.of(arguments));
    all.addAll(List.of("--server", url(), "--token-file", token(person).toString()));
    if (!all.contains("--ca")) {
      all.addAll(List.of("--ca", ca.toString()));
    }
    return all.toArray(String[]::new);
  }

  @Override
  public void close() throws Exception {
    console.close();
    vertx.close().toCompletionStage().toCompletableFuture().get(10, TimeUnit.SECONDS);
  }

  /** The inboxes in memory; the brains have decided when a command is sent. */
  private final class Inboxes implements Commands {
    @Override
    public String send(Brain brain, String key, Message command, Actor by) {
      if (deaf) {
        throw new KafkaSetupException("Kafka did not take the record for " + key + ".");
      }
      synchronized (MemoryDrover.this) {
        int partition = Partitions.of(key, PARTITIONS);
        String at = brain.inbox() + "-" + partition + "-" + sim.log().end(brain.inbox(), partition);
        sim.tell(brain, key, command, by);
        pass(ANSWER);
        return at;
      }
    }

    @Override
    public void release(Brain brain, String key, boolean skip, Actor by) {
      throw new UnsupportedOperationException("Nothing is poisoned here");
    }
  }
}
