// SPDX-License-Identifier: Apache-2.0
package io.drover.converter.cdi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.drover.converter.Attempt;
import io.drover.converter.CopyFault;
import io.drover.converter.SourceDisks;
import io.drover.converter.staging.Staging;
import io.drover.converter.staging.StagingSettings;
import io.drover.converter.worker.WorkerReport;
import io.drover.disk.Conversion;
import io.drover.disk.pipe.Workers;
import io.drover.disk.raw.RawDisk;
import io.drover.disk.vmdk.StreamOptimizedWriter;
import io.drover.engine.Progress;
import io.drover.engine.StopSignal;
import io.drover.schemas.ConversionMessage.CopyOrder;
import io.drover.schemas.ConversionMessage.Round;
import io.drover.schemas.ConversionMessage.Volume;
import io.drover.schemas.CopyEvidence;
import io.drover.schemas.CopyId;
import io.drover.schemas.EffectId;
import io.drover.schemas.Inventory;
import io.drover.schemas.MigrationId;
import io.drover.schemas.Problem;
import io.drover.schemas.Sink;
import io.drover.schemas.Token;
import io.drover.schemas.Transfer;
import io.drover.schemas.VmKey;
import io.fabric8.kubernetes.api.model.GenericKubernetesResourceBuilder;
import io.fabric8.kubernetes.api.model.PersistentVolumeClaimBuilder;
import io.fabric8.kubernetes.client.KubernetesClient;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.URI;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An API server that is away for a while costs no disk that is on its way. */
class OutageTest {
  private static final String VOLUME =
      "/apis/cdi.kubevirt.io/v1beta1/namespaces/apps/datavolumes/web1-disk";
  private static final String JOBS = "/apis/batch/v1/namespaces/apps/jobs";
  private static final String PODS = "/api/v1/namespaces/apps/pods";
  private static final String MAPS = "/api/v1/namespaces/apps/configmaps";
  private static final Attempt ATTEMPT =
      new Attempt(new EffectId("effect/1"), new Token(1), StopSignal.NEVER, Progress.NONE);
  private static final Duration PATIENCE = Duration.ofSeconds(20);

  @TempDir private Path folder;
  private ToldCluster cluster;
  private KubernetesClient client;

  @BeforeEach
  void start() throws IOException {
    cluster = new ToldCluster(403);
    client = cluster.client();
  }

  @AfterEach
  void stop() {
    cluster.close();
  }

  private DataVolume volume() {
    cluster.answers.put(
        VOLUME,
        """
        {"apiVersion": "cdi.kubevirt.io/v1beta1", "kind": "DataVolume",
         "metadata": {"name": "web1-disk", "namespace": "apps", "uid": "u-1"},
         "status": {"phase": "Succeeded"}}
        """);
    return new DataVolume(
        new GenericKubernetesResourceBuilder()
            .withApiVersion("cdi.kubevirt.io/v1beta1")
            .withKind("DataVolume")
            .withNewMetadata()
            .withName("web1-disk")
            .withNamespace("apps")
            .withUid("u-1")
            .endMetadata()
            .build());
  }

  private DataVolume landed(Duration patience) {
    return new DataVolumes(client)
        .await(volume(), "not-landed", "succeed", patience, ATTEMPT, DataVolume::succeeded);
  }

  @Test
  void whatIsWaitedForIsWaitedForThroughIt() {
    cluster.away("GET " + VOLUME, 3);

    assertThat(landed(PATIENCE).succeeded()).isTrue();
  }

