// SPDX-License-Identifier: Apache-2.0
package io.drover.lab.world.copies;

import static org.assertj.core.api.Assertions.assertThat;

import io.drover.lab.cluster.api.LabApiServer;
import io.drover.lab.cluster.control.LabCluster;
import io.drover.lab.cluster.control.LabClusterFixtures;
import io.drover.lab.cluster.control.LabClusterOptions;
import io.drover.lab.cluster.control.faults.Fault;
import io.drover.lab.conformance.Jvm;
import io.drover.lab.vcenter.LabVCenter;
import io.drover.lab.vcenter.estate.DiskSpec;
import io.drover.lab.vcenter.estate.EstateBuilder;
import io.drover.lab.vcenter.estate.LabDatastore;
import io.drover.lab.vcenter.estate.LabDisk;
import io.drover.lab.vcenter.estate.LabEstate;
import io.drover.lab.vcenter.estate.LabPace;
import io.drover.lab.vcenter.estate.LabVm;
import io.drover.lab.vcenter.moved.LabVddkSource;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.CopyId;
import io.drover.schemas.MigrationId;
import io.drover.schemas.MigrationMessage.CopyCompleted;
import io.drover.schemas.Receipt;
import io.drover.schemas.Sink;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.drover.schemas.wire.Json;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.api.model.SecretBuilder;
import io.fabric8.kubernetes.client.ConfigBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * A converter that is killed (SIGKILL) at a random moment of a copy, by each way into a volume:
 * another process goes on from the committed state, and the volume is what the source was, proved
 * on both sides, with nothing left behind. {@code -Ddrover.kills=N} (4, one a way) and {@code
 * -Ddrover.seed=N}, which repeats the moments.
 */
class CopyKillsIT {
  private static final int KILLS = Integer.getInteger("drover.kills", 4);

  /** Lines that a process says in a copy of two disks: commits and progress. */
  private static final int LINES = 18;

  private static final int PAUSE_MILLIS = 400;

  @TempDir static Path folder;

  private static LabEstate estate;
  private static LabVCenter vcenter;
  private static LabApiServer server;
  private static LabCluster cluster;
  private static KubernetesClient client;

  /** How the bytes get into the volume. */
  private enum Way {
    HTTP(Transfer.STREAM, Sink.HTTP),
    UPLOAD(Transfer.STREAM, Sink.UPLOAD),
    DIRECT(Transfer.STREAM, Sink.DIRECT),
    VDDK(Transfer.VDDK, Sink.UPLOAD);

    private final Transfer transfer;
    private final Sink sink;

    Way(Transfer transfer, Sink sink) {
      this.transfer = transfer;
      this.sink = sink;
    }
  }

  @BeforeAll
  static void start() throws Exception {
    estate =
        LabEstate.create(
            "kills",
            11,
            // A lease that was opened and not yet recorded when its process was killed is waited
            // out.
            LabPace.quick()
                .withGuestWrites(Duration.ZERO)
                .withLeaseTimeout(Duration.ofSeconds(90)));
    EstateBuilder b = estate.build().datacenter("dc").cluster("c", 1, 16, 64);
    LabDatastore store = b.datastore("ds", 1024);
    for (int i = 0; i < KILLS; i++) {
      b.vm("vm" + i)
          .poweredOff()
          .disk(DiskSpec.bytes(96L << 20).payloadMib(64).in(store))
          .disk(DiskSpec.bytes((20L << 20) + 512 * 3).payloadMib(2).in(store))
          .add();
    }
    b.vm("delta")
        .poweredOff()
        .changeTracking()
        .disk(DiskSpec.bytes(32L << 20).payloadMib(4).in(store))
        .disk(DiskSpec.bytes(16L << 20).payloadMib(2).in(store))
        .add();
    vcenter = LabVCenter.start(estate);
    server = LabApiServer.start(LabApiServer.Options.standard());
    LabClusterFixtures.apply(
        server.url().toString(), server.caPem(), server.adminToken(), List.of("shop"));
    cluster =
        LabCluster.behind(
            server,
            LabClusterOptions.in(
                    folder,
                    machine -> {
                      throw new AssertionError("nobody starts " + machine.name());
                    })
                .withVddkSource(new LabVddkSource(vcenter))
                .withWorkerCommand(Jvm.worker()));
    client =
        new KubernetesClientBuilder()
            .withConfig(
                new ConfigBuilder()
                    .withMasterUrl(server.url().toString())
                    .withCaCertData(
                        Base64.getEncoder()
                            .encodeToString(server.caPem().getBytes(StandardCharsets.UTF_8)))
                    .withOauthToken(server.adminToken())
                    .build())
            .build();
    client
        .secrets()
        .inNamespace("shop")
        .resource(
            new SecretBuilder()
                .withNewMetadata()
                .withName("vcenter")
                .withNamespace("shop")
                .endMetadata()
                .addToStringData("accessKeyId", vcenter.user())
                .addToStringData("secretKey", vcenter.password())
                .build())
        .create();
  }

  @AfterAll
  static void stop() {
    client.close();
    cluster.close();
    server.close();
    vcenter.close();
    estate.close();
  }

  @TestFactory
  Stream<DynamicTest> aCopyEndsTheSameWheneverItsProcessIsKilled() {
    long seed = Long.getLong("drover.seed", System.nanoTime());
    System.out.println("CopyKillsIT: -Ddrover.seed=" + seed + " -Ddrover.kills=" + KILLS);
    var random = new Random(seed);
    var tests = new ArrayList<DynamicTest>();
    for (int i = 0; i < KILLS; i++) {
      String vm = "vm" + i;
      Way way = Way.values()[i % Way.values().length];
      int line = 1 + random.nextInt(LINES);
      int pause = random.nextInt(PAUSE_MILLIS);
      tests.add(
          DynamicTest.dynamicTest(
              "%s, killed %d ms after line %d".formatted(way, pause, line),
              () -> killed(vm, way, line, pause)));
    }
    return tests.stream();
  }

  private static void killed(String vm, Way way, int line, int pause) throws Exception {
    Path home = Files.createDirectories(folder.resolve("process-" + vm));
    int port = freePort();
    CopyOrder order = order(vm, way, Round.FINAL);
    Process first = begin(home, order, port, 1);
    String last = said(first, line, new ArrayList<>());
    Thread.sleep(pause);
    boolean alive = first.isAlive();
    first.destroyForcibly().waitFor();
    var lines = new ArrayList<String>();

    completes(begin(home, order, port, 2), home, lines);

    System.out.printf(
        "CopyKillsIT: %s %s after '%s': %s%n",
        way,
        alive ? "killed" : "ended by itself",
        last,
        lines.stream().filter(l -> l.contains("resumed")).toList());
    isProved(vm, home);
  }

  private static void completes(Process process, Path home, List<String> lines) throws Exception {
    said(process, Integer.MAX_VALUE, lines);
    int status = process.waitFor();
    assertThat(status)
        .as(
            "the end of %s, which said %s and %s",
            home, lines, Files.readString(home.resolve("err")))
        .isZero();
  }

  /** The copy that ended last in a folder is what the source is, and left nothing else. */
  private static void isProved(String vm, Path home) throws IOException {
    var completed =
        Json.read(Files.readAllBytes(home.resolve(CopyProcess.RECEIPTS)), CopyCompleted.class);
    assertThat(completed.receipts())
        .hasSize(2)
        .extracting(Receipt::level)
        .containsOnly(Receipt.Level.BOTH);
    for (Receipt receipt : completed.receipts()) {
      LabDisk disk = estate.vm(vm).disk(receipt.diskKey());
      assertThat(disk).isNotNull();
      byte[] source = disk.content().read(0, Math.toIntExact(disk.sizeBytes()));
      assertThat(receipt.source()).isNotNull();
      assertThat(receipt.source().root()).isEqualTo(SampleDisks.digest(source));
      Path image = cluster.volumeOf("shop", vm + "-disk-" + disk.key()).orElseThrow().image();
      // AssertJ's startsWith takes 20 s for the bytes of a VM.
      byte[] volume = Files.readAllBytes(image);
      assertThat(Arrays.mismatch(source, 0, source.length, volume, 0, source.length))
          .as("the first byte of %s that differs", image)
          .isEqualTo(-1);
    }
    assertThat(estate.vm(vm).lease()).isNull();
    assertThat(estate.vm(vm).snapshots().all()).isEmpty();
    assertThat(client.batch().v1().jobs().inNamespace("shop").list().getItems()).isEmpty();
  }