  @Test
  void oneThatOutlastsThePatienceIsSaid() {
    cluster.away("GET " + VOLUME, 1_000);

    assertThatThrownBy(() -> landed(Duration.ofMillis(300)))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> {
              assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
              assertThat(fault.problem().code()).isEqualTo("cluster-answered-503");
            });
  }

  @Test
  void aRefusalIsNone() {
    DataVolume volume = volume();
    cluster.answers.clear();

    assertThatThrownBy(() ->
            new DataVolumes(client)
                .await(volume, "not-landed", "succeed", PATIENCE, ATTEMPT, DataVolume::succeeded))
        .isInstanceOfSatisfying(
            CopyFault.class,
            fault -> assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.REFUSED));
    assertThat(cluster.asked).hasSize(1);
  }

  @Test
  void aJobThatWritesADiskIsNotBegunAnewForIt() {
    String job =
        """
        {"apiVersion": "batch/v1", "kind": "Job",
         "metadata": {"name": "drover-write-1", "namespace": "apps", "uid": "j-1"},
         "status": {"conditions": [{"type": "Complete", "status": "True"}]}}
        """;
    cluster.answers.put(JOBS, job);
    cluster.answers.put(JOBS + "/drover-write-1", job);
    cluster.answers.put(
        PODS,
        """
        {"apiVersion": "v1", "kind": "PodList", "metadata": {}, "items": [
          {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p"},
           "status": {"containerStatuses": [{"name": "worker", "state": {"terminated": {
             "exitCode": 0, "message": "{\\"task\\":\\"write\\",\\"root\\":\\"ab\\",\\"size\\":1024}"}}}]}}]}
        """);
    cluster.away("GET " + JOBS + "/drover-write-1", 2);
    cluster.away("GET " + PODS, 2);
    cluster.away("DELETE " + JOBS + "/drover-write-1", 2);
    CopyOrder order = order();

    WorkerReport report =
        new WorkerJobs(client, settings())
            .run(
                order,
                order.disks().getFirst(),
                new PersistentVolumeClaimBuilder()
                    .withNewMetadata()
                    .withName("web1-disk")
                    .endMetadata()
                    .withNewSpec()
                    .withVolumeMode("Block")
                    .endSpec()
                    .build(),
                WorkerTask.write("drover-write-1", false),
                ATTEMPT,
                line -> {});

    assertThat(report.root()).isEqualTo("ab");
    assertThat(cluster.asked.stream().filter(("POST " + JOBS)::equals)).hasSize(1);
    assertThat(cluster.asked.getLast()).isEqualTo("DELETE " + JOBS + "/drover-write-1");
  }

  @Test
  void aSecondReadOfTheSourceIsNotMadeAThirdTimeForIt() throws Exception {
    CopyOrder order = order();
    cluster.answers.put(
        MAPS, "{\"apiVersion\": \"v1\", \"kind\": \"ConfigMap\", \"metadata\": {}}");
    cluster.away("POST " + MAPS, 2);
    byte[] stream = stream(order.disks().getFirst());
    var reads = new AtomicInteger();

    CopyEvidence.SourceDigested seen;
    try (var workers = new Workers(1)) {
      var pipe = new DiskPipe(workers, Conversion.LEAST_MEMORY);
      seen =
          new SecondRead(new SourceDigests(client), pipe, PATIENCE)
              .run(order, order.disks().getFirst(), new Export(stream, reads), ATTEMPT);
    }

    assertThat(seen.source().size()).isEqualTo(1024);
    assertThat(cluster.asked.stream().filter(("POST " + MAPS)::equals)).hasSize(3);
    assertThat(reads).hasValue(1);
  }

  private byte[] stream(Inventory.Disk disk) throws IOException {
    Path raw = Files.write(folder.resolve("raw"), new byte[(int) disk.capacityBytes()]);
    var out = new ByteArrayOutputStream();
    try (RawDisk opened = RawDisk.open(raw)) {
      var _ = StreamOptimizedWriter.stream(opened, Channels.newChannel(out), 1);
    }
    return out.toByteArray();
  }

  /** What an export sends; nobody vouches for it. */
  private record Export(byte[] stream, AtomicInteger reads) implements SourceDisks.Offer {
    @Override
    public SourceDisks.Reading read() {
      reads.incrementAndGet();
      return new SourceDisks.Reading() {
        @Override
        public ReadableByteChannel stream() {
          return Channels.newChannel(new ByteArrayInputStream(stream));
        }

        @Override
        public @Nullable String verify() {
          return null;
        }

        @Override
        public CopyFault explain(IOException broken) {
          throw new AssertionError(broken);
        }

        @Override
        public void close() {
          // Nothing is open.
        }
      };
    }

    @Override
    public SourceDisks.Ticket lend() {
      throw new AssertionError("It is read here");
    }
  }

  /** What it digested is noted by the next attempt, out of the image. */
  @Test
  void aStagedDiskIsNotReadFromItsSourceAgainForIt() throws Exception {
    CopyOrder order = order();
    Inventory.Disk disk = order.disks().getFirst();
    byte[] stream = stream(disk);
    var reads = new AtomicInteger();
    cluster.away("POST " + MAPS, 2);
    try (var workers = new Workers(1);
        var staging = Staging.open(staging())) {
      var road =
          new HttpRoad(
              Target.of(client, settings(), Clock.systemUTC()),
              staging,
              new DiskPipe(workers, Conversion.LEAST_MEMORY));

      for (int attempts = 0; attempts < 2; attempts++) {
        assertThatThrownBy(() -> road.write(order, disk, new Export(stream, reads), ATTEMPT))
            .isInstanceOfSatisfying(
                CopyFault.class,
                fault -> assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.UNAVAILABLE));
      }
    }

    assertThat(cluster.asked).containsExactly("POST " + MAPS, "POST " + MAPS);
    assertThat(reads).hasValue(1);
  }

  private StagingSettings staging() {
    return new StagingSettings(folder, 0, 0, "127.0.0.1", 0, null, null, false);
  }

  @Test
  void aDiskThatHasLandedIsNotGivenUpForAStagingFolderThatIsAway() throws IOException {
    CopyOrder order = order();
    Inventory.Disk disk = order.disks().getFirst();
    String id = HttpRoad.id(order, disk);
    for (String kind : List.of("secrets", "configmaps")) {
      cluster.answers.put("/api/v1/namespaces/apps/" + kind + "/drover-http-" + id, "{}");
    }
    // No file: it cannot be removed.
    Files.createDirectories(folder.resolve(id + ".qcow2").resolve("sub"));
    try (var workers = new Workers(1);
        var staging = Staging.open(staging())) {
      var road =
          new HttpRoad(
              Target.of(client, settings(), Clock.systemUTC()),
              staging,
              new DiskPipe(workers, Conversion.LEAST_MEMORY));

      assertThatThrownBy(() -> road.forget(order, disk))
          .isInstanceOfSatisfying(
              CopyFault.class,
              fault -> {
                assertThat(fault.problem().kind()).isEqualTo(Problem.Kind.UNAVAILABLE);
                assertThat(fault.problem().code()).isEqualTo("staging-broke");
                assertThat(fault.problem().what()).contains("which has landed");
              });
    }
  }

  private static CdiSettings settings() {
    return new CdiSettings(
        CdiSettings.Upload.of(URI.create("https://upload.example.com"), null),
        CdiSettings.WorkerPod.of("drover"),
        Map.of(),
        new CdiSettings.Patience(PATIENCE, PATIENCE, PATIENCE, PATIENCE));
  }

  private static CopyOrder order() {
    Inventory.Disk disk = Disks.disk(2000, 1024, null);
    return new CopyOrder(
        new CopyId("c-1"),
        new MigrationId("m-1"),
        new VmKey("vc-1", "vm-1"),
        "vm-42",
        "web1",
        Round.FINAL,
        Transfer.STREAM,
        Sink.DIRECT,
        "apps",
        Map.of(disk.deviceKey(), new Volume("web1-disk", null)),
        List.of(disk),
        Map.of());
  }
}