  @Test
  void aDeltaWhoseConverterIsKilledGoesOnInTheSameVolume() throws Exception {
    // Given a volume that holds the disk, some blocks of which changed since
    Path home = Files.createDirectories(folder.resolve("process-delta"));
    int port = freePort();
    completes(begin(home, order("delta", Way.VDDK, Round.SEED), port, 1), home, new ArrayList<>());
    String seeded = volume().getMetadata().getUid();
    estate
        .vm("delta")
        .disks()
        .getFirst()
        .content()
        .write(9 << 20, "written after the seed".getBytes(StandardCharsets.UTF_8));
    CopyOrder last = order("delta", Way.VDDK, Round.FINAL);

    // When its converter is killed while CDI adds them, and another one follows
    String slow =
        cluster
            .faults()
            .add(
                Fault.on(Fault.What.SLOW, "shop", "delta-disk-2000").delay(Duration.ofSeconds(10)));
    Process killed = begin(home, last, port, 2);
    awaitDelta(killed, home);
    killed.destroyForcibly().waitFor();
    assertThat(volume().<String>get("status", "phase")).isEqualTo("ImportScheduled");
    cluster.faults().remove(slow);
    completes(begin(home, last, port, 3), home, new ArrayList<>());

    // Then it is the volume that was seeded, and it was told of the changes once
    var volume = volume();
    assertThat(volume.getMetadata().getUid()).isEqualTo(seeded);
    assertThat((List<?>) volume.<Object>get("spec", "checkpoints")).hasSize(2);
    assertThat(volume.<Object>get("spec", "finalCheckpoint")).isEqualTo(true);
    isProved("delta", home);
  }

  private static GenericKubernetesResource volume() {
    return client
        .genericKubernetesResources("cdi.kubevirt.io/v1beta1", "DataVolume")
        .inNamespace("shop")
        .withName("delta-disk-2000")
        .get();
  }

  /** CDI has a pod for the second checkpoint of the volume. */
  private static void awaitDelta(Process converter, Path home) throws Exception {
    long end = System.nanoTime() + Duration.ofSeconds(60).toNanos();
    while (true) {
      var volume = volume();
      if (volume.<Object>get("spec", "checkpoints") instanceof List<?> told
          && told.size() == 2
          && "ImportScheduled".equals(volume.get("status", "phase"))) {
        return;
      }
      assertThat(converter.isAlive() && System.nanoTime() < end)
          .as("a delta of %s, which said %s", volume, Files.readString(home.resolve("err")))
          .isTrue();
      Thread.sleep(20);
    }
  }

  /** Reads so many lines, or all of them; gives the last. */
  private static String said(Process process, int most, List<String> lines) throws IOException {
    String last = "";
    BufferedReader reader = process.inputReader();
    for (int i = 0; i < most; i++) {
      String line = reader.readLine();
      if (line == null) {
        break;
      }
      lines.add(line);
      last = line;
    }
    return last;
  }

  private static Process begin(Path home, CopyOrder order, int port, long owner)
      throws IOException {
    Files.write(
        home.resolve("given.json"),
        Json.write(
            new CopyProcess.Given(
                vcenter.url().toString(),
                vcenter.user(),
                vcenter.password(),
                vcenter.sha256Thumbprint(),
                vcenter.sha1Thumbprint(),
                estate.instanceUuid().toString(),
                server.url().toString(),
                server.caPem(),
                server.adminToken(),
                cluster.uploadProxyUrl().toString(),
                cluster.uploadProxyCa(),
                folder.resolve("staging").toString(),
                port,
                owner,
                order)));
    List<String> command = Jvm.running(CopyProcess.class, "512m");
    command.add(home.toString());
    return new ProcessBuilder(command)
        .redirectError(ProcessBuilder.Redirect.appendTo(home.resolve("err").toFile()))
        .start();
  }

  private static CopyOrder order(String vm, Way way, Round round) {
    LabVm there = estate.vm(vm);
    return new CopyOrder(
        new CopyId(vm + "/" + round),
        new MigrationId("m/" + vm),
        new VmKey(estate.instanceUuid().toString(), there.instanceUuid().toString()),
        there.ref().value(),
        vm,
        round,
        way.transfer,
        way.sink,
        "shop",
        RoadLab.volumes(vm, there),
        RoadLab.disks(there),
        Map.of(),
        true);
  }

  private static int freePort() throws IOException {
    try (var socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
